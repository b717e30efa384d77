"""The zone: energy, set points, thermostat, minimum times, prices and comfort, each against a sum done by hand."""

import numpy as np
import pytest
from houses import BOPTEST, CALM, HEAVY, house, imbalance, start, step
from pgcore_hvac.zone import Hvac

from pgcore.columns import columns
from pgcore.quantity import QuantityError

WINTER = {**CALM, "outdoor_c": -5.0}
SUMMER = {**CALM, "outdoor_c": 33.0, "irradiance_w_per_m2": 600.0, "internal_mw": 4e-4}


@pytest.mark.parametrize("model", [BOPTEST, HEAVY])
def test_at_rest_heating_replaces_what_leaks(model: dict[str, float]) -> None:
    room = house(**model, machine="resistance", heat_to_c=20.0)
    _, effect = step(room, start(room, air_c=20.0), WINTER, 1.0)
    assert abs(float(-effect.p_mw) - 25.0 / model["r_k_per_kw"] / 1000) < 1e-12
    assert abs(float(effect.loss_mwh + effect.p_mw)) < 1e-12
    assert effect.useful_mwh == 0.0


def test_a_heat_pump_draws_the_rest_of_the_heat_from_outdoors() -> None:
    room = house(heat_to_c=20.0, carnot_share=0.4, supply_heating_c=40.0)
    _, effect = step(room, start(room, air_c=20.0), WINTER, 1.0)
    cop, heat_mw = 0.4 * 313.15 / 45.0, 2.5e-3
    assert abs(float(-effect.p_mw) - heat_mw / cop) < 1e-12
    assert abs(float(-effect.useful_mwh) - (heat_mw - heat_mw / cop)) < 1e-12
    assert abs(float(effect.loss_mwh) - heat_mw) < 1e-12


def test_a_cooler_rejects_the_heat_of_the_room_and_its_own_power() -> None:
    room = house(function="cooling", cool_to_c=25.0, start_c=25.0)
    _, effect = step(room, start(room, air_c=25.0), {**CALM, "outdoor_c": 35.0}, 1.0)
    cop, inflow_mw = 0.4 * 285.15 / 23.0, 1e-3
    assert abs(float(-effect.p_mw) - inflow_mw / cop) < 1e-12
    assert abs(float(effect.loss_mwh) - inflow_mw * (1 + 1 / cop)) < 1e-12
    assert abs(float(-effect.useful_mwh) - inflow_mw) < 1e-12


@pytest.mark.parametrize("regulation", ["modulating", "thermostat", "power"])
@pytest.mark.parametrize("model", [BOPTEST, HEAVY])
@pytest.mark.parametrize("dt_h", [1 / 60, 0.25, 6.0])
def test_the_ledger_closes_over_whole_episodes(regulation: str, model: dict[str, float], dt_h: float) -> None:
    room = house(**model, regulation=regulation, function="both", window_m2=4.0, min_on_h=0.2, min_off_h=0.1, cool_to_c=24.0)
    state, rng, thermal = start(room, air_c=15.0), np.random.default_rng(3), 0.0
    before = state
    for _ in range(200):
        exo = {
            "outdoor_c": rng.uniform(-20, 40),
            "outdoor_k_per_h": rng.uniform(-2, 2),
            "irradiance_w_per_m2": rng.uniform(0, 900),
            "internal_mw": 1e-3,
        }
        state, effect = step(room, state, exo, dt_h, p_mw=rng.uniform(-0.01, 0.0), cool=float(rng.integers(0, 2)))
        assert imbalance(effect, dt_h) < 1e-12
        assert effect.loss_mwh >= 0.0
        thermal += float(effect.stored_mwh)
    rise = (state["air_c"] - before["air_c"]) * room.c_air_kwh_per_k + (state["mass_c"] - before["mass_c"]) * room.c_mass_kwh_per_k
    assert abs(thermal - float(rise) / 1000) < 1e-9


