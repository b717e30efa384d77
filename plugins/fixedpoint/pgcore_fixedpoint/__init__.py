"""A batched AC power flow for distribution feeders, compiled by numba."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.backend import Backend

__all__ = ["pgcore_backends"]


@hookimpl
def pgcore_backends() -> "Iterable[type[Backend]]":
    """The fixed-point power flow."""
    from pgcore_fixedpoint.backend import FixedPointBackend

    return [FixedPointBackend]
