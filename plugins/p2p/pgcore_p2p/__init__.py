"""Peer-to-peer energy trading: a market among agents with clearing rules to choose from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.protocol import Horizontal, Vertical
    from pgcore.contracts.scenario import Scenario


@hookimpl
def pgcore_protocols() -> "Iterable[type[Vertical] | type[Horizontal]]":
    """The market, and the dials with which an agent places its orders."""
    from pgcore_p2p.trader import Trader
    from pgcore_p2p.trading import P2pTrading

    return [P2pTrading, Trader]


@hookimpl
def pgcore_scenarios() -> "Iterable[Scenario]":
    """A street that trades its sun."""
    from pgcore_p2p.scenarios import SCENARIOS

    return SCENARIOS
