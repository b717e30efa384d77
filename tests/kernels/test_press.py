"""Press: compiled or not, a plant gives the same numbers to the last bit."""

import logging
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import frozen

from pgcore.builtin.devices.battery import Battery
from pgcore.builtin.devices.generator import Generator
from pgcore.builtin.devices.grid_connection import GridConnection
from pgcore.builtin.devices.load import Load
from pgcore.builtin.devices.oltc import Oltc
from pgcore.builtin.devices.pv import Pv
from pgcore.builtin.devices.shunt import Shunt
from pgcore.columns import Array
from pgcore.contracts.device import Device, Effect, Knob, State, Values
from pgcore.fleet import DeviceFault
from pgcore.kernels import kernel
from pgcore.kernels.formula import EXACT
from pgcore.kernels.press import AFTER, compile_after
from pgcore.plant import Plant
from pgcore.quantity import Slot, quantity
from pgcore.streams import Streams

pytest.importorskip("numba")


@frozen
class Cooling(Device):
    """Something whose temperature decays: an exponential of its state, which is not compiled."""

    type = "cooling"
    rate: float = quantity("1/h", "how fast", default=0.5)
    knobs = (Knob("p_mw", "MW", -1.0, 0.0, "power"),)
    slots = (Slot("heat", "1", -10.0, 10.0, "how warm it is"),)

    def initial(self, shape: tuple[int, ...], rng: Any) -> State:
        return {"heat": np.full(shape, 0.25)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return {"heat": np.exp(-self.rate * dt_h * state["heat"])}, Effect(p_mw=action["p_mw"] * state["heat"])

    def observe(self, state: State, exo: Values) -> Values:
        return {"heat": state["heat"]}


DEVICES: tuple[Device, ...] = (
    Battery(capacity_mwh=2.0, p_max_mw=0.5, self_discharge_per_h=0.01, soc_start=0.2, soc_start_max=0.8),
    Generator(p_max_mw=0.6, a_per_h=3.0, b_per_mwh=50.0, c_per_mw2h=2.0, ramp_up_mw_per_h=0.3, committable=True, min_up_h=1.0, start_cost=7.0),
    Pv(p_peak_mw=0.3, s_max_mva=0.33, curtailable=True, volt_var=True),
    Battery(capacity_mwh=1.0, p_max_mw=0.3, q_control=True, wear_cost_per_mwh=5.0),
    Load(p_mw=0.2, q_mvar=0.1, curtailable=0.5),
    GridConnection(p_import_max_mw=1.0),
    Generator(p_max_mw=0.5, q_min_mvar=-0.2, q_max_mvar=0.3, pf_min=0.8),
    Shunt(q_mvar_per_step=0.1, steps=3),
    Oltc(),
    Pv(p_peak_mw=0.1, q_control=True),
)


def roll(devices: tuple[Device, ...], batch: int, steps: int = 40) -> tuple[list[Array], Plant]:
    """All that a plant does and shows, step by step, at random settings and inputs."""
    plant, rng = Plant(tuple(f"d{i}" for i in range(len(devices))), devices), np.random.default_rng(3)
    states = plant.initial(batch, lambda names: Streams.of([(s, 0) for s in range(batch)], names))
    seen = []
    for _ in range(steps):
        exo = rng.uniform(0.0, 1.2, (batch, len(plant.needs)))
        states, effects = plant.step(states, rng.uniform(-1.0, 1.5, (batch, len(plant.knobs))), exo, 0.25)
        owed = plant.settle(rng.uniform(-2.0, 2.0, (batch, len(plant))), exo, 0.25)
        seen += [effects, plant.observe(states, exo), owed, *(value for state in states for value in state.values())]
    return seen, plant


def same(one: list[Array], other: list[Array]) -> bool:
    return [a.tobytes() for a in one] == [b.tobytes() for b in other]


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Sets when plants made from now on are compiled; all tests of a run share what was compiled."""
    monkeypatch.setenv("PGCORE_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "kernels"))
    return lambda steps: monkeypatch.setenv(AFTER, steps)


@pytest.mark.parametrize("batch", [1, 5])
def test_a_compiled_plant_equals_numpy_to_the_last_bit(batch: int, after: Callable[[str], None]) -> None:
    after("never")
    plain, _ = roll((*DEVICES, Cooling()), batch)
    after("8")
    pressed, plant = roll((*DEVICES, Cooling()), batch)
    made = plant._press.stepping(0.25)
    assert made is not None
    assert made.fleets == frozenset(range(7))
    assert made.refused == {7: "it uses np.exp"}
    assert plant._press.observing() is not None
    assert plant._press.settling(0.25) is not None
    assert same(plain, pressed)


def test_a_step_of_another_length_is_taken_in_numpy(after: Callable[[str], None]) -> None:
    after("2")
    _, plant = roll(DEVICES[:1], 1, 3)
    assert plant._press.stepping(0.25) is not None
    assert plant._press.stepping(0.5) is None


def test_where_the_first_compiled_numbers_differ_numpy_it_stays(
    after: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    after("never")
    plain, _ = roll(DEVICES[4:5], 1, 5)
    after("2")
    monkeypatch.setattr("pgcore.kernels.source.EXACT", {**EXACT, "multiply": "{} * {} * 1.0000000000000002"})
    with caplog.at_level(logging.INFO, "pgcore"):
        pressed, plant = roll(DEVICES[4:5], 1, 5)
    assert plant._press.stepping(0.25) is None
    assert "step of load stays in numpy: compiled, it gave other numbers" in caplog.text
    assert same(plain, pressed)


def test_a_compiler_that_fails_costs_nothing_but_a_warning(
    after: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> Any:
        raise OSError("no space left on device")

    after("2")
    monkeypatch.setattr(kernel, "compiled", broken)
    seen, plant = roll(DEVICES[4:5], 1, 5)
    assert len(seen) == 15
    assert plant._press.stepping(0.25) is None
    assert "step of load could not be compiled and stays in numpy: OSError: no space left on device" in caplog.text


def test_a_compiled_plant_still_names_the_device_that_returns_no_number(after: Callable[[str], None]) -> None:
    after("2")
    _, plant = roll(DEVICES[4:5], 1, 5)
    with pytest.raises(DeviceFault, match=r"d0 \(load\) returned p_mw = nan"):
        plant.step(({},), np.zeros((1, 1)), np.array([[np.nan, 0.0]]), 0.25)


def test_a_pickled_plant_is_compiled_anew(after: Callable[[str], None]) -> None:
    after("2")
    _, plant = roll(DEVICES[4:5], 1, 3)
    again = pickle.loads(pickle.dumps(plant))
    assert again._press.stepping(0.25) is None
    there, here = (one.step(({},), np.zeros((1, 1)), np.ones((1, 2)), 0.25)[1] for one in (again, plant))
    assert there.tobytes() == here.tobytes()


def test_the_number_of_steps_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AFTER, "never")
    assert compile_after() == np.inf
    monkeypatch.setenv(AFTER, "12")
    assert compile_after() == 12
    monkeypatch.setenv(AFTER, "soon")
    with pytest.raises(ValueError, match="give a number of steps, or `never`"):
        compile_after()


def test_a_press_counts_each_method_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AFTER, "2")
    press = Plant((), ())._press
    assert [press.due("step"), press.due("step"), press.due("step"), press.due("observe"), press.due("observe")] == [False, True, False, False, True]
