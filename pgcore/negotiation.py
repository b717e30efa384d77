"""Negotiation: the rounds of offers and awards of one horizontal protocol within one step."""

from collections.abc import Mapping

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags
from pgcore.contracts.protocol import Award, Horizontal, Offer
from pgcore.team import Offers, Team


@frozen(eq=False)
class Negotiation:
    """How a negotiation ended."""

    offers: Offers
    awards: Mapping[str, Award]
    rounds: Array
    """Rounds that each environment took, ``(B,)``."""
    residual: Array
    """How far from agreement it was left, ``(B,)``."""
    shown: Mapping[str, Array]
    """What the protocol shows of it, ``(B,)`` each."""


def negotiate(team: Team, index: int, protocol: Horizontal, batch: int) -> Negotiation:
    """Clear, and let the peers revise, until the residual is within tolerance or the rounds are used up.

    An environment that agreed keeps its offers while others go on, so that environments cannot influence each other.
    """
    offers = team.offers(index)
    awards = protocol.clear(offers)
    residual, rounds = protocol.residual(offers), np.ones(batch)
    for _ in range(protocol.rounds - 1):
        open_ = residual > protocol.tolerance
        if not open_.any():
            break
        offers = _update(offers, team.revise(index, offers, awards), open_)
        awards = _update(awards, protocol.clear(offers), open_)
        residual, rounds = np.where(open_, protocol.residual(offers), residual), rounds + open_
    return Negotiation(offers, awards, rounds, residual, _shown(protocol, offers, awards))


def _shown(protocol: Horizontal, offers: Offers, awards: Mapping[str, Award]) -> dict[str, Array]:
    summary = protocol.summary(offers, awards)
    return {slot.name: summary[slot.name] for slot in protocol.shows}


def _update(old: Mapping[str, Offer], new: Mapping[str, Offer], where: Flags) -> dict[str, Offer]:
    return {peer: {name: np.where(where, value, old[peer][name]) for name, value in offer.items()} for peer, offer in new.items()}
