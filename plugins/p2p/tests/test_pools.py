"""The pools: mean prices of buyers and sellers against the closed forms of the literature, in many random communities."""

import numpy as np
import pytest
from pgcore_p2p.trading import P2pTrading

from pgcore.columns import Array
from pgcore.contracts.protocol import Peer

CASES, PEERS = 20_000, 6
HIGH, LOW = 300.0, 80.0


def community(seed: int = 0) -> Array:
    """Power that peers inject, ``(CASES, PEERS)``: sellers, buyers and some who do neither."""
    rng = np.random.default_rng(seed)
    return np.where(rng.uniform(size=(CASES, PEERS)) < 0.1, 0.0, rng.normal(0.0, 1.0, (CASES, PEERS)))


def bills(market: P2pTrading, p_mw: Array) -> Array:
    """What each peer pays in an hour, the grid included, ``(CASES, PEERS)``."""
    peers = {f"P{i}": Peer(f"P{i}", p_mw[:, i], lambda price: price, PEERS, {}) for i in range(PEERS)}
    offers = {name: market.offer(peer) for name, peer in peers.items()}
    awards = market.clear(offers)
    return np.stack([market.settle(peer, offers[name], awards[name], 1.0).cost for name, peer in peers.items()], axis=1)


def sums(p_mw: Array) -> tuple[Array, Array, Array]:
    """Supply, demand, and where there are both."""
    supply, demand = np.maximum(p_mw, 0).sum(axis=1), np.maximum(-p_mw, 0).sum(axis=1)
    return supply, demand, (supply > 0) & (demand > 0)


def mid_market(supply: Array, demand: Array) -> tuple[Array, Array]:
    """Prices of sellers and buyers (Long et al., 2017)."""
    mid = (HIGH + LOW) / 2
    sell = np.where(supply > demand, (mid * demand + LOW * (supply - demand)) / supply, mid)
    return sell, np.where(demand > supply, (mid * supply + HIGH * (demand - supply)) / demand, mid)


def ratio(supply: Array, demand: Array) -> tuple[Array, Array]:
    """Prices of sellers and buyers (Liu et al., 2017)."""
    s = supply / demand
    sell = np.where(s <= 1, LOW * HIGH / ((HIGH - LOW) * s + LOW), LOW)
    return sell, np.where(s <= 1, sell * s + HIGH * (1 - s), LOW)


def shared(supply: Array, demand: Array) -> tuple[Array, Array]:
    """Prices of sellers and buyers: the community's income over its supply, its bill over its demand."""
    return LOW * np.maximum(supply - demand, 0) / supply, HIGH * np.maximum(demand - supply, 0) / demand


@pytest.mark.parametrize(("rule", "closed_form"), [("mid_market_rate", mid_market), ("supply_demand_ratio", ratio), ("bill_sharing", shared)])
def test_everybody_pays_and_gets_the_published_mean_price(rule: str, closed_form: object) -> None:
    p_mw = community()
    paid = bills(P2pTrading(rule=rule, import_per_mwh=HIGH, export_per_mwh=LOW), p_mw)
    supply, demand, both = sums(p_mw)
    sell, buy = closed_form(supply[both], demand[both])  # type: ignore[operator]
    expected = -p_mw[both] * np.where(p_mw[both] > 0, sell[:, None], buy[:, None])
    np.testing.assert_allclose(paid[both], expected, rtol=1e-12, atol=1e-10)
    assert both.sum() > 0.9 * CASES


@pytest.mark.parametrize("rule", ["mid_market_rate", "supply_demand_ratio", "bill_sharing", "uniform_price", "k_double_auction"])
def test_what_all_pay_together_is_the_communitys_bill_from_the_grid(rule: str) -> None:
    p_mw = community(1)
    supply, demand, _ = sums(p_mw)
    grid = HIGH * np.maximum(demand - supply, 0) - LOW * np.maximum(supply - demand, 0)
    np.testing.assert_allclose(bills(P2pTrading(rule=rule, import_per_mwh=HIGH, export_per_mwh=LOW), p_mw).sum(axis=1), grid, atol=1e-9)


@pytest.mark.parametrize("rule", ["mid_market_rate", "supply_demand_ratio", "uniform_price", "k_double_auction", "mcafee", "pay_as_bid"])
def test_nobody_pays_more_than_to_the_grid_alone(rule: str) -> None:
    p_mw = community(2)
    alone = -p_mw * np.where(p_mw > 0, LOW, HIGH)
    market = P2pTrading(rule=rule, margin=0.1, import_per_mwh=HIGH, export_per_mwh=LOW)
    assert (bills(market, p_mw) <= alone + 1e-9).all()


def test_bill_sharing_can_leave_a_seller_worse_off_than_the_grid_would() -> None:
    p_mw = np.tile([1.0, -3.0, 0.0, 0.0, 0.0, 0.0], (CASES, 1))
    assert bills(P2pTrading(rule="bill_sharing"), p_mw)[0, :2].tolist() == [0.0, 600.0]


def test_free_export_makes_shared_energy_free() -> None:
    p_mw = np.tile([1.0, -3.0, 0.0, 0.0, 0.0, 0.0], (CASES, 1))
    paid = bills(P2pTrading(rule="supply_demand_ratio", import_per_mwh=300.0, export_per_mwh=0.0), p_mw)
    assert paid[0, :2].tolist() == [0.0, 600.0]


def test_the_ratio_takes_the_middle_where_export_costs_money() -> None:
    p_mw = np.tile([1.0, -1.0, 0.0, 0.0, 0.0, 0.0], (CASES, 1))
    paid = bills(P2pTrading(rule="supply_demand_ratio", import_per_mwh=300.0, export_per_mwh=-20.0), p_mw)
    assert paid[0, :2].tolist() == [-140.0, 140.0]
