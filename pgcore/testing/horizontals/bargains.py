"""Bargains: peers of a town that make offers, are awarded and settle, as in one step of an environment, and everything that came of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer, Trade
from pgcore.testing import calls
from pgcore.testing.subject import Subject
from pgcore.testing.towns import NAMES, Town, extremes, town

ROUNDS = 6
"""So many rounds are made at most: what holds for these holds for more."""
DT_H = 0.25
SIZES = (2, 1, 3, 5)
"""How many peers the towns have."""
ENVIRONMENTS = 7
REMEDIES: Mapping[str, str] = {
    "truth value of an array": "no `if`, `and`, max() or min() on values: np.where, &, np.maximum and np.minimum work on all environments at once",
    "0-dimensional arrays": "no float(): there is a number for each environment",
    "length-1 arrays": "no float(): there is a number for each environment",
    "read-only": "make new arrays instead of changing those that were handed in: p_mw = p_mw + 1, not p_mw += 1",
    "FrozenInstanceError": "a protocol keeps nothing between calls: all that it may use is handed in",
    "broadcast": "offers and awards are named arrays of shape (B,)",
    "KeyError": "names of offers and awards are those that offer and clear gave; settings hold the dials of the agent's own protocol: use .get",
    "division by zero": "a total may be nothing: np.where(total > 0.0, total, 1.0) below the line",
    "StopIteration": "an offer holds at least one number, and there may be a single peer",
}
"""What to do about errors that authors meet often, by a part of what they say."""


@frozen(eq=False)
class Bargain:
    """How peers bargained: the last offers and awards, how far from agreement they were, and what they came to."""

    offers: Mapping[str, Offer]
    awards: Mapping[str, Award]
    residual: Array
    deals: Mapping[str, Deal]
    shown: Mapping[str, Array]
    trades: Mapping[str, Trade | None]

    def numbers(self) -> dict[str, Array]:
        """Every number in it, ``(B,)`` each, by whose it is and what."""
        return {"the residual": self.residual, **{f"{name} of the summary": value for name, value in self.shown.items()}, **self._peers()}

    def _peers(self) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for name, deal in self.deals.items():
            parts = {"offer": self.offers[name], "award": self.awards[name], "slot": deal.slots, "signal": deal.signal, "deal": {"cost": deal.cost}}
            found.update({f"the {part} {key!r} of {name}": value for part, values in parts.items() for key, value in values.items()})
        return found


def call(protocol: Horizontal, method: str, *args: Any) -> Any:
    """Call a method of a protocol.

    Raises:
        Breach: it raised; the message says where, and what to do.
    """
    return calls.call(protocol, method, *args, remedies=REMEDIES)


def bargain(protocol: Horizontal, given: Town, rounds: int = ROUNDS) -> Bargain:
    """Let the peers of a town bargain: each environment stops once its residual is small enough. Everything that is handed on is a copy.

    Raises:
        Breach: the protocol raised.
    """
    offers: Mapping[str, Offer] = {name: call(protocol, "offer", peer) for name, peer in given.peers.items()}
    awards, residual = call(protocol, "clear", copied(offers)), call(protocol, "residual", copied(offers))
    for _ in range(min(protocol.rounds, rounds) - 1):
        going = residual > protocol.tolerance
        if not np.any(going):
            break
        offers = where(going, revised(protocol, given.peers, offers, awards), offers)
        awards = where(going, call(protocol, "clear", copied(offers)), awards)
        residual = np.where(going, call(protocol, "residual", copied(offers)), residual)
    return ended(protocol, given.peers, offers, awards, residual)


def revised(protocol: Horizontal, peers: Mapping[str, Peer], offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> dict[str, Offer]:
    """The next offers of all peers."""
    given, answers = copied(offers), copied(awards)
    return {name: call(protocol, "revise", peer, given[name], answers[name]) for name, peer in peers.items()}


def ended(protocol: Horizontal, peers: Mapping[str, Peer], offers: Mapping[str, Offer], awards: Mapping[str, Award], residual: Array) -> Bargain:
    """What the last offers and awards come to."""
    given, answers = copied(offers), copied(awards)
    deals = {name: call(protocol, "settle", peer, given[name], answers[name], DT_H) for name, peer in peers.items()}
    shown = call(protocol, "summary", copied(offers), copied(awards))
    trades = {name: call(protocol, "trade", given[name], answers[name]) for name in peers}
    return Bargain(offers, awards, residual, deals, shown, trades)


def where(going: Any, new: Mapping[str, Mapping[str, Array]], old: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Array]]:
    """The new values in environments that go on, the old ones in the others."""
    return {name: {key: np.where(going, value, old[name][key]) for key, value in one.items()} for name, one in new.items()}


def copied(values: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Array]]:
    """Named arrays of all peers, as copies."""
    return {name: {key: value.copy() for key, value in one.items()} for name, one in values.items()}


def least(protocol: Horizontal) -> int:
    """How many peers a town must have, so that those whom the options name are among them."""
    return max((k for k, name in enumerate(NAMES, start=1) if f"'{name}'" in repr(protocol)), default=1)


def towns(protocol: Horizontal) -> Iterator[tuple[str, Town]]:
    """Towns of several sizes, each with its name."""
    for seed, count in enumerate(dict.fromkeys(max(size, least(protocol)) for size in SIZES)):
        yield f"a town of {count} peers", town(seed, count, ENVIRONMENTS)


def bargains(subject: Subject[Horizontal]) -> list[tuple[Horizontal, str, Town, Bargain]]:
    """Bargains of all instances in all towns, made once; the simplest first."""

    def make() -> list[tuple[Horizontal, str, Town, Bargain]]:
        return [(one, place, given, bargain(one, given)) for one in subject.drawn() for place, given in towns(one)]

    return subject.recall("bargains", make)


def far(subject: Subject[Horizontal]) -> Iterator[tuple[Horizontal, str, Town]]:
    """All instances in extreme towns."""
    for protocol in subject.drawn():
        for place, given in extremes(NAMES[: max(2, least(protocol))]).items():
            yield protocol, place, given
