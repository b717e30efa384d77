"""The battery against closed forms."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.builtin.devices.battery import Battery
from pgcore.quantity import QuantityError


def step(ess: Battery, energy_mwh: float, p_mw: float, dt_h: float = 1.0, q_mvar: float = 0.0) -> tuple[float, Any]:
    state, effect = ess.step({"energy_mwh": np.float64(energy_mwh)}, {"p_mw": p_mw, "q_mvar": q_mvar}, {}, dt_h)
    return float(state["energy_mwh"]), effect


def test_charging_applies_its_efficiency_once() -> None:
    energy, effect = step(Battery(capacity_mwh=2.0, p_max_mw=0.5, eta=0.93), 1.0, -0.4)
    assert energy == pytest.approx(1.0 + 0.93 * 0.4, abs=1e-12)
    assert effect.p_mw == pytest.approx(-0.4, abs=1e-12)
    assert effect.loss_mwh == pytest.approx(0.07 * 0.4, abs=1e-12)


def test_discharging_applies_its_efficiency_once() -> None:
    energy, effect = step(Battery(capacity_mwh=2.0, p_max_mw=0.5, eta=0.93), 1.0, 0.4)
    assert energy == pytest.approx(1.0 - 0.4 / 0.93, abs=1e-12)
    assert effect.p_mw == pytest.approx(0.4, abs=1e-12)
    assert effect.loss_mwh == pytest.approx(0.4 / 0.93 - 0.4, abs=1e-12)


def test_a_round_trip_returns_the_product_of_both_efficiencies() -> None:
    ess = Battery(capacity_mwh=10.0, p_max_mw=5.0, eta_charge=0.9, eta_discharge=0.8, soc_start=0.0)
    energy, bought = step(ess, 0.0, -2.0)
    energy, sold = step(ess, energy, 5.0)
    assert energy == 0.0
    assert sold.p_mw / -bought.p_mw == pytest.approx(0.9 * 0.8, abs=1e-12)


def test_eta_stands_for_both_efficiencies_unless_they_are_given() -> None:
    ess = Battery(capacity_mwh=1.0, p_max_mw=1.0, eta=0.9, eta_discharge=0.8)
    assert (ess.eta_charge, ess.eta_discharge) == (0.9, 0.8)


def test_self_discharge_over_an_hour_does_not_depend_on_how_it_is_cut() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, self_discharge_per_h=0.1)
    energy = 1.0
    for _ in range(4):
        energy, _ = step(ess, energy, 0.0, dt_h=0.25)
    assert energy == pytest.approx(0.9, abs=1e-12)


@given(st.floats(-0.5, 0.5))
def test_an_hour_at_constant_power_gives_the_same_energy_however_it_is_cut(p_mw: float) -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5)
    in_one, _ = step(ess, 1.0, p_mw)
    energy = 1.0
    for _ in range(4):
        energy, _ = step(ess, energy, p_mw, dt_h=0.25)
    assert energy == pytest.approx(in_one, abs=1e-12)


def test_charging_stops_exactly_at_the_upper_limit() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=1.0, eta=0.9, soc_max=0.8)
    energy, effect = step(ess, 1.5, -1.0)
    assert energy == 0.8 * 2.0
    assert effect.p_mw == pytest.approx(-(1.6 - 1.5) / 0.9, abs=1e-12)


def test_discharging_stops_exactly_at_the_lower_limit() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=1.0, eta=0.9, soc_min=0.2)
    energy, effect = step(ess, 0.5, 1.0)
    assert energy == 0.2 * 2.0
    assert effect.p_mw == pytest.approx((0.5 - 0.4) * 0.9, abs=1e-12)


def test_below_the_lower_limit_it_gives_nothing_and_can_still_charge() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, eta=1.0, soc_min=0.2, self_discharge_per_h=0.5)
    energy, effect = step(ess, 0.4, 0.5)
    assert (energy, effect.p_mw) == (0.2, 0.0)
    assert step(ess, 0.2, -0.5)[0] == pytest.approx(0.1 + 0.5, abs=1e-12)


@given(st.floats(0, 1), st.floats(-5, 5), st.floats(0.01, 24), st.floats(0, 0.99), st.floats(0.05, 1))
def test_the_state_of_charge_never_leaves_its_limits_by_action(soc: float, p_mw: float, dt_h: float, leak: float, eta: float) -> None:
    ess = Battery(capacity_mwh=3.0, p_max_mw=5.0, eta=eta, soc_min=0.1, soc_max=0.9, self_discharge_per_h=leak)
    start = 3.0 * min(soc, 0.9)
    energy, effect = step(ess, start, p_mw, dt_h)
    assert min(0.3, start * (1 - leak) ** dt_h) * (1 - 1e-12) <= energy <= 0.9 * 3.0
    assert -effect.p_mw * dt_h == pytest.approx(effect.stored_mwh + effect.loss_mwh, abs=1e-9)


def test_reactive_power_stays_on_the_circle_that_active_power_leaves() -> None:
    ess = Battery(capacity_mwh=20.0, p_max_mw=4.0, s_max_mva=5.0, q_control=True)
    _, effect = step(ess, 10.0, 4.0, q_mvar=-9.0)
    assert (effect.p_mw, effect.q_mvar) == (4.0, -3.0)


def test_the_reactive_knob_is_offered_only_with_reactive_control() -> None:
    assert [k.name for k in Battery(capacity_mwh=1.0, p_max_mw=1.0).active_knobs()] == ["p_mw"]
    assert [k.name for k in Battery(capacity_mwh=1.0, p_max_mw=1.0, q_control=True).active_knobs()] == ["p_mw", "q_mvar"]


def test_wear_is_paid_for_energy_through_the_cells_in_either_direction() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, eta=0.8, wear_cost_per_mwh=10.0)
    assert step(ess, 1.0, -0.5)[1].cost == pytest.approx(10 * 0.5 * 0.8, abs=1e-12)
    assert step(ess, 1.0, 0.4)[1].cost == pytest.approx(10 * 0.4 / 0.8, abs=1e-12)


@pytest.mark.parametrize(("price", "p_mw"), [(-5.0, -0.5), (30.0, -0.5), (31.0, 0.0), (59.0, 0.0), (60.0, 0.5)])
def test_it_buys_cheap_and_sells_dear(price: float, p_mw: float) -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, buy_below_per_mwh=30.0, sell_above_per_mwh=60.0)
    assert ess.respond({"p_mw": 0.1, "q_mvar": 0.0}, {"price": np.float64(price)}, {}, {})["p_mw"] == p_mw


def test_a_random_start_lies_in_its_range_and_differs_between_environments() -> None:
    ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, soc_start=0.2, soc_start_max=0.6)
    energy = ess.initial((50, 1), np.random.default_rng(0))["energy_mwh"]
    assert energy.min() >= 0.4
    assert energy.max() <= 1.2
    assert len(np.unique(energy)) == 50


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"soc_min": 0.5, "soc_max": 0.4}, "soc_max"),
        ({"soc_min": 0.5, "soc_start": 0.4}, "soc_start"),
        ({"soc_start": 0.4, "soc_start_max": 0.3}, "soc_start_max"),
        ({"s_max_mva": 0.4}, "s_max_mva"),
        ({"buy_below_per_mwh": 90.0}, "sell_above_per_mwh"),
        ({"eta": 0.0}, "eta"),
        ({"capacity_mwh": -1.0}, "capacity_mwh"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_by_name(wrong: dict[str, float], field: str) -> None:
    with pytest.raises(QuantityError) as refused:
        Battery(**{"capacity_mwh": 2.0, "p_max_mw": 0.5, **wrong})
    assert refused.value.field == field
