"""Ladder: the orders of one side of a market, from the first in merit to the last."""

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Index


@frozen(eq=False)
class Ladder:
    """Orders in merit order: the cheapest asks first, the highest bids first. Every array is ``(B, m)``.

    Orders of one price count as one step, which is shared in proportion to their size; so neither names nor the order of arrival matter.
    """

    rank: Index
    """Where each place's order stood in the book."""
    price: Array
    mw: Array
    before_mw: Array
    """Power of all orders above."""
    upto_mw: Array
    """The same with the order's own."""
    step_before_mw: Array
    """Power of all orders at better prices."""
    step_upto_mw: Array
    """The same with all orders at this price."""

    @classmethod
    def of(cls, mw: Array, price: Array, descending: bool) -> "Ladder":
        """The ladder of orders ``(B, m)``: asks ascending, bids descending.

        Of orders at one price the largest comes first. That settles which order is the last to trade, and so which one trade reduction leaves out:
        with the smallest first, a large order could gain by naming the price of a small one.
        """
        rank = np.lexsort((-mw, -price if descending else price), axis=-1)
        price, mw = np.take_along_axis(price, rank, -1), np.take_along_axis(mw, rank, -1)
        upto = np.add.accumulate(mw, axis=-1)
        before = np.concatenate([np.zeros_like(upto[..., :1]), upto[..., :-1]], axis=-1)
        first, last = _ends(price)
        return cls(rank, price, mw, before, upto, np.take_along_axis(before, first, -1), np.take_along_axis(upto, last, -1))

    @property
    def total_mw(self) -> Array:
        """Power of all orders, ``(B,)``."""
        return self.upto_mw[..., -1]

    def share(self, mw: Array) -> Array:
        """How far each order is filled, 0…1, when ``mw`` ``(B,)`` are taken from the top: exactly 1 or 0 but for one step."""
        wanted, width = mw[..., None], self.step_upto_mw - self.step_before_mw
        part = (wanted - self.step_before_mw) / np.where(width > 0.0, width, 1.0)
        return np.where(wanted >= self.step_upto_mw, 1.0, np.where(wanted <= self.step_before_mw, 0.0, part))

    def filled(self, mw: Array) -> Array:
        """Power of each order, as they stand in the book, when ``mw`` ``(B,)`` are taken from the top."""
        return self.unsorted(self.mw * self.share(mw))

    def unsorted(self, values: Array) -> Array:
        """Values in merit order, as the orders stand in the book."""
        back = np.empty_like(values)
        np.put_along_axis(back, self.rank, values, -1)
        return back


def crossing_mw(asks: Ladder, bids: Ladder) -> Array:
    """The most that can be traded, ``(B,)``: the largest min(S(p), D(p)) over all prices p.

    S(p) is asked for at most p, D(p) is bid for at least p. Both are summed along one ladder of all prices, asks below bids of the same price.
    """
    price, mw = np.concatenate([asks.price, bids.price], axis=-1), np.concatenate([asks.mw, bids.mw], axis=-1)
    is_bid = np.broadcast_to(np.arange(price.shape[-1]) >= asks.price.shape[-1], price.shape)
    rank = np.lexsort((np.where(is_bid, mw, -mw), is_bid, price), axis=-1)
    mw, is_bid = np.take_along_axis(mw, rank, -1), np.take_along_axis(is_bid, rank, -1)
    supply = np.add.accumulate(np.where(is_bid, 0.0, mw), axis=-1)
    demand = np.add.accumulate(np.where(is_bid, mw, 0.0)[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(np.minimum(supply, demand).max(axis=-1, initial=0.0))


def _ends(price: Array) -> tuple[Index, Index]:
    """For each place of sorted prices, the first and the last place of the same price."""
    places = np.broadcast_to(np.arange(price.shape[-1]), price.shape)
    edge = np.ones_like(price[..., :1], dtype=bool)
    new = price[..., 1:] != price[..., :-1]
    first = np.maximum.accumulate(np.where(np.concatenate([edge, new], axis=-1), places, 0), axis=-1)
    ends = np.where(np.concatenate([new, edge], axis=-1), places, price.shape[-1])
    return first, np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]
