"""Consensus: peers agree on a number by talking to their neighbours only, with nobody in the middle."""

from collections.abc import Mapping

import numpy as np
from attrs import Attribute, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer
from pgcore.quantity import QuantityError, Slot, option, quantity

_STEEPER, _FLATTER = 2.0, 0.97
"""Factors on a peer's slope after a round that overshot, and after one that did not."""
_LEAST_SLOPE = 1e-9
"""MW per price: where no peer's supply answers the price, steps stay finite."""


@frozen
class Consensus(Horizontal):
    """Agreement among neighbours: on the mean of their power, or on the price at which their supply meets the demand.

    ``goal: average`` runs x⁺ = (I − εL)x on each peer's injected power (Olfati-Saber, Fax & Murray, "Consensus and Cooperation in
    Networked Multi-Agent Systems", Proc. IEEE 95(1), 2007). The sum of the x is kept, and every x tends to the mean, MW.

    ``goal: dispatch`` is consensus-based economic dispatch (Yang, Tan & Xu, "Consensus Based Approach for Economic Dispatch Problem in a
    Smart Grid", IEEE Trans. Power Syst. 28(4), 2013): each peer holds a price λ, its supply p(λ) and an estimate y of the mismatch::

        λ⁺ = Wλ + εy        y⁺ = Wy − (p(λ⁺) − p(λ))        W = I − εL by Metropolis weights

    Here the step ε is ``gain`` over the slope of the supply. The peers start from its mean over the price range, mix it like the other numbers, and
    double it when their mismatch changes sign (the rule of Rprop: Riedmiller & Braun, 1993), so that any supply that does not fall with the price
    is followed. At agreement all λ are equal and the power sums up to ``demand_mw``. The price is told to each peer's vertical protocol next.
    """

    type = "consensus"
    slots = (
        Slot("value", "1", -1e6, 1e6, "what was agreed on: mean power in MW, or the price per MWh"),
        Slot("p_mw", "MW", -1e6, 1e6, "power that the peer would inject at the agreed price; its own power for the mean"),
    )
    ordered = True  # on a ring and in a line the neighbours follow from the order

    goal: str = option("what to agree on", default="average", choices=("average", "dispatch"))
    graph: str = option("who talks to whom: everybody, the next on a ring, or the next in line", default="ring", choices=("complete", "ring", "line"))
    rounds: int = quantity("1", "most rounds within one step", default=200, ge=1, le=10000)
    tolerance: float = quantity("MW", "largest disagreement (of the mean) or mismatch (of the dispatch) at which rounds end", default=1e-6, gt=0)
    demand_mw: float = quantity("MW", "power that the peers have to inject together (dispatch)", default=0.0)
    price_start: float = quantity("1/MWh", "price at which every peer starts (dispatch)", default=50.0)
    price_low: float = quantity("1/MWh", "lowest price that a peer will name (dispatch)", default=-500.0)
    price_high: float = quantity("1/MWh", "highest price that a peer will name (dispatch)", default=3000.0)
    gain: float = quantity("1", "share of the mismatch that the first round's price change aims to close (dispatch)", default=0.2, gt=0, le=1)

    @price_high.validator
    def _leaves_room_for_a_price(self, field: "Attribute[float]", value: float) -> None:
        if value <= self.price_low:
            raise QuantityError(field.name, value, f"> price_low, which is {self.price_low:g}")
        if not self.price_low <= self.price_start <= value:
            raise QuantityError("price_start", self.price_start, f"in price_low … price_high, which is {self.price_low:g} … {value:g}")

    def offer(self, peer: Peer) -> Offer:
        """Average: the peer's power. Dispatch: a price, the supply there, its slope, and an even share of the demand less the supply."""
        if self.goal == "average":
            return {"x": peer.p_mw}
        price = np.full(len(peer.p_mw), self.price_start)
        supply = peer.supply(price)
        rise = peer.supply(np.full(len(price), self.price_high)) - peer.supply(np.full(len(price), self.price_low))
        return {
            "price": price,
            "mismatch": self.demand_mw / peer.peers - supply,
            "supply": supply,
            "slope": rise / (self.price_high - self.price_low),
        }

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        """Each peer's weighted mean of its own and its neighbours' numbers."""
        weights = metropolis(len(offers), self.graph)
        names = list(next(iter(offers.values())))
        mixed = {name: _mix(weights, [offer[name] for offer in offers.values()]) for name in names}
        return {peer: {name: mixed[name][i] for name in names} for i, peer in enumerate(offers)}

    def revise(self, peer: Peer, offer: Offer, award: Award) -> Offer:
        """Take the neighbours' mean; for the dispatch move the price against the mismatch and answer with the new supply."""
        if self.goal == "average":
            return award
        step = self.gain / np.maximum(award["slope"], _LEAST_SLOPE)
        price = np.clip(award["price"] + step * award["mismatch"], self.price_low, self.price_high)
        supply = peer.supply(price)
        mismatch = award["mismatch"] - (supply - offer["supply"])
        overshot = mismatch * offer["mismatch"] < 0.0
        slope = award["slope"] * np.where(overshot, _STEEPER, _FLATTER)
        return {"price": price, "mismatch": mismatch, "supply": supply, "slope": slope}

    def residual(self, offers: Mapping[str, Offer]) -> Array:
        """Average: the largest difference between peers. Dispatch: the mismatch plus what the spread of prices is worth, MW."""
        if self.goal == "average":
            return _spread([offer["x"] for offer in offers.values()])
        supply = np.abs(self.demand_mw - sum(offer["supply"] for offer in offers.values()))
        slope = sum(offer["slope"] for offer in offers.values())
        return np.asarray(supply + slope * _spread([offer["price"] for offer in offers.values()]))

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        """Nothing is paid; a price that was agreed on is told to the peer's vertical protocol."""
        nothing = np.zeros(len(peer.p_mw))
        if self.goal == "average":
            return Deal(nothing, {"value": offer["x"], "p_mw": peer.p_mw})
        return Deal(nothing, {"value": offer["price"], "p_mw": offer["supply"]}, {"price": offer["price"]})


def metropolis(n: int, graph: str) -> Array:
    """Metropolis weights ``(n, n)`` of a graph of n peers: symmetric, rows sum to one, ε below one over the largest degree.

    >>> metropolis(3, "complete")[0]
    array([0.33333333, 0.33333333, 0.33333333])
    """
    reach = {"complete": range(1, n), "ring": (1, n - 1), "line": (1,)}[graph]
    linked = np.zeros((n, n), dtype=bool)
    for i in range(n):
        for step in reach:
            j = i + step
            if graph != "line" or j < n:
                linked[i, j % n] = linked[j % n, i] = True
    np.fill_diagonal(linked, False)
    degree = linked.sum(axis=1)
    weights = np.where(linked, 1.0 / (1.0 + np.maximum.outer(degree, degree)), 0.0)
    np.fill_diagonal(weights, 1.0 - weights.sum(axis=1))
    return weights


def _mix(weights: Array, values: list[Array]) -> list[Array]:
    """Weighted sums over neighbours, added in peer order so that the number of environments cannot change a bit."""
    mixed = []
    for row in weights:
        total = np.zeros_like(values[0])
        for j in np.flatnonzero(row):
            total = total + row[j] * values[j]
        mixed.append(total)
    return mixed


def _spread(values: list[Array]) -> Array:
    stacked = np.stack(values)
    return np.asarray(stacked.max(axis=0) - stacked.min(axis=0))
