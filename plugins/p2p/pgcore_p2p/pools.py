"""Pools: clearing rules with one price that follows from the grid tariff and the sizes of the orders.

What one side has in surplus over the other is left to the grid, in proportion to the orders' sizes. With that part at the grid tariff, the mean
prices of buyers and sellers are those of the literature. But for bill sharing, an order whose limit price the pool's price does not meet stays out.
"""

import numpy as np

from pgcore.columns import Array, total
from pgcore_p2p.book import Book, Clearing, at_one_price


def mid_market_rate(book: Book, k: float) -> Clearing:
    """All trade at the middle of the two grid prices.

    Source: C. Long, J. Wu, C. Zhang, L. Thomas, M. Cheng and N. Jenkins, "Peer-to-peer energy trading in a community microgrid", IEEE PES General
    Meeting, 2017.
    """
    return _pooled(book, _middle(book), True)


def supply_demand_ratio(book: Book, k: float) -> Clearing:
    """All trade at e·m / ((m − e)·S + e) for a ratio S of supply to demand up to one, else at e; the grid pays e and charges m.

    Source: N. Liu, X. Yu, C. Wang, C. Li, L. Ma and J. Lei, "Energy-sharing model with price-based demand response for microgrids of peer-to-peer
    prosumers", IEEE Transactions on Power Systems 32(5), 2017. The formula is for 0 ≤ e ≤ m; elsewhere the middle of the two is taken.
    """
    supply, demand = _sum(book.sell_mw), _sum(book.buy_mw)
    low, high = book.export_per_mwh, book.import_per_mwh
    meant = (low >= 0.0) & (low <= high) & (demand > 0.0)
    ratio = np.minimum(supply / np.where(meant, demand, 1.0), 1.0)
    below = (high - low) * ratio + low
    price = low * high / np.where(below > 0.0, below, 1.0)
    # rounding may leave the range by the last bit, and with e = 0 any supply makes the energy free
    return _pooled(book, np.where(meant, np.clip(price, low, np.maximum(low, high)), _middle(book)), True)


def bill_sharing(book: Book, k: float) -> Clearing:
    """Energy among peers is free: what the community pays is shared by its buyers, and what it earns by its sellers, in proportion to their sizes.

    Source: as for the mid-market rate. It is not individually rational: where there are more buyers, sellers earn nothing. Limit prices do not
    matter.
    """
    return _pooled(book, np.zeros_like(book.import_per_mwh), False)


def _pooled(book: Book, price: Array, rational: bool) -> Clearing:
    """Everybody who does not lose by it trades at the price ``(B,)``; the longer side is cut in proportion."""
    sell, buy = book.sell_mw, book.buy_mw
    if rational:
        sell = np.where(book.ask_per_mwh <= price[..., None], sell, 0.0)
        buy = np.where(book.bid_per_mwh >= price[..., None], buy, 0.0)
    sides = (_sum(sell), _sum(buy))
    traded = np.minimum(*sides)
    cuts = [traded / np.where(side > 0.0, side, 1.0) for side in sides]
    return at_one_price(price, sell * cuts[0][..., None], buy * cuts[1][..., None])


def _middle(book: Book) -> Array:
    return np.asarray(book.import_per_mwh / 2.0 + book.export_per_mwh / 2.0)


def _sum(mw: Array) -> Array:
    """Added from the smallest to the largest, so that the order of the peers cannot change a bit."""
    return total(np.sort(mw, axis=-1))
