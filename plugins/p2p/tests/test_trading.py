"""The market: its orders, fees, settlement and summary. Its laws are in test_conformance."""

from typing import Any

import numpy as np
import pytest
from pgcore_p2p.congestion import Corridor
from pgcore_p2p.trading import RULES, P2pTrading

from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Offer, Peer
from pgcore.quantity import QuantityError
from pgcore.testing.markets import outcome
from pgcore.testing.towns import town


@pytest.mark.parametrize("rule", RULES)
def test_the_order_of_the_peers_does_not_change_a_bit(rule: str) -> None:
    market, given = P2pTrading(rule=rule, margin=0.1), town(3, 8)
    names = list(given.peers)
    one = outcome(market, given).awards
    for order in (names[::-1], names[3:] + names[:3]):
        other = outcome(market, type(given)({name: given.peers[name] for name in order})).awards
        assert all(one[name][key].tobytes() == other[name][key].tobytes() for name in names for key in one[name])


def peer(name: str, p_mw: float, **settings: float) -> Peer:
    return Peer(name, np.array([p_mw]), lambda price: np.array([p_mw]), 2, {key: np.array([value]) for key, value in settings.items()})


def cleared(market: P2pTrading, *peers: Peer) -> tuple[dict[str, Offer], dict[str, Award]]:
    offers = {one.name: market.offer(one) for one in peers}
    return offers, dict(market.clear(offers))


def settled(market: P2pTrading, *peers: Peer, dt_h: float = 1.0) -> list[Deal]:
    offers, awards = cleared(market, *peers)
    return [market.settle(one, offers[one.name], awards[one.name], dt_h) for one in peers]


def number(value: Array) -> float:
    return float(value[0])


def test_what_is_not_traded_is_settled_at_the_tariff() -> None:
    seller, buyer = settled(P2pTrading(import_per_mwh=300.0, export_per_mwh=80.0), peer("S", 3.0), peer("B", -1.0), dt_h=0.5)
    assert number(seller.cost) == (-80.0 * 1.0 - 80.0 * 2.0) * 0.5  # the one order that is filled in part sets the price
    assert number(buyer.cost) == 80.0 * 0.5
    assert number(seller.slots["rest_mw"]) == 2.0


def test_energy_that_was_sold_and_not_injected_is_bought_from_the_grid() -> None:
    named = {"order.p_mw": 2.0, "order.price_per_mwh": 100.0}
    seller, _ = settled(P2pTrading(deviation_fee_per_mwh=5.0), peer("S", 0.5, **named), peer("B", -2.0, **{"order.price_per_mwh": 100.0}))
    assert number(seller.cost) == -100.0 * 2.0 + 300.0 * 1.5 + 5.0 * 1.5


def test_an_agents_dials_make_its_order() -> None:
    offer = P2pTrading().offer(peer("S", 1.0, **{"order.p_mw": -0.4, "order.price_per_mwh": 120.0}))
    assert (number(offer["sell_mw.0"]), number(offer["buy_mw.0"]), number(offer["bid_per_mwh.0"])) == (0.0, 0.4, 120.0)


def test_a_margin_is_a_share_of_the_gap_between_the_grids_prices() -> None:
    offer = P2pTrading(import_per_mwh=300.0, export_per_mwh=100.0, margins={"S": 0.25}).offer(peer("S", 1.0))
    assert (number(offer["ask_per_mwh.0"]), number(offer["bid_per_mwh.0"])) == (150.0, 250.0)


def test_a_supply_curve_becomes_asks_and_bids_at_its_steps() -> None:
    market = P2pTrading(orders="marginal_cost", steps=3, import_per_mwh=300.0, export_per_mwh=100.0)
    offer = market.offer(Peer("X", np.zeros(1), lambda price: (price - 200.0) / 100.0, 1, {}))
    assert [number(offer[f"sell_mw.{k}"]) for k in range(3)] == [0.0, 0.0, 1.0]
    assert [number(offer[f"buy_mw.{k}"]) for k in range(3)] == [1.0, 0.0, 0.0]
    assert [number(offer[f"ask_per_mwh.{k}"]) for k in range(3)] == [100.0, 200.0, 300.0]


def test_marginal_costs_meet_where_supply_curves_cross() -> None:
    """Two peers with supply (λ − a)/s each: the price is the mean of the a, as for any two quadratic costs (equal incremental cost)."""
    market = P2pTrading(orders="marginal_cost", steps=100, import_per_mwh=199.0, export_per_mwh=100.0)
    curves = {"X": 120.0, "Y": 180.0}
    peers = [Peer(name, np.zeros(1), lambda price, a=a: (price - a) / 10.0, 2, {}) for name, a in curves.items()]  # type: ignore[misc]
    _, awards = cleared(market, *peers)
    assert number(awards["X"]["price_per_mwh"]) == pytest.approx(150.0, abs=1.0)
    assert number(awards["X"]["p_mw"]) == pytest.approx(3.0, abs=0.11)


def test_fees_by_distance_are_paid_by_each_and_go_to_the_market() -> None:
    market = P2pTrading(fee_per_mwh=2.0, distance_fee_per_mwh=10.0, distances={"S": 0.3, "B": 1.0})
    offers, awards = cleared(market, peer("S", 1.0), peer("B", -1.0))
    assert [number(awards[name]["fee_per_mwh"]) for name in ("S", "B")] == [5.0, 12.0]
    assert number(market.summary(offers, awards)["fees_per_h"]) == 17.0


PAIRS = {"S": {"Near": 1.0, "Far": 3.0}, "Far": {"Near": 2.0}}


