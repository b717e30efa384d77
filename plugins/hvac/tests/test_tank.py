"""The tank against closed forms and against Euler integration with steps of a fifth of a second."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from houses import NO_DRAW, imbalance, start, step
from pgcore_hvac.tank import HotWaterTank
from pgcore_hvac.water import KWH_PER_LITRE_K, Water, heated

from pgcore.quantity import QuantityError

SHOWER = {**NO_DRAW, "draw_l_per_h": 240.0}


def tank(**options: Any) -> HotWaterTank:
    return HotWaterTank(**{"volume_l": 200.0, "p_max_mw": 0.003, **options})


@pytest.mark.parametrize(
    ("begin_c", "heat_kw", "draw_l_per_h", "stop_c"),
    [
        (60.0, 0.0, 0.0, 80.0),  # standing
        (60.0, 0.0, 300.0, 80.0),  # falls through the temperature that is wanted
        (35.0, 9.0, 20.0, 80.0),  # rises through it
        (30.0, 20.0, 60.0, 55.0),  # rises through it and to the cut-out
        (60.0, 3.0, 100.0, 50.0),  # starts above the cut-out, comes down to it and is held
        (60.0, 1.0, 200.0, 50.0),  # comes down through both
        (40.0, 2.0, 300.0, 80.0),  # begins right at it
        (25.0, 9.0, 100.0, 30.0),  # the cut-out lies below what is wanted
        (15.0, 0.0, 50.0, 80.0),  # warmed by the room
    ],
)
def test_an_hour_agrees_with_small_steps(begin_c: float, heat_kw: float, draw_l_per_h: float, stop_c: float) -> None:
    water = Water(0.2326, 0.002, 20.0, draw_l_per_h * KWH_PER_LITRE_K, 10.0, 40.0)
    after = heated(water, np.float64(begin_c), heat_kw, stop_c, 1.0)
    temperature, given, drawn, h = begin_c, 0.0, 0.0, 1.0 / 18_000
    for _ in range(18_000):
        kw = heat_kw if temperature < stop_c else 0.0
        takes_kw = water.draw_kw_per_k * (min(temperature, 40.0) - 10.0)
        temperature += h * (kw - 0.002 * (temperature - 20.0) - takes_kw) / 0.2326
        given, drawn = given + kw * h, drawn + takes_kw * h
    assert abs(float(after.water_c) - temperature) < 0.01
    assert abs(float(after.heat_kwh) - given) < 0.003
    assert abs(float(after.drawn_kwh) - drawn) < 0.001


def test_standing_water_cools_as_the_exponential_says() -> None:
    still = tank(loss_w_per_k=2.0, regulation="power")
    state, effect = step(still, start(still, water_c=60.0), NO_DRAW, 10.0)
    expected_c = 20.0 + 40.0 * np.exp(-10.0 * 0.002 / (200 * 1.163e-3))
    assert abs(float(state["water_c"]) - expected_c) < 1e-12
    assert abs(float(effect.loss_mwh) - 200 * 1.163e-6 * (60.0 - expected_c)) < 1e-12


def test_a_shower_takes_the_heat_of_mixed_water_from_a_hot_tank() -> None:
    hot = tank(loss_w_per_k=0.0, regulation="power", start_c=70.0)
    state, effect = step(hot, start(hot), SHOWER, 0.25)
    assert abs(float(effect.useful_mwh) - 60 * 1.163e-6 * 30.0) < 1e-12
    assert abs(float(state["water_c"]) - (70.0 - 60 * 30.0 / 200)) < 1e-9
    assert effect.unserved_mwh == 0.0


def test_an_emptying_tank_leaves_heat_unserved() -> None:
    # From 40 °C on, 120 litres go straight through 200 litres: the water falls towards 10 °C with exp(−0.6).
    cool = tank(loss_w_per_k=0.0, regulation="power", start_c=40.0)
    state, effect = step(cool, start(cool), SHOWER, 0.5)
    assert abs(float(state["water_c"]) - (10.0 + 30.0 * np.exp(-0.6))) < 1e-9
    served_mwh = 200 * 1.163e-6 * 30.0 * (1.0 - np.exp(-0.6))
    assert abs(float(effect.useful_mwh) - served_mwh) < 1e-12
    assert abs(float(effect.unserved_mwh) - (120 * 1.163e-6 * 30.0 - served_mwh)) < 1e-12


@pytest.mark.parametrize("begin_c", [15.0, 38.0, 41.0, 79.0])
@pytest.mark.parametrize("draw_l_per_h", [0.0, 30.0, 400.0])
def test_an_hour_at_constant_power_is_the_same_however_it_is_cut(begin_c: float, draw_l_per_h: float) -> None:
    pump = tank(machine="heat_pump", regulation="power")
    exo = {**NO_DRAW, "draw_l_per_h": draw_l_per_h}
    whole, once = step(pump, start(pump, water_c=begin_c), exo, 1.0, p_mw=-0.002)
    for cuts in (2, 7, 60):
        state, summed = start(pump, water_c=begin_c), np.zeros(5)
        for _ in range(cuts):
            state, effect = step(pump, state, exo, 1.0 / cuts, p_mw=-0.002)
            summed += [effect.p_mw / cuts, effect.stored_mwh, effect.loss_mwh, effect.useful_mwh, effect.unserved_mwh]
        assert abs(state["water_c"] - whole["water_c"]) < 1e-9
        assert np.allclose(summed, [once.p_mw, once.stored_mwh, once.loss_mwh, once.useful_mwh, once.unserved_mwh], rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"machine": "heat_pump"}, {"regulation": "power"}, {"min_on_h": 1.0, "min_off_h": 0.5}])
@pytest.mark.parametrize("dt_h", [1 / 60, 0.25, 3.0])
def test_the_ledger_closes_over_whole_episodes(options: dict[str, Any], dt_h: float) -> None:
    store, rng = tank(**options), np.random.default_rng(2)
    state = start(store, water_c=30.0)
    for _ in range(300):
        exo = {
            "draw_l_per_h": rng.choice([0.0, 20.0, 600.0]),
            "cold_c": rng.uniform(2, 20),
            "room_c": rng.uniform(5, 30),
            "outdoor_c": rng.uniform(-20, 30),
        }
        state, effect = step(store, state, exo, dt_h, p_mw=-0.003 * rng.uniform(), heat_to_c=rng.uniform(30, 75))
        assert imbalance(effect, dt_h) < 1e-12
        assert effect.loss_mwh >= 0.0
        assert effect.unserved_mwh >= 0.0


def test_the_cut_out_holds_the_highest_temperature_exactly() -> None:
    full = tank(regulation="power", max_c=80.0, loss_w_per_k=2.0)
    state, _ = step(full, start(full, water_c=79.0), NO_DRAW, 4.0, p_mw=-0.003)
    assert state["water_c"] == 80.0
    _, held = step(full, state, NO_DRAW, 4.0, p_mw=-0.003)
    assert abs(float(-held.p_mw) - 2.0 * 60.0 / 1e6) < 1e-15


def test_the_thermostat_waits_for_its_hysteresis_and_heats_to_its_set_point() -> None:
    boiler = tank(heat_to_c=55.0, hysteresis_k=5.0, loss_w_per_k=3.0)
    state, seen = start(boiler), []
    for _ in range(24 * 12 * 4):
        state, effect = step(boiler, state, NO_DRAW, 1 / 12)
        seen.append((float(state["water_c"]), float(-effect.p_mw) > 1e-3))
    temperatures = [water_c for water_c, _ in seen]
    begins = [before for (before, heats), (_, next_heats) in pairwise(seen) if next_heats and not heats]
    assert 49.9 < min(temperatures) < 50.0
    assert max(temperatures) == 55.0
    assert len(begins) >= 2
    assert all(49.9 < water_c <= 50.0 for water_c in begins)


@pytest.mark.parametrize(("price", "target_c"), [(30.0, 65.0), (60.0, 55.0), (90.0, 45.0)])
def test_a_price_moves_the_set_point(price: float, target_c: float) -> None:
    boiler = tank()
    assert boiler.respond({"heat_to_c": 55.0, "p_mw": 0.0}, {"price": np.array(price)}, start(boiler), NO_DRAW)["heat_to_c"] == target_c


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("max_c", {"max_c": 50.0}),
        ("start_max_c", {"start_c": 90.0}),
        ("cop_high", {"cop_high": 0.5}),
        ("coast_above_per_mwh", {"coast_above_per_mwh": 0.0}),
    ],
)
def test_fields_that_contradict_each_other_are_refused(field: str, options: dict[str, float]) -> None:
    with pytest.raises(QuantityError, match=f"^{field} is "):
        tank(**options)
