"""Auctions: clearing rules in which limit prices decide who trades.

All of them trade in merit order. Orders at the price of the last step are filled in proportion to their size.
"""

import numpy as np

from pgcore.columns import Array, Flags
from pgcore_p2p.book import Book, Clearing, at_one_price
from pgcore_p2p.ladder import Ladder, crossing_mw

MIDDLE = 0.5


def k_double_auction(book: Book, k: float) -> Clearing:
    """All trade at (1 − k)·low + k·high, where low…high are the prices at which supply meets demand.

    Source: M. A. Satterthwaite and S. R. Williams, "The rate of convergence to efficiency in the buyer's bid double auction as the market becomes
    large", Review of Economic Studies 56(4), 1989. Where an order is filled in part, low = high is its price.
    """
    asks, bids = _ladders(book)
    traded = crossing_mw(asks, bids)
    low, high = prices_that_clear(asks, bids, traded)
    return at_one_price((1.0 - k) * low + k * high, asks.filled(traded), bids.filled(traded))


def uniform_price(book: Book, k: float) -> Clearing:
    """All trade at the middle of the prices at which supply meets demand: the k-double auction with k = ½, which favours neither side."""
    return k_double_auction(book, MIDDLE)


def pay_as_bid(book: Book, k: float) -> Clearing:
    """Each order trades at its own limit price (the discriminatory auction). The difference between the two sides stays with the market."""
    asks, bids = _ladders(book)
    traded = crossing_mw(asks, bids)
    return Clearing(asks.filled(traded), bids.filled(traded), book.ask_per_mwh, book.bid_per_mwh)


def mcafee(book: Book, k: float) -> Clearing:
    """Trade reduction: nobody's own limit price sets what it pays, so that naming the true one is best.

    With orders of one size this is R. P. McAfee, "A dominant strategy double auction", Journal of Economic Theory 56(2), 1992: the last pair b, s
    that can trade does so, and all others too, at p₀ = (b' + s')/2 of the pair after it if s ≤ p₀ ≤ b. Otherwise, or if no pair comes after it, it
    stays out: buyers pay b and sellers get s, and the difference stays with the market.

    Orders of different size are reduced as by P. Huang, A. Scheller-Wolf and K. Sycara, "Design of a multi-unit double auction e-market",
    Computational Intelligence 18(4), 2002: the last order of either side stays out, and the longer side is cut in proportion to the orders' sizes.
    Then prices are best named truly; sizes need not be. A p₀ is used only where supply and demand up to the last pair are equal.
    """
    asks, bids = _ladders(book)
    traded = crossing_mw(asks, bids)
    cut = _reduced(asks, bids, traded)
    price, met = _price_after(asks, bids, traded)
    full = at_one_price(price, asks.filled(traded), bids.filled(traded))
    pairs = ((getattr(full, name), getattr(cut, name)) for name in ("sold_mw", "bought_mw", "sell_per_mwh", "buy_per_mwh"))
    return Clearing(*(np.where(met[..., None], one, other) for one, other in pairs))


def prices_that_clear(asks: Ladder, bids: Ladder, traded_mw: Array) -> tuple[Array, Array]:
    """Lowest and highest price at which supply meets demand, ``(B,)`` each; 0 where nothing is traded.

    No ask that trades and no bid that is left is above the lowest, no bid that trades and no ask that is left is below the highest.
    """
    sell, buy = asks.share(traded_mw), bids.share(traded_mw)
    low = np.maximum(_highest(asks, sell > 0.0), _highest(bids, buy < 1.0))
    high = np.minimum(_lowest(bids, buy > 0.0), _lowest(asks, sell < 1.0))
    some = traded_mw > 0.0
    return np.where(some, low, 0.0), np.where(some, high, 0.0)


def _ladders(book: Book) -> tuple[Ladder, Ladder]:
    return Ladder.of(book.sell_mw, book.ask_per_mwh, False), Ladder.of(book.buy_mw, book.bid_per_mwh, True)


def _reduced(asks: Ladder, bids: Ladder, traded_mw: Array) -> Clearing:
    """Without the last order of either side, whose prices hold for the others."""
    last = [ladder.before_mw < traded_mw[..., None] for ladder in (asks, bids)]
    room = [np.where(taken & (ladder.mw > 0.0), ladder.before_mw, 0.0).max(axis=-1) for ladder, taken in zip((asks, bids), last, strict=True)]
    traded = np.minimum(*room)
    sold, bought = (ladder.filled(most) * _ratio(traded, most)[..., None] for ladder, most in zip((asks, bids), room, strict=True))
    some = traded > 0.0
    ask, bid = _highest(asks, last[0]), _lowest(bids, last[1])
    prices = [np.broadcast_to(np.where(some, price, 0.0)[..., None], sold.shape) for price in (ask, bid)]
    return Clearing(sold, bought, *prices)


def _price_after(asks: Ladder, bids: Ladder, traded_mw: Array) -> tuple[Array, Flags]:
    """p₀ of the first orders that do not trade, ``(B,)``, and where all may trade at it."""
    taken = [ladder.before_mw < traded_mw[..., None] for ladder in (asks, bids)]
    ask, bid = _highest(asks, taken[0]), _lowest(bids, taken[1])
    after = np.stack([_lowest(asks, ~taken[0]), _highest(bids, ~taken[1])])
    known = np.isfinite(after).all(axis=0) & (traded_mw > 0.0)
    price = np.where(known, after[0], 0.0) / 2.0 + np.where(known, after[1], 0.0) / 2.0
    ends = [np.where(use & (ladder.mw > 0.0), ladder.upto_mw, 0.0).max(axis=-1) for ladder, use in zip((asks, bids), taken, strict=True)]
    return price, known & (ends[0] == traded_mw) & (ends[1] == traded_mw) & (ask <= price) & (price <= bid)


def _highest(ladder: Ladder, chosen: Flags) -> Array:
    return np.asarray(np.where(chosen & (ladder.mw > 0.0), ladder.price, -np.inf).max(axis=-1))


def _lowest(ladder: Ladder, chosen: Flags) -> Array:
    return np.asarray(np.where(chosen & (ladder.mw > 0.0), ladder.price, np.inf).min(axis=-1))


def _ratio(part: Array, whole: Array) -> Array:
    return np.asarray(part / np.where(whole > 0.0, whole, 1.0))