@pytest.mark.parametrize("model", [BOPTEST, HEAVY])
def test_an_hour_of_constant_power_is_the_same_however_it_is_cut(model: dict[str, float]) -> None:
    room = house(**model, regulation="power", comfort_low_c=40.0, comfort_high_c=41.0)
    whole, once = step(room, start(room, air_c=15.0), WINTER, 1.0, p_mw=-0.002)
    for cuts in (2, 5, 360):
        state, summed = start(room, air_c=15.0), np.zeros(5)
        for _ in range(cuts):
            state, effect = step(room, state, WINTER, 1.0 / cuts, p_mw=-0.002)
            summed += [effect.p_mw / cuts, effect.stored_mwh, effect.loss_mwh, effect.useful_mwh, effect.violation]
        assert abs(state["air_c"] - whole["air_c"]) < 1e-10
        assert np.allclose(summed, [once.p_mw, once.stored_mwh, once.loss_mwh, once.useful_mwh, once.violation], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dt_h", [0.1, 1.0, 24.0])
@pytest.mark.parametrize("model", [BOPTEST, HEAVY])
def test_a_modulating_heat_pump_ends_each_step_at_its_set_point(dt_h: float, model: dict[str, float]) -> None:
    room = house(**model, p_max_mw=1.0)
    state, _ = step(room, start(room, air_c=14.0), WINTER, dt_h, heat_to_c=20.5)
    assert abs(float(state["air_c"]) - 20.5) < 1e-9


def test_a_modulating_machine_for_both_keeps_between_its_set_points() -> None:
    room = house(**HEAVY, function="both", cool_to_c=24.0, window_m2=6.0)
    state, seen = start(room), []
    for exo in [WINTER] * 48 + [SUMMER] * 48:
        state, _ = step(room, state, exo, 0.5)
        seen.append(float(state["air_c"]))
    assert min(seen) > 21.0 - 1e-9
    assert max(seen) < 24.0 + 1e-9


def test_the_thermostat_switches_at_the_edges_of_its_band() -> None:
    room = house(**BOPTEST, regulation="thermostat", heat_to_c=20.0, hysteresis_k=2.0)
    assert step(room, start(room, air_c=19.1), WINTER, 0.01)[1].p_mw == 0.0
    assert step(room, start(room, air_c=18.9), WINTER, 0.01)[1].p_mw == -0.01
    assert step(room, start(room, air_c=20.9, on=1.0), WINTER, 0.01)[1].p_mw == -0.01
    assert step(room, start(room, air_c=21.1, on=1.0), WINTER, 0.01)[1].p_mw == 0.0


def test_the_thermostat_keeps_the_room_in_its_band() -> None:
    room = house(**BOPTEST, regulation="thermostat", heat_to_c=20.0, hysteresis_k=2.0, p_max_mw=0.003)
    state, seen, powers = start(room), [], []
    for _ in range(24 * 60):
        state, effect = step(room, state, WINTER, 1 / 60)
        seen.append(float(state["air_c"]))
        powers.append(float(effect.p_mw))
    assert 18.5 < min(seen) < 19.0 < 21.0 < max(seen) < 21.5
    assert set(powers) == {0.0, -0.003}


@pytest.mark.parametrize(("on", "hours", "expected"), [(1.0, 0.4, 1.0), (1.0, 0.5, 0.0), (0.0, 0.2, 0.0), (0.0, 0.25, 1.0)])
def test_minimum_times_put_off_what_the_thermostat_wants(on: float, hours: float, expected: float) -> None:
    room = house(regulation="thermostat", min_on_h=0.5, min_off_h=0.25)
    air_c = 30.0 if on else 10.0
    after, _ = step(room, start(room, air_c=air_c, on=on, hours=hours), WINTER, 0.05)
    assert after["on"] == expected


def test_every_run_of_a_locked_machine_is_as_long_as_it_must_be() -> None:
    room = house(regulation="power", min_on_h=0.5, min_off_h=0.25)
    state, rng, ons = start(room), np.random.default_rng(1), []
    for _ in range(600):
        state, _ = step(room, state, WINTER, 1 / 12, p_mw=float(rng.choice([0.0, -0.01])))
        ons.append(int(state["on"]))
    edges = np.flatnonzero(np.diff(ons)) + 1
    runs = np.diff(edges)
    kinds = np.array(ons)[edges[:-1]]
    assert min(runs[kinds == 1]) == 6
    assert min(runs[kinds == 0]) == 3


def test_a_machine_that_is_locked_on_runs_at_its_least_power() -> None:
    room = house(regulation="power", p_min_mw=0.002, min_on_h=1.0)
    _, effect = step(room, start(room, on=1.0, hours=0.5), WINTER, 0.25, p_mw=0.0)
    assert effect.p_mw == -0.002


@pytest.mark.parametrize(("asked_mw", "given_mw"), [(0.0, 0.0), (0.0009, 0.0), (0.0011, 0.002), (0.003, 0.003), (0.5, 0.01)])
def test_power_below_half_of_the_least_is_off(asked_mw: float, given_mw: float) -> None:
    room = house(regulation="power", p_min_mw=0.002)
    assert float(step(room, start(room), WINTER, 0.25, p_mw=-asked_mw)[1].p_mw) == -given_mw


def test_turning_from_heating_to_cooling_takes_the_minimum_time_off() -> None:
    room = house(regulation="power", function="both", min_off_h=0.5, cool_to_c=25.0)
    state, ons = start(room, on=1.0), []
    for _ in range(4):
        state, _ = step(room, state, SUMMER, 0.25, p_mw=-0.005, cool=1.0)
        ons.append((float(state["on"]), float(state["cooling"])))
    assert ons == [(0.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("on", "cooling", "hours", "allowed"), [(1.0, 1.0, 0.2, (1, 1)), (1.0, 0.0, 0.2, (0, 0)), (1.0, 1.0, 0.5, (0, 1)), (0.0, 0.0, 0.0, (0, 1))]
)
def test_while_it_is_locked_on_its_purpose_is_masked(on: float, cooling: float, hours: float, allowed: tuple[int, int]) -> None:
    room = house(regulation="power", function="both", min_on_h=0.5)
    state = start(room, on=on, cooling=cooling, hours=hours)
    low, high = room.allowed(state, {})["cool"]
    assert (int(low), int(high)) == allowed


def test_discomfort_is_kelvin_hours_outside_the_band() -> None:
    room = house(machine="resistance", regulation="power", comfort_low_c=22.0, comfort_high_c=25.0)
    _, effect = step(room, start(room, air_c=20.0), {**CALM, "outdoor_c": 20.0}, 0.5)
    assert abs(float(effect.violation) - 1.0) < 1e-12
    assert effect.cost == 0.0


@pytest.mark.parametrize(("price", "target_c"), [(30.0, 22.5), (40.0, 22.5), (60.0, 21.0), (80.0, 20.0), (500.0, 20.0)])
def test_a_price_moves_the_set_point(price: float, target_c: float) -> None:
    room = house(preheat_k=1.5, coast_k=1.0)
    action = {"heat_to_c": 21.0, "cool_to_c": 25.0, "p_mw": 0.0, "cool": 0.0}
    answer = room.respond(action, {"price": np.array(price)}, start(room), WINTER)
    assert answer["heat_to_c"] == target_c
    assert answer["p_mw"] == 0.0


def test_a_price_moves_a_set_point_for_cooling_the_other_way() -> None:
    room = house(function="cooling", preheat_k=1.5, coast_k=1.0)
    action = {"heat_to_c": 21.0, "cool_to_c": 25.0, "p_mw": 0.0, "cool": 0.0}
    assert [float(room.respond(action, {"price": np.array(p)}, start(room), SUMMER)["cool_to_c"]) for p in (0.0, 100.0)] == [23.5, 26.0]


@pytest.mark.parametrize(("air_c", "price", "p_mw"), [(21.5, 30.0, -0.01), (21.5, 60.0, 0.0), (20.5, 60.0, -0.01), (20.5, 100.0, 0.0)])
def test_with_power_in_the_agents_hands_a_price_is_answered_all_or_nothing(air_c: float, price: float, p_mw: float) -> None:
    room = house(regulation="power")
    action = {"heat_to_c": 21.0, "cool_to_c": 25.0, "p_mw": -0.003, "cool": 0.0}
    assert room.respond(action, {"price": np.array(price)}, start(room, air_c=air_c), WINTER)["p_mw"] == p_mw


def test_reactive_power_follows_the_power_factor() -> None:
    room = house(regulation="power", power_factor=0.8)
    _, effect = step(room, start(room), WINTER, 0.25, p_mw=-0.004)
    assert abs(float(effect.q_mvar) + 0.003) < 1e-12
    assert abs(room.rating_mva() - 0.0125) < 1e-15


def test_sun_and_people_warm_a_light_room_as_their_power_says() -> None:
    room = house(regulation="power", r_k_per_kw=1e6, c_air_kwh_per_k=2.0, window_m2=5.0)
    state, effect = step(room, start(room, air_c=20.0), {**CALM, "irradiance_w_per_m2": 400.0, "internal_mw": 1e-3}, 1.0)
    assert abs(float(state["air_c"]) - 21.5) < 1e-4
    assert abs(float(effect.useful_mwh) + 3e-3) < 1e-12


def test_one_capacity_and_two_stand_in_one_stack() -> None:
    rooms = [house(), house(**HEAVY, regulation="thermostat"), house(function="both", regulation="power")]
    stack = columns(rooms)
    action = {"heat_to_c": 21.0, "cool_to_c": 25.0, "p_mw": -0.004, "cool": 0.0}
    exo = {name: np.full((4, 3), value) for name, value in WINTER.items()}
    state = stack.initial((4, 3), np.random.default_rng(0))
    after, effect = stack.step(state, {name: np.full((4, 3), value) for name, value in action.items()}, exo, 0.25)
    for j, room in enumerate(rooms):
        alone, seen = step(room, start(room), WINTER, 0.25, **action)
        assert (after["air_c"][:, j] == alone["air_c"]).all()
        assert (effect.p_mw[:, j] == seen.p_mw).all()


@pytest.mark.parametrize(
    ("options", "knobs"),
    [
        ({}, ["heat_to_c"]),
        ({"function": "cooling"}, ["cool_to_c"]),
        ({"function": "both", "regulation": "thermostat"}, ["heat_to_c", "cool_to_c"]),
        ({"regulation": "power"}, ["p_mw"]),
        ({"regulation": "power", "function": "both"}, ["p_mw", "cool"]),
    ],
)
def test_an_agent_is_offered_what_it_can_turn(options: dict[str, str], knobs: list[str]) -> None:
    assert [knob.name for knob in house(**options).active_knobs()] == knobs


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("p_min_mw", {"p_min_mw": 1.0}),
        ("function", {"machine": "resistance", "function": "cooling"}),
        ("cop_high", {"cop_high": 0.5}),
        ("cool_to_c", {"function": "both", "cool_to_c": 20.0}),
        ("setpoint_max_c", {"setpoint_max_c": 20.0}),
        ("comfort_high_c", {"comfort_high_c": 10.0}),
        ("start_max_c", {"start_c": 22.0, "start_max_c": 21.0}),
        ("coast_above_per_mwh", {"coast_above_per_mwh": 10.0}),
    ],
)
def test_fields_that_contradict_each_other_are_refused(field: str, options: dict[str, float]) -> None:
    with pytest.raises(QuantityError, match=f"^{field} is "):
        Hvac(**{"p_max_mw": 0.01, **BOPTEST, **options})  # type: ignore[arg-type]
