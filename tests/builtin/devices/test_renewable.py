"""Sun and wind against closed forms; the Volt-VAR loop against the fixed point of a two-bus feeder."""

from typing import Any

import numpy as np
import pytest

from pgcore.builtin.devices.inverter import volt_var_pu
from pgcore.builtin.devices.pv import Pv
from pgcore.builtin.devices.wind import Wind

ALL_MW = 9.0


def step(plant: Any, availability: float, p_mw: float = ALL_MW, q_mvar: float = 0.0, vm_pu: float = 1.0, before_mvar: float = 0.0) -> Any:
    exo = {"availability": availability, "vm_pu": vm_pu}
    return plant.step({"q_mvar": np.float64(before_mvar)}, {"p_mw": p_mw, "q_mvar": q_mvar}, exo, 0.25)[1]


@pytest.fixture(params=[Pv, Wind])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize(
    ("availability", "asked", "p_mw"), [(0.5, ALL_MW, 0.4), (0.5, 0.3, 0.3), (0.5, -1.0, 0.0), (0.0, ALL_MW, 0.0), (1.0, 0.8, 0.8)]
)
def test_it_injects_the_lesser_of_setpoint_and_availability(kind: Any, availability: float, asked: float, p_mw: float) -> None:
    assert step(kind(p_peak_mw=0.8), availability, asked).p_mw == pytest.approx(p_mw, abs=1e-12)


def test_the_default_setting_takes_all_that_is_available(kind: Any) -> None:
    plant = kind(p_peak_mw=0.8)
    assert {k.name: k.default for k in plant.knobs}["p_mw"] == "p_peak_mw"
    assert step(plant, 1.0, plant.p_peak_mw).p_mw == 0.8


def test_an_undersized_inverter_clips(kind: Any) -> None:
    assert step(kind(p_peak_mw=1.0, s_max_mva=0.7), 1.0).p_mw == 0.7


def test_a_plant_that_cannot_be_curtailed_injects_what_is_available(kind: Any) -> None:
    plant = kind(p_peak_mw=1.0, curtailable=False)
    assert step(plant, 0.6, 0.0).p_mw == 0.6
    assert plant.active_knobs() == ()


def test_reactive_power_takes_what_active_power_leaves_of_the_rating(kind: Any) -> None:
    assert step(kind(p_peak_mw=4.0, s_max_mva=5.0, q_control=True), 1.0, q_mvar=9.0).q_mvar == 3.0


def test_without_reactive_control_there_is_no_reactive_power(kind: Any) -> None:
    assert step(kind(p_peak_mw=4.0), 0.5, q_mvar=1.0).q_mvar == 0.0


def test_volt_var_takes_the_reactive_knob_away(kind: Any) -> None:
    assert [k.name for k in kind(p_peak_mw=1.0, q_control=True).active_knobs()] == ["p_mw", "q_mvar"]
    assert [k.name for k in kind(p_peak_mw=1.0, q_control=True, volt_var=True).active_knobs()] == ["p_mw"]


def test_volt_var_settles_on_the_curve_at_a_constant_voltage(kind: Any) -> None:
    plant = kind(p_peak_mw=1.0, s_max_mva=2.0, volt_var=True)
    state = plant.initial((), np.random.default_rng(0))
    for _ in range(60):
        state, effect = plant.step(state, {"p_mw": ALL_MW, "q_mvar": 0.0}, {"availability": 0.0, "vm_pu": 0.95}, 0.25)
    assert effect.q_mvar == pytest.approx(2.0 * 0.22, abs=1e-12)


def _errors(x_pu: float, damping: float) -> np.ndarray:
    """Distance from the fixed point of ``V = 0.95 + X·Q``, ``Q = S·curve(V)`` over 40 steps, on the curve's first slope (k = 0.44/0.06)."""
    plant = Pv(p_peak_mw=1.0, s_max_mva=1.0, volt_var=True, damping=damping)
    k = 0.44 / 0.06
    fixed_mvar = k * (0.98 - 0.95) / (1 + k * x_pu)
    assert volt_var_pu(0.95 + x_pu * fixed_mvar) == pytest.approx(fixed_mvar, abs=1e-12)
    state, errors = {"q_mvar": np.float64(fixed_mvar + 0.01)}, []
    for _ in range(40):
        errors.append(float(state["q_mvar"]) - fixed_mvar)
        exo = {"availability": 0.0, "vm_pu": 0.95 + x_pu * state["q_mvar"]}
        state, _ = plant.step(state, {"p_mw": 0.0, "q_mvar": 0.0}, exo, 0.25)
    return np.array(errors)


@pytest.mark.parametrize("short_circuit_ratio", [7.4, 20.0, 100.0])
def test_volt_var_behind_a_stiff_feeder_settles_without_overshoot(short_circuit_ratio: float) -> None:
    errors = _errors(1 / short_circuit_ratio, damping=0.5)
    assert np.all(errors >= -1e-12)
    assert np.all(np.diff(errors) <= 1e-12)
    assert abs(errors[-1]) < 1e-9


@pytest.mark.parametrize("short_circuit_ratio", [2.5, 4.0])
def test_volt_var_behind_a_weak_feeder_overshoots_and_settles(short_circuit_ratio: float) -> None:
    errors = np.abs(_errors(1 / short_circuit_ratio, damping=0.5))
    assert np.all(np.diff(errors) <= 1e-12)
    assert errors[-1] < 0.5 * errors[0]


def test_the_error_shrinks_by_the_factor_that_the_rule_states() -> None:
    share = 0.5 * 900.0 / (5.0 / np.log(10.0) + 900.0)
    errors = _errors(0.1, damping=0.5)
    assert errors[1] / errors[0] == pytest.approx(1 - share * (1 + 0.1 * 0.44 / 0.06), abs=1e-9)


def test_undamped_the_same_weak_feeder_would_oscillate_for_ever() -> None:
    errors = _errors(1 / 4.0, damping=1.0)
    assert np.all(errors[1:] * errors[:-1] < 0)
    assert abs(errors[-1]) >= abs(errors[0])


@pytest.mark.parametrize(("price", "p_mw"), [(-1.0, 0.0), (0.0, 0.8), (50.0, 0.8)])
def test_it_produces_unless_the_price_is_negative(kind: Any, price: float, p_mw: float) -> None:
    assert kind(p_peak_mw=0.8).respond({"p_mw": 0.5}, {"price": np.float64(price)}, {}, {})["p_mw"] == p_mw
