"""AcmeHorizontal: a pool in which neighbours trade, to be changed into your protocol."""

from collections.abc import Iterable, Mapping

import numpy as np
from attrs import frozen
from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer, Trade
from pgcore.quantity import Slot, quantity


@frozen
class AcmeHorizontal(Horizontal):
    """Neighbours who have too much sell to those who have too little, at one price.

    Where the two do not match, whoever is on the longer side trades the same share of what it offered. Money is neither made nor lost: what
    buyers pay is what sellers receive.
    """

    type = "acme"
    slots = (Slot("matched_mw", "MW", -1000.0, 1000.0, "power that was sold (positive) or bought in the pool"),)

    shows = (Slot("traded_mw", "MW", 0.0, 1e6, "power that was sold in the pool"),)

    price_per_mwh: float = quantity("currency/MWh", "price within the pool", default=80.0, ge=0)

    def offer(self, peer: Peer) -> Offer:
        return {"p_mw": peer.p_mw}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        sold = _summed(np.maximum(offer["p_mw"], 0.0) for offer in offers.values())
        bought = _summed(np.maximum(-offer["p_mw"], 0.0) for offer in offers.values())
        traded = np.minimum(sold, bought)
        of_sold, of_bought = _share(traded, sold), _share(traded, bought)
        return {name: {"matched_mw": _matched(offer["p_mw"], of_sold, of_bought)} for name, offer in offers.items()}

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        matched_mw = award["matched_mw"]
        return Deal(cost=-self.price_per_mwh * matched_mw * dt_h, slots={"matched_mw": matched_mw})

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        return {"traded_mw": _summed(np.maximum(award["matched_mw"], 0.0) for award in awards.values())}

    def trade(self, offer: Offer, award: Award) -> Trade:
        """Whoever takes part accepts the pool's price, and trades no more than it has too much or too little."""
        matched_mw = award["matched_mw"]
        paid_per_h = -self.price_per_mwh * matched_mw
        return Trade(matched_mw, paid_per_h, paid_per_h, np.maximum(offer["p_mw"], 0.0), np.maximum(-offer["p_mw"], 0.0))


def _summed(values: Iterable[Array]) -> Array:
    """Sums ``(B,)``, added one after the other: no environment changes a bit of another's."""
    first, *others = values
    for one in others:
        first = first + one
    return first


def _share(part: Array, whole: Array) -> Array:
    """``part / whole``, and 0 of nothing."""
    return np.asarray(np.where(whole > 0.0, part / np.where(whole > 0.0, whole, 1.0), 0.0))


def _matched(p_mw: Array, of_sold: Array, of_bought: Array) -> Array:
    """What is traded of an offer: its share of the side that it is on."""
    return np.asarray(p_mw * np.where(p_mw > 0.0, of_sold, of_bought))
