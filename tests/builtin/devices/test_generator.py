"""The generator against closed forms and a published dispatch."""

from typing import Any

import numpy as np
import pytest

from pgcore.builtin.devices.generator import Generator
from pgcore.columns import columns
from pgcore.quantity import QuantityError


def play(unit: Generator, orders: list[dict[str, float]], dt_h: float = 1.0) -> list[Any]:
    state = unit.initial((), np.random.default_rng(0))
    effects = []
    for order in orders:
        state, effect = unit.step(state, {"p_mw": 0.0, "q_mvar": 0.0, "on": 1.0, **order}, {}, dt_h)
        effects.append(effect)
    return effects


def powers(unit: Generator, setpoints: list[float], dt_h: float = 1.0) -> list[float]:
    return [float(e.p_mw) for e in play(unit, [{"p_mw": p} for p in setpoints], dt_h)]


def statuses(unit: Generator, orders: list[int], dt_h: float = 1.0) -> list[int]:
    return [int(e.p_mw > 0) for e in play(unit, [{"on": on, "p_mw": 1.0} for on in orders], dt_h)]


def test_cost_is_a_plus_b_p_plus_c_p_squared_for_the_time_on() -> None:
    unit = Generator(p_max_mw=2.0, a_per_h=3.0, b_per_mwh=50.0, c_per_mw2h=4.0)
    assert play(unit, [{"p_mw": 1.5}], dt_h=0.25)[0].cost == pytest.approx((3 + 50 * 1.5 + 4 * 1.5**2) * 0.25, abs=1e-12)


def test_power_stays_between_its_limits() -> None:
    assert powers(Generator(p_max_mw=2.0, p_min_mw=0.5), [9.0, 0.0, -1.0, 1.0]) == [2.0, 0.5, 0.5, 1.0]


def test_power_moves_no_faster_than_its_ramps() -> None:
    unit = Generator(p_max_mw=2.0, ramp_up_mw_per_h=2.0, ramp_down_mw_per_h=4.0)
    assert powers(unit, [2.0, 2.0, 0.0, 0.0], dt_h=0.25) == [0.5, 1.0, 0.0, 0.0]


def test_without_a_ramp_the_whole_range_is_reached_in_a_step() -> None:
    assert powers(Generator(p_max_mw=2.0), [2.0, 0.0], dt_h=1 / 60) == [2.0, 0.0]


def test_a_start_reaches_smallest_power_at_once_and_shutting_down_reaches_zero() -> None:
    unit = Generator(p_max_mw=2.0, p_min_mw=0.8, ramp_up_mw_per_h=0.4, committable=True, on_start=False)
    found = [float(e.p_mw) for e in play(unit, [{"p_mw": 2.0}, {"p_mw": 2.0}, {"p_mw": 2.0, "on": 0.0}])]
    assert found == pytest.approx([0.8, 1.2, 0.0], abs=1e-12)


def test_minimum_times_put_off_orders_to_the_contrary() -> None:
    unit = Generator(p_max_mw=1.0, committable=True, on_start=False, min_up_h=3.0, min_down_h=2.0)
    assert statuses(unit, [1, 0, 0, 0, 1, 1, 0]) == [1, 1, 1, 0, 0, 1, 1]


def test_minimum_times_count_hours_not_steps() -> None:
    unit = Generator(p_max_mw=1.0, committable=True, on_start=False, min_up_h=1.0)
    assert statuses(unit, [1] + [0] * 14, dt_h=1 / 12) == [1] * 12 + [0] * 3


def test_a_unit_that_cannot_be_committed_is_always_on() -> None:
    assert statuses(Generator(p_max_mw=1.0), [0, 0]) == [1, 1]


def test_only_a_start_costs_the_start_cost_and_being_off_costs_nothing() -> None:
    unit = Generator(p_max_mw=1.0, committable=True, on_start=False, start_cost=7.0, a_per_h=2.0)
    assert [float(e.cost) for e in play(unit, [{"on": 0.0}, {"on": 1.0}, {"on": 1.0}, {"on": 0.0}])] == [0.0, 9.0, 2.0, 0.0]


