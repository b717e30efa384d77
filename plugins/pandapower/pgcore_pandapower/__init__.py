"""pandapower for pgcore: network sources, the reference AC backend, a linear backend and :func:`network_of`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.backend import Backend
    from pgcore.contracts.network import Network, NetworkSource

__all__ = ["network_of", "pgcore_backends", "pgcore_networks"]


@hookimpl
def pgcore_networks() -> "Iterable[type[NetworkSource]]":
    """Networks by name, from a file, or written in the spec."""
    from pgcore_pandapower.inline import InlineSource
    from pgcore_pandapower.source import PandapowerSource

    return [PandapowerSource, InlineSource]


@hookimpl
def pgcore_backends() -> "Iterable[type[Backend]]":
    """The reference AC power flow and the linear approximation."""
    from pgcore_pandapower.ac import PandapowerBackend
    from pgcore_pandapower.linear import LinearBackend

    return [PandapowerBackend, LinearBackend]


def network_of(net: Any) -> "Network":
    """The :class:`~pgcore.contracts.network.Network` of a pandapower net, for sources that build one in Python.

    The net is copied first, so later changes to ``net`` do not reach the network. ``topology`` lists buses, lines and transformers in the order
    of the net's tables with pandapower's indices as ids (three-winding transformers after two-winding ones; their ``to_bus`` is the low-voltage
    one); ``case`` is pandapower's own internal conversion; ``data["pandapower"]`` is the copy. Modelling options follow ``pandapower.runpp``: its
    defaults, overruled by the net's own ``user_pf_options`` (``pandapower.set_user_pf_options``); options that only steer the solver are dropped.

    Raises:
        ValueError: pandapower cannot convert the net (no external grid in service, a branch without impedance, ...); the message says why.

    >>> import pandapower.networks
    >>> network = network_of(pandapower.networks.case33bw())
    >>> len(network.topology), len(network.topology.lines), network.topology.slack_buses
    (33, 37, (0,))
    """
    from pgcore_pandapower.network import network_of as convert

    return convert(net)
