"""The auctions: against published examples, a unit-by-unit reference, and the promise of trade reduction by enumeration."""

from itertools import product

import numpy as np
import pytest
from pgcore_p2p.auctions import k_double_auction, mcafee, pay_as_bid, uniform_price
from pgcore_p2p.book import Book, Clearing

from pgcore.columns import Array

UNIT = 0.5


def book(sell: Array, ask: Array, buy: Array, bid: Array) -> Book:
    rows = len(sell)
    return Book(sell, ask, buy, bid, np.full(rows, 300.0), np.full(rows, 80.0))


def units(asks: list[float], bids: list[float]) -> Book:
    """One book of orders of 1 MW."""
    return book(np.ones((1, len(asks))), np.array([asks]), np.ones((1, len(bids))), np.array([bids]))


def traded(cleared: Clearing) -> tuple[list[float], list[float]]:
    return cleared.sold_mw[0].tolist(), cleared.bought_mw[0].tolist()


def prices(cleared: Clearing) -> tuple[float, float]:
    return float(cleared.sell_per_mwh[0, 0]), float(cleared.buy_per_mwh[0, 0])


# The examples of E. Segal-Halevi's public library "auctions" (mcafee_protocol.py, mcafee_demo.py), an independent implementation of McAfee (1992).
def test_mcafee_leaves_out_the_only_pair() -> None:
    assert traded(mcafee(units([4.0], [9.0]), 0.5)) == ([0.0], [0.0])


def test_mcafee_leaves_out_the_last_of_two_pairs_and_takes_its_prices() -> None:
    cleared = mcafee(units([4.0, 3.0], [9.0, 8.0]), 0.5)
    assert traded(cleared) == ([0.0, 1.0], [1.0, 0.0])
    assert prices(cleared) == (4.0, 8.0)


def test_mcafee_lets_all_trade_at_the_mean_of_the_pair_after_the_last() -> None:
    cleared = mcafee(units([8.0, 3.0], [9.0, 4.0]), 0.5)
    assert traded(cleared) == ([0.0, 1.0], [1.0, 0.0])
    assert prices(cleared) == (6.0, 6.0)


def test_mcafee_without_reduction_in_the_demonstration() -> None:
    cleared = mcafee(units([1.0, 4.0, 5.0, 8.0, 11.0], [17.0, 14.0, 13.0, 9.0, 6.0]), 0.5)
    assert traded(cleared) == ([1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0, 0.0])
    assert prices(cleared) == (8.5, 8.5)


def test_mcafee_with_reduction_in_the_demonstration() -> None:
    cleared = mcafee(units([1.0, 4.0, 5.0, 8.0, 13.0], [17.0, 14.0, 13.0, 9.0, 6.0]), 0.5)
    assert traded(cleared) == ([1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0, 0.0])
    assert prices(cleared) == (8.0, 9.0)


def test_the_k_double_auction_runs_from_the_lowest_to_the_highest_price_that_clears() -> None:
    given = units([6.0, 4.0], [10.0, 9.0])
    assert [prices(k_double_auction(given, k))[0] for k in (0.0, 0.25, 1.0)] == [6.0, 6.75, 9.0]


def test_with_one_buyer_and_one_seller_it_is_that_of_chatterjee_and_samuelson() -> None:
    assert prices(k_double_auction(units([3.0], [7.0]), 0.25)) == (4.0, 4.0)


def test_the_uniform_price_is_that_of_an_order_filled_in_part() -> None:
    given = book(np.array([[2.0, 2.0]]), np.array([[50.0, 100.0]]), np.array([[3.0, 0.0]]), np.array([[200.0, 0.0]]))
    cleared = uniform_price(given, 0.0)
    assert traded(cleared) == ([2.0, 1.0], [3.0, 0.0])
    assert prices(cleared) == (100.0, 100.0)


def test_orders_at_the_last_price_are_filled_in_proportion_to_their_size() -> None:
    given = book(np.array([[1.0, 3.0]]), np.array([[90.0, 90.0]]), np.array([[2.0, 0.0]]), np.array([[200.0, 0.0]]))
    assert traded(uniform_price(given, 0.5))[0] == [0.5, 1.5]


def test_pay_as_bid_takes_the_cheapest_offer_first_and_pays_each_its_own_price() -> None:
    given = book(np.array([[1.0, 1.0]]), np.array([[150.0, 100.0]]), np.array([[1.0, 0.0]]), np.array([[180.0, 0.0]]))
    cleared = pay_as_bid(given, 0.5)
    assert traded(cleared) == ([0.0, 1.0], [1.0, 0.0])
    assert cleared.sell_per_mwh[0].tolist() == [150.0, 100.0]
    assert float(cleared.buy_per_mwh[0, 0]) == 180.0


def test_an_ask_equal_to_a_bid_trades() -> None:
    assert traded(uniform_price(units([100.0], [100.0]), 0.5)) == ([1.0], [1.0])


