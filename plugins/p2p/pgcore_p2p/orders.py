"""Orders: what a peer offers to the market, made from its own data."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Offer, Peer

PRICE_DIAL, POWER_DIAL = "order.price_per_mwh", "order.p_mw"
"""Dials with which an agent places its order itself, where its vertical protocol has them."""

_SIDES = ("sell_mw", "ask_per_mwh", "buy_mw", "bid_per_mwh")


@frozen(eq=False)
class Tariff:
    """What the grid charges and pays for energy, for one peer; ``(B,)`` each."""

    import_per_mwh: Array
    export_per_mwh: Array


def own_order(peer: Peer, tariff: Tariff, margin: float) -> Offer:
    """One order: the peer's injection or what its dial says, at the grid price with a margin or at what its dial says."""
    p_mw = peer.settings.get(POWER_DIAL, peer.p_mw)
    gap = margin * (tariff.import_per_mwh - tariff.export_per_mwh)
    ask, bid = (peer.settings.get(PRICE_DIAL, limit) for limit in (tariff.export_per_mwh + gap, tariff.import_per_mwh - gap))
    return _steps([np.maximum(p_mw, 0.0)], [ask], [np.maximum(-p_mw, 0.0)], [bid])


def supply_curve(supply: Callable[[Array], Array], tariff: Tariff, steps: int) -> Offer:
    """Orders along what the peer's devices would inject at prices from the export to the import price.

    At each price the peer asks for what its devices add there, and bids for what they would still draw there and no longer at the next price. Where
    supply falls with the price, the highest before it holds.
    """
    spread = tariff.import_per_mwh - tariff.export_per_mwh
    prices = [tariff.export_per_mwh + k / (steps - 1) * spread for k in range(steps - 1)] + [tariff.import_per_mwh]
    p_mw = np.maximum.accumulate(np.stack([supply(price) for price in prices]), axis=0)
    over, under = np.maximum(p_mw, 0.0), np.maximum(-p_mw, 0.0)
    sell = np.diff(over, axis=0, prepend=np.zeros_like(over[:1]))
    buy = -np.diff(under, axis=0, append=np.zeros_like(under[:1]))
    return _steps(list(sell), prices, list(buy), prices)


def stacked(offers: Mapping[str, Offer], steps: int) -> tuple[Array, Array, Array, Array]:
    """Power and price of all asks, then of all bids, ``(B, peers, steps)`` each."""
    sides = [np.stack([np.stack([offer[_key(name, k)] for k in range(steps)], -1) for offer in offers.values()], -2) for name in _SIDES]
    return sides[0], sides[1], sides[2], sides[3]


def worth_per_h(offer: Offer, steps: int, p_mw: Array) -> Array:
    """The most that the peer was ready to pay for a trade of ``p_mw`` ``(B,)``; negative: the least that it asked for. Currency per hour.

    Asks rise and bids fall in the order of their merit, so a trade takes the first asks, or the last bids.
    """
    asked = _taken([(offer[_key("sell_mw", k)], offer[_key("ask_per_mwh", k)]) for k in range(steps)], np.maximum(p_mw, 0.0))
    bid = _taken([(offer[_key("buy_mw", k)], offer[_key("bid_per_mwh", k)]) for k in reversed(range(steps))], np.maximum(-p_mw, 0.0))
    return bid - asked


def _taken(orders: Sequence[tuple[Array, Array]], mw: Array) -> Array:
    """Value of the first ``mw`` ``(B,)`` of orders, in currency per hour."""
    left, value = mw, np.zeros_like(mw)
    for size, price in orders:
        part = np.minimum(size, left)
        left, value = left - part, value + part * price
    return value


def _steps(*sides: Sequence[Array]) -> dict[str, Array]:
    return {_key(name, k): np.asarray(value, dtype=np.float64) for name, values in zip(_SIDES, sides, strict=True) for k, value in enumerate(values)}


def _key(name: str, step: int) -> str:
    return f"{name}.{step}"
