"""Book: all orders of one clearing, and what a rule makes of them."""

from collections.abc import Callable

import numpy as np
from attrs import frozen

from pgcore.columns import Array


@frozen(eq=False)
class Book:
    """Orders of all peers: m asks and m bids in each of B environments, ``(B, m)``; an order of 0 MW is none.

    Prices are those that remain after the fees: what a seller must get at least, what a buyer can hand over at most.
    """

    sell_mw: Array
    ask_per_mwh: Array
    buy_mw: Array
    bid_per_mwh: Array
    import_per_mwh: Array
    """Price of energy from the grid, ``(B,)``."""
    export_per_mwh: Array
    """Price that the grid pays, ``(B,)``."""


@frozen(eq=False)
class Clearing:
    """How much of each order is traded, and at which price; ``(B, m)`` each."""

    sold_mw: Array
    bought_mw: Array
    sell_per_mwh: Array
    """What the seller gets, before its fee."""
    buy_per_mwh: Array
    """What the buyer pays, before its fee."""


Rule = Callable[[Book, float], Clearing]
"""A way to clear a book. The number is the market's ``k``, which only some rules read."""


def at_one_price(price_per_mwh: Array, sold_mw: Array, bought_mw: Array) -> Clearing:
    """The clearing in which everybody trades at the price ``(B,)``."""
    price = np.broadcast_to(price_per_mwh[..., None], sold_mw.shape)
    return Clearing(sold_mw, bought_mw, price, price)
