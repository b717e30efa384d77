"""Congestion: limits on what may be traded through a place of the network, and the cut that keeps them."""

from collections.abc import Sequence

import numpy as np
from attrs import Attribute, frozen

from pgcore.columns import Array, Flags, total
from pgcore.quantity import QuantityError, option, quantity


@frozen
class Corridor:
    """A line or transformer with some of the peers behind it, and how much of the others' trades with them it may carry."""

    name: str = option("what it is called, for messages")
    peers: tuple[str, ...] = option("the peers behind it")
    p_max_mw: float = quantity("MW", "most power that may be traded through it, in either direction", ge=0)

    @peers.validator
    def _has_peers(self, field: "Attribute[tuple[str, ...]]", value: tuple[str, ...]) -> None:
        if not value:
            raise QuantityError(field.name, value, f"the names of the peers behind {self.name}")


def passed_mw(sold_mw: Array, bought_mw: Array, names: Sequence[str], corridors: Sequence[Corridor]) -> Array:
    """What each peer sells to each other one, ``(B, sellers, buyers)``, after the corridors.

    Every seller is taken to supply every buyer in proportion to both their sizes: with ``sold_mw`` and ``bought_mw`` ``(B, peers)``.
    """
    whole = _whole(sold_mw)
    return np.asarray(sold_mw[..., :, None] * bought_mw[..., None, :] / whole * _factors(sold_mw, bought_mw, whole, names, corridors))


def kept_shares(sold_mw: Array, bought_mw: Array, names: Sequence[str], corridors: Sequence[Corridor]) -> Array:
    """The share, 0…1, of each peer's trades that the corridors let through, ``(B, peers)``.

    Every seller is taken to supply every buyer, as in :func:`passed_mw`. The trades that cross a corridor in one direction are cut alike,
    to what it may carry; a trade that crosses several is cut by the tightest. Trades in the other direction do not make room. So seller and buyer
    of a trade are cut alike, nothing is over a limit, and whoever trades on one side only is not cut.

    Args:
        sold_mw, bought_mw: trades of each peer, ``(B, peers)``.
    """
    whole = _whole(sold_mw)
    factor = _factors(sold_mw, bought_mw, whole, names, corridors)
    selling = total(bought_mw[..., None, :] * factor) / whole[..., 0]
    buying = total(sold_mw[..., None, :] * factor.swapaxes(-1, -2)) / whole[..., 0]
    untouched = (factor == 1.0).all(axis=(-1, -2))[..., None]
    kept = np.where(sold_mw > 0.0, selling, np.where(bought_mw > 0.0, buying, 1.0))
    return np.where(untouched, 1.0, np.minimum(kept, 1.0))


def _whole(sold_mw: Array) -> Array:
    """All that is sold, ``(B, 1, 1)``, or 1 where that is nothing."""
    everything = total(np.sort(sold_mw, axis=-1))[..., None, None]
    return np.where(everything > 0.0, everything, 1.0)


def _factors(sold_mw: Array, bought_mw: Array, whole: Array, names: Sequence[str], corridors: Sequence[Corridor]) -> Array:
    """What the corridors leave of each seller's trades with each buyer, ``(B, sellers, buyers)``."""
    factor = np.ones((*sold_mw.shape, sold_mw.shape[-1]))
    for corridor in corridors:
        inside = np.isin(names, corridor.peers)
        for sellers, buyers in ((inside, ~inside), (~inside, inside)):
            factor = np.minimum(factor, _factor(sold_mw, bought_mw, whole, corridor.p_max_mw, sellers, buyers))
    return factor


def _factor(sold_mw: Array, bought_mw: Array, whole: Array, p_max_mw: float, sellers: Flags, buyers: Flags) -> Array:
    """The cut of trades from these sellers to these buyers, ``(B, peers, peers)``; 1 for the other pairs."""
    through = total(np.where(sellers, sold_mw, 0.0)) * total(np.where(buyers, bought_mw, 0.0)) / whole[..., 0, 0]
    over = through > p_max_mw
    cut = np.where(over, p_max_mw / np.where(over, through, 1.0), 1.0)
    return np.where(sellers[:, None] & buyers[None, :], cut[..., None, None], 1.0)