@pytest.mark.parametrize("rule", [uniform_price, pay_as_bid, k_double_auction, mcafee])
def test_nothing_is_traded_where_every_ask_is_above_every_bid(rule: object) -> None:
    cleared = rule(units([110.0, 120.0], [100.0, 90.0]), 0.5)  # type: ignore[operator]
    assert traded(cleared) == ([0.0, 0.0], [0.0, 0.0])
    assert np.isfinite(cleared.sell_per_mwh).all()


def random_books(rows: int, orders: int, seed: int) -> Book:
    """Sizes in whole units and few different prices, so that ties and partial fills abound."""
    rng = np.random.default_rng(seed)
    sell, buy = (UNIT * rng.integers(0, 5, (rows, orders)) for _ in range(2))
    ask, bid = (rng.integers(0, 12, (rows, orders)).astype(float) for _ in range(2))
    return book(sell, ask, buy, bid)


def by_units(sell: Array, ask: Array, buy: Array, bid: Array) -> tuple[int, float, float]:
    """How many units trade and the lowest and highest price that clear, by sorting single units."""
    asks = sorted(price for mw, price in zip(sell, ask, strict=True) for _ in range(round(mw / UNIT)))
    bids = sorted((price for mw, price in zip(buy, bid, strict=True) for _ in range(round(mw / UNIT))), reverse=True)
    k = sum(b >= a for a, b in zip(asks, bids, strict=False))
    low = max(asks[k - 1 : k] + bids[k : k + 1], default=0.0)
    high = min(bids[k - 1 : k] + asks[k : k + 1], default=0.0)
    return k, low, high


def test_power_and_prices_are_those_of_sorted_single_units() -> None:
    given = random_books(2000, 4, 0)
    lowest, highest = k_double_auction(given, 0.0), k_double_auction(given, 1.0)
    for b in range(2000):
        k, low, high = by_units(given.sell_mw[b], given.ask_per_mwh[b], given.buy_mw[b], given.bid_per_mwh[b])
        assert lowest.sold_mw[b].sum() == pytest.approx(k * UNIT, abs=1e-12)
        assert lowest.bought_mw[b].sum() == pytest.approx(k * UNIT, abs=1e-12)
        if k:
            assert (lowest.sell_per_mwh[b, 0], highest.buy_per_mwh[b, 0]) == (low, high)


def gain(given: Book, cleared: Clearing, side: str, who: int, value: Array) -> Array:
    """What a trader of true value gains per hour."""
    if side == "sell":
        return cleared.sold_mw[:, who] * (cleared.sell_per_mwh[:, who] - value)
    return cleared.bought_mw[:, who] * (value - cleared.buy_per_mwh[:, who])


@pytest.mark.parametrize(("traders", "top", "sizes"), [(2, 4, (1.0, 2.0)), (3, 2, (1.0,)), (3, 1, (1.0, 2.0))])
def test_mcafee_never_rewards_a_wrong_price(traders: int, top: int, sizes: tuple[float, ...]) -> None:
    """Every book with so many traders a side, prices 0, 1, … up to the top and these sizes; every trader; every other price that it could name."""
    values = np.array(list(product(range(top + 1), repeat=2 * traders)), dtype=float)
    for size in product(sizes, repeat=2 * traders):
        sell, buy = (np.tile(size[part], (len(values), 1)) for part in (slice(0, traders), slice(traders, None)))
        true = book(sell, values[:, :traders], buy, values[:, traders:])
        honest = mcafee(true, 0.5)
        for who, named in product(range(2 * traders), np.arange(-0.5, top + 1, 0.5)):
            told = values.copy()
            told[:, who] = named
            lied = mcafee(book(sell, told[:, :traders], buy, told[:, traders:]), 0.5)
            side, i = ("sell", who) if who < traders else ("buy", who - traders)
            assert (gain(true, lied, side, i, values[:, who]) <= gain(true, honest, side, i, values[:, who]) + 1e-12).all()


def test_the_uniform_price_does_reward_one() -> None:
    honest, shaded = uniform_price(units([3.0], [9.0]), 0.5), uniform_price(units([3.0], [5.0]), 0.5)
    assert 9.0 - prices(shaded)[1] > 9.0 - prices(honest)[1]


def test_mcafee_loses_at_most_the_last_pair() -> None:
    rng = np.random.default_rng(1)
    asks, bids = rng.uniform(0, 1, (500, 6)), rng.uniform(0, 1, (500, 6))
    given = book(np.ones_like(asks), asks, np.ones_like(bids), bids)
    all_, reduced = uniform_price(given, 0.5).sold_mw.sum(axis=1), mcafee(given, 0.5).sold_mw.sum(axis=1)
    assert set((all_ - reduced).tolist()) == {0.0, 1.0}
