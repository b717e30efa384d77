"""The checks for markets: passed by a plain pool, and each wrong market is caught by the check that names its mistake."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer, Trade
from pgcore.quantity import Slot, quantity
from pgcore.testing.checks import Breach, NotAsked
from pgcore.testing.markets import (
    CHECKS,
    Factory,
    check_budget_is_balanced,
    check_clears_alike_every_time,
    check_environments_do_not_influence_each_other,
    check_is_individually_rational,
    check_names_do_not_matter,
    check_order_of_peers_does_not_matter,
    check_power_is_conserved,
    check_settles_what_was_agreed,
    check_shows_what_it_declares,
    check_trades_are_within_offers,
)


@frozen
class Pool(Horizontal):
    """Sells at one price to those to whom energy is worth 100, and asks for 50 at least."""

    type = "pool"
    slots = (Slot("p_mw", "MW", -100.0, 100.0, "power sold"),)
    shows = (Slot("traded_mw", "MW", 0.0, 100.0, "power traded"),)
    price_per_mwh: float = quantity("1/MWh", "price", default=80.0)

    def offer(self, peer: Peer) -> Offer:
        return {"p_mw": peer.p_mw}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        p_mw = np.stack([offer["p_mw"] for offer in offers.values()], axis=-1)
        supply, demand = (np.add.accumulate(np.maximum(sign * p_mw, 0.0), axis=-1)[..., -1:] for sign in (1.0, -1.0))
        traded, side = np.minimum(supply, demand), np.where(p_mw > 0.0, supply, demand)
        sold = p_mw * traded / np.where(side > 0.0, side, 1.0)
        return {name: {"p_mw": sold[:, i], "price": np.full(len(sold), self.price_per_mwh)} for i, name in enumerate(offers)}

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Deal(-award["price"] * award["p_mw"] * dt_h, {"p_mw": award["p_mw"]})

    def trade(self, offer: Offer, award: Award) -> Trade | None:
        p_mw = award["p_mw"]
        most = (np.maximum(sign * offer["p_mw"], 0.0) for sign in (1.0, -1.0))
        return Trade(p_mw, -award["price"] * p_mw, np.where(p_mw > 0.0, -50.0, -100.0) * p_mw, *most)

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        return {"traded_mw": np.maximum(np.stack([award["p_mw"] for award in awards.values()]), 0.0).sum(axis=0)}


def wrong(clear: Callable[[dict[str, dict[str, Array]]], Any] | None = None, **methods: Any) -> Factory:
    """The pool with some methods replaced; ``clear`` changes its awards."""

    def changed(self: Pool, offers: Mapping[str, Offer]) -> Any:
        awards = {name: dict(award) for name, award in Pool.clear(self, offers).items()}
        return clear(awards) if clear else awards

    return frozen(type("Wrong", (Pool,), {"clear": changed, **methods}))


def each(change: Callable[[str, Award], Mapping[str, Array]]) -> Callable[[dict[str, dict[str, Array]]], Any]:
    return lambda awards: {name: {**award, **change(name, award)} for name, award in awards.items()}


def to_the_first(awards: dict[str, dict[str, Array]]) -> Any:
    """Sellers keep their places in the list when the pool is shared out."""
    (name, first), *rest = awards.items()
    bonus = np.where(first["p_mw"] > 0.0, 1.0, 0.0)
    return {name: {**first, "price": first["price"] + bonus}, **dict(rest)}


def by_name(awards: dict[str, dict[str, Array]]) -> Any:
    return {name: {**award, "price": award["price"] + (name == "P1")} for name, award in awards.items()}


def over_the_batch(awards: dict[str, dict[str, Array]]) -> Any:
    mean = sum(np.abs(award["p_mw"]).mean() for award in awards.values())
    return {name: {**award, "price": award["price"] + 0.01 * mean} for name, award in awards.items()}


def at_random(awards: dict[str, dict[str, Array]]) -> Any:
    shift = np.random.default_rng().uniform()
    return {name: {**award, "price": award["price"] + shift} for name, award in awards.items()}


def generous(awards: dict[str, dict[str, Array]]) -> Any:
    return each(lambda _, award: {"price": award["price"] + np.where(award["p_mw"] > 0.0, 5.0, 0.0)})(awards)


WRONG: dict[str, tuple[Factory, Callable[[Factory], None]]] = {
    "sells more than is bought": (wrong(each(lambda _, a: {"p_mw": np.where(a["p_mw"] > 0.0, 1.1, 1.0) * a["p_mw"]})), check_power_is_conserved),
    "trades more than was offered": (wrong(each(lambda _, a: {"p_mw": 1.5 * a["p_mw"]})), check_trades_are_within_offers),
    "pays more than it takes": (wrong(generous), check_budget_is_balanced),
    "charges more than was bid": (wrong(each(lambda _, a: {"price": a["price"] + 40.0})), check_is_individually_rational),
    "favours the first in the list": (wrong(to_the_first), check_order_of_peers_does_not_matter),
    "favours a name": (wrong(by_name), check_names_do_not_matter),
    "draws random numbers": (wrong(at_random), check_clears_alike_every_time),
    "averages over environments": (wrong(over_the_batch), check_environments_do_not_influence_each_other),
    "forgets the length of a step": (
        wrong(settle=lambda self, peer, offer, award, dt_h: Pool.settle(self, peer, offer, award, 1.0)),
        check_settles_what_was_agreed,
    ),
    "shows less than it declares": (wrong(summary=lambda self, offers, awards: {}), check_shows_what_it_declares),
    "shows one number for all environments": (
        wrong(summary=lambda self, offers, awards: {"traded_mw": np.zeros(1)}),
        check_shows_what_it_declares,
    ),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_plain_pool_passes(check: Callable[[Factory], None]) -> None:
    check(Pool)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_market_is_caught_by_the_check_that_names_its_mistake(name: str) -> None:
    make, check = WRONG[name]
    with pytest.raises(Breach, match="to mend:"):
        check(make)


def test_a_protocol_that_is_no_market_is_asked_nothing() -> None:
    with pytest.raises(NotAsked, match="the protocol is no market"):
        check_power_is_conserved(wrong(trade=lambda self, offer, award: None))


def test_a_market_whose_options_name_peers_is_not_asked_about_names() -> None:
    named = frozen(type("Named", (Pool,), {"__annotations__": {"who": str}, "who": "P1"}))
    with pytest.raises(NotAsked, match="its options name peers"):
        check_names_do_not_matter(named)


def test_a_market_that_names_no_sizes_is_not_asked_about_them() -> None:
    with pytest.raises(NotAsked, match="trade.. does not say what was offered"):
        check_trades_are_within_offers(wrong(trade=lambda self, offer, award: Trade(award["p_mw"], 0.0 * award["p_mw"], 0.0 * award["p_mw"])))


def test_a_law_that_is_waived_has_to_be_broken() -> None:
    waives = {"waives": lambda self: {"budget_is_balanced": "the town pays the rest"}}
    with pytest.raises(NotAsked, match="waives it: the town pays the rest"):
        check_budget_is_balanced(wrong(generous, **waives))
    with pytest.raises(Breach, match="waives budget_is_balanced .* and keeps it"):
        check_budget_is_balanced(wrong(**waives))


def test_a_breach_says_where_and_what() -> None:
    with pytest.raises(Breach, match=r"town \d of \d peers, environment \d+: P\d pays beyond its own limit by 20.*expected <= 0"):
        check_is_individually_rational(lambda: evolve(Pool(), price_per_mwh=120.0))