def test_the_mask_allows_what_the_minimum_times_allow() -> None:
    unit = Generator(p_max_mw=1.0, committable=True, min_up_h=2.0, min_down_h=2.0)
    stack, exo = columns([unit, unit, unit, Generator(p_max_mw=1.0)]), {}
    state = {"on": np.array([[1.0, 0.0, 1.0, 1.0]]), "hours": np.array([[1.0, 1.0, 2.0, 9.0]]), "p_mw": np.zeros((1, 4))}
    low, high = stack.allowed(state, exo)["on"]
    assert low.tolist() == [[1.0, 0.0, 0.0, 1.0]]
    assert high.tolist() == [[1.0, 0.0, 1.0, 1.0]]
    assert stack.observe(state, exo)["locked"].tolist() == [[0.5, 0.5, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("asked", "p_mw", "fields", "expected"),
    [
        (9.0, 3.0, {"s_max_mva": 5.0}, 4.0),
        (-9.0, 3.0, {"s_max_mva": 5.0}, -4.0),
        (9.0, 3.0, {"q_max_mvar": 2.0}, 2.0),
        (9.0, 4.0, {"pf_min": 0.8}, 3.0),
        (9.0, 0.0, {"pf_min": 0.8}, 0.0),
        (9.0, 4.0, {"pf_min": 1.0}, 0.0),
        (1.0, 3.0, {"s_max_mva": 5.0, "pf_min": 0.8}, 1.0),
    ],
)
def test_reactive_power_stays_in_the_intersection_of_circle_power_factor_and_limits(
    asked: float, p_mw: float, fields: dict[str, float], expected: float
) -> None:
    unit = Generator(**{"p_max_mw": 5.0, "q_min_mvar": -9.0, "q_max_mvar": 9.0, **fields})
    assert play(unit, [{"p_mw": p_mw, "q_mvar": asked}])[0].q_mvar == pytest.approx(expected, abs=1e-12)


def test_wood_and_wollenberg_example_3a_is_the_best_response_to_its_lambda() -> None:
    units = columns(
        [
            Generator(p_max_mw=600, p_min_mw=150, a_per_h=561, b_per_mwh=7.92, c_per_mw2h=0.001562),
            Generator(p_max_mw=400, p_min_mw=100, a_per_h=310, b_per_mwh=7.85, c_per_mw2h=0.00194),
            Generator(p_max_mw=200, p_min_mw=50, a_per_h=78, b_per_mwh=7.97, c_per_mw2h=0.00482),
        ]
    )
    state = units.initial((1, 3), np.random.default_rng(0))
    idle = {"p_mw": np.zeros((1, 3)), "q_mvar": np.zeros((1, 3)), "on": np.ones((1, 3))}
    action = units.respond(idle, {"price": np.array([[9.148263]])}, state, {})
    _, effect = units.step(state, action, {}, 1.0)
    assert effect.p_mw[0] == pytest.approx([393.17, 334.60, 122.23], abs=0.01)
    assert effect.p_mw.sum() == pytest.approx(850.0, abs=0.01)
    assert effect.cost.sum() == pytest.approx(8194.36, abs=0.02)


@pytest.mark.parametrize(("price", "p_mw"), [(49.0, 0.2), (50.0, 1.0), (51.0, 1.0)])
def test_at_constant_marginal_cost_the_best_response_is_all_or_least(price: float, p_mw: float) -> None:
    unit = Generator(p_max_mw=1.0, p_min_mw=0.2, b_per_mwh=50.0)
    assert unit.respond({"p_mw": 0.0}, {"price": np.float64(price)}, {}, {})["p_mw"] == p_mw


def test_a_price_that_does_not_pay_the_cost_of_being_on_turns_it_off() -> None:
    unit = Generator(p_max_mw=1.0, a_per_h=10.0, b_per_mwh=50.0, committable=True)
    assert [float(unit.respond({}, {"price": np.float64(p)}, {}, {})["on"]) for p in (59.0, 60.0)] == [0.0, 1.0]


def test_knobs_that_a_unit_lacks_are_not_offered() -> None:
    assert [k.name for k in Generator(p_max_mw=1.0).active_knobs()] == ["p_mw"]
    assert [k.name for k in Generator(p_max_mw=1.0, p_min_mw=1.0, q_max_mvar=0.5).active_knobs()] == ["q_mvar"]
    assert [k.name for k in Generator(p_max_mw=1.0, committable=True).active_knobs()] == ["p_mw", "on"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"p_min_mw": 2.0}, "p_min_mw"),
        ({"p_start_mw": 1.5}, "p_start_mw"),
        ({"s_max_mva": 0.5}, "s_max_mva"),
        ({"on_start": False}, "on_start"),
        ({"q_min_mvar": 0.1}, "q_min_mvar"),
        ({"pf_min": 1.1}, "pf_min"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(QuantityError) as refused:
        Generator(**{"p_max_mw": 1.0, **wrong})
    assert refused.value.field == field
