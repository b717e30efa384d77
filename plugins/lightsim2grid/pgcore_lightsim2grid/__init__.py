"""lightsim2grid for pgcore: a full AC backend on lightsim2grid's native grid object."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.backend import Backend


@hookimpl
def pgcore_backends() -> "Iterable[type[Backend]]":
    """The AC power flow of lightsim2grid."""
    from pgcore_lightsim2grid.backend import Lightsim2gridBackend

    return [Lightsim2gridBackend]