def test_fees_by_pair_are_shared_by_seller_and_buyer() -> None:
    """One seller, two buyers of the same size: the seller pays half of the mean of both distances, each buyer half of its own."""
    market = P2pTrading(rule="mid_market_rate", distance_fee_per_mwh=10.0, pair_distances=PAIRS)
    offers, awards = cleared(market, peer("S", 2.0), peer("Near", -1.0), peer("Far", -1.0))
    assert [number(awards[name]["fee_per_mwh"]) for name in awards] == [10.0, 5.0, 15.0]
    assert number(market.summary(offers, awards)["fees_per_h"]) == 10.0 * (1.0 * 1.0 + 1.0 * 3.0)  # fee · Σ trade · distance


def test_fees_by_pair_are_those_of_the_trades_that_corridors_leave() -> None:
    market = P2pTrading(rule="mid_market_rate", distance_fee_per_mwh=10.0, pair_distances=PAIRS, corridors=(Corridor("far", ("Far",), 0.0),))
    offers, awards = cleared(market, peer("S", 2.0), peer("Near", -1.0), peer("Far", -1.0))
    assert [number(awards[name]["p_mw"]) for name in awards] == [1.0, -1.0, 0.0]
    assert number(awards["S"]["fee_per_mwh"]) == 5.0
    assert number(market.summary(offers, awards)["fees_per_h"]) == 10.0


def test_a_pair_too_far_apart_for_its_gain_does_not_trade() -> None:
    market = P2pTrading(distance_fee_per_mwh=230.0, pair_distances={"S": {"B": 1.0}}, import_per_mwh=300.0, export_per_mwh=80.0)
    assert number(cleared(market, peer("S", 1.0), peer("B", -1.0))[1]["S"]["p_mw"]) == 0.0


def test_a_pair_without_a_distance_is_named() -> None:
    with pytest.raises(ValueError, match="pair_distances lacks B and C; give a distance for each pair of peers"):
        cleared(P2pTrading(pair_distances={"A": {"B": 1.0, "C": 1.0}}), peer("A", 1.0), peer("B", -1.0), peer("C", -1.0))


def test_bill_sharing_alone_waives_individual_rationality() -> None:
    assert [rule for rule in RULES if P2pTrading(rule=rule).waives()] == ["bill_sharing"]
    assert "earn nothing" in P2pTrading(rule="bill_sharing").waives()["is_individually_rational"]


def test_nobody_trades_for_whom_the_fees_eat_the_gain() -> None:
    _, awards = cleared(P2pTrading(fee_per_mwh=120.0), peer("S", 1.0), peer("B", -1.0))
    assert number(awards["S"]["p_mw"]) == 0.0


def test_meters_charge_and_the_market_settles_the_difference() -> None:
    def tariff(p_mw: Array) -> Array:
        return p_mw * np.where(p_mw > 0, 250.0, 50.0)

    sides = [Peer(name, np.array([p_mw]), lambda price: price, 2, {}, tariff) for name, p_mw in (("S", 2.0), ("B", -2.0))]
    deals = settled(P2pTrading(tariff="meter"), *sides)
    assert [number(deal.cost) for deal in deals] == [50.0 * 2 - 150.0 * 2, 150.0 * 2 - 250.0 * 2]


def test_what_a_corridor_cuts_is_said_and_left_to_the_grid() -> None:
    market = P2pTrading(corridors=(Corridor("line 7", ("S",), 0.5),))
    offers, awards = cleared(market, peer("S", 2.0), peer("B", -2.0))
    assert [number(awards[name]["curtailed_mw"]) for name in ("S", "B")] == [1.5, 1.5]
    assert number(market.summary(offers, awards)["curtailed_mw"]) == 1.5
    assert number(settled(market, peer("S", 2.0), peer("B", -2.0))[0].slots["rest_mw"]) == 1.5


def test_the_summary_adds_up() -> None:
    market = P2pTrading(rule="pay_as_bid", import_per_mwh=300.0, export_per_mwh=80.0)
    shown = market.summary(*cleared(market, peer("S", 1.5), peer("B", -1.0)))
    expected = {"traded_mw": 1.0, "price_per_mwh": 190.0, "welfare_per_h": 220.0, "fees_per_h": 0.0, "surplus_per_h": 220.0, "curtailed_mw": 0.0}
    assert {name: number(value) for name, value in shown.items()} == expected


@pytest.mark.parametrize(("powers", "price"), [((1.0, 2.0), 80.0), ((-1.0, -2.0), 300.0), ((0.0, 0.0), 190.0)])
def test_without_a_trade_energy_is_worth_what_the_grid_makes_of_it(powers: tuple[float, float], price: float) -> None:
    deals = settled(P2pTrading(), *(peer(f"P{i}", p_mw) for i, p_mw in enumerate(powers)))
    assert [number(deal.signal["price"]) for deal in deals] == [price, price]
    assert number(deals[0].slots["price_per_mwh"]) == 0.0


def test_an_option_that_names_a_stranger_is_refused() -> None:
    with pytest.raises(ValueError, match="p2p_trading: margins names Z; expected peers: S, B"):
        cleared(P2pTrading(margins={"Z": 0.1}), peer("S", 1.0), peer("B", -1.0))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"rule": "lottery"}, "one of uniform_price"),
        ({"rule": "mid_market_rate", "orders": "marginal_cost"}, "expected own: the price of mid_market_rate follows from what is ordered"),
        ({"margins": {"A": 1.5}}, "shares in 0"),
        ({"distances": {"A": -1.0}}, "finite numbers >= 0"),
        ({"pair_distances": {"A": {"B": -1.0}}}, "finite numbers >= 0"),
        ({"pair_distances": {"A": {"B": 1.0}}, "distances": {"A": 1.0}}, "distances or pair_distances, not both"),
        ({"k": 2.0}, ">= 0 and <= 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(QuantityError, match=expected):
        P2pTrading(**options)
