"""power-grid-model for pgcore: an AC backend that is independent of the others, down to the data if wanted."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.backend import Backend


@hookimpl
def pgcore_backends() -> "Iterable[type[Backend]]":
    """The AC power flow of power-grid-model."""
    from pgcore_powergridmodel.backend import PowerGridModelBackend

    return [PowerGridModelBackend]
