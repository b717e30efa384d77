"""The laws that every built-in device keeps, over whole episodes with random parameters, actions and inputs."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
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
from pgcore.builtin.devices.switch import Switch
from pgcore.builtin.devices.wind import Wind
from pgcore.columns import columns, take
from pgcore.contracts.device import Device, Effect
from pgcore.quantity import bound

STEPS, ENVS, DEVICES = 96, 256, 9
DT_H = 0.25
EFFECTS = tuple(field.name for field in attrs.fields(Effect))

Rng = np.random.Generator
Record = dict[str, np.ndarray]
"""Everything that an episode gave, by name: arrays of shape ``(STEPS, B, n)``."""


def a_battery(r: Rng) -> Battery:
    low, high, p = r.uniform(0, 0.3), r.uniform(0.7, 1), r.uniform(0.1, 1)
    return Battery(
        capacity_mwh=r.uniform(0.2, 3), p_max_mw=p, s_max_mva=p * r.uniform(1, 1.5), q_control=bool(r.integers(2)), eta=r.uniform(0.8, 1),
        soc_min=low, soc_max=high, soc_start=low, soc_start_max=high, self_discharge_per_h=r.choice([0, 0.2]), wear_cost_per_mwh=r.uniform(0, 9),
    )  # fmt: skip


def a_generator(r: Rng) -> Generator:
    p = r.uniform(0.2, 1)
    return Generator(
        p_max_mw=p, p_min_mw=p * r.uniform(0, 0.5), a_per_h=r.uniform(0, 5), b_per_mwh=r.uniform(20, 90), c_per_mw2h=r.choice([0, 0.5, 20]),
        ramp_up_mw_per_h=p * r.uniform(0.2, 9), ramp_down_mw_per_h=p * r.uniform(0.2, 9), committable=bool(r.integers(2)), min_up_h=r.uniform(0, 4),
        min_down_h=r.uniform(0, 4), start_cost=5.0, q_min_mvar=-r.uniform(0, p), q_max_mvar=r.uniform(0, p), pf_min=r.choice([0, 0.8, 1.0]),
    )  # fmt: skip


def a_plant(kind: type) -> Callable[[Rng], Device]:
    def make(r: Rng) -> Device:
        p = r.uniform(0.1, 1)
        return kind(
            p_peak_mw=p, s_max_mva=p * r.uniform(0.8, 1.2), curtailable=bool(r.integers(2)), q_control=bool(r.integers(2)),
            volt_var=bool(r.integers(2)), response_s=r.uniform(1, 90), damping=r.uniform(0.1, 1),
        )  # fmt: skip

    return make


def a_load(r: Rng) -> Load:
    return Load(p_mw=r.uniform(0, 1), q_mvar=r.uniform(-0.2, 0.5), curtailable=r.choice([0, 0.3, 1]), value_of_lost_load_per_mwh=r.uniform(100, 5000))


def a_connection(r: Rng) -> GridConnection:
    return GridConnection(export_share=r.uniform(0, 1), p_import_max_mw=r.uniform(0.1, 1), p_export_max_mw=r.choice([0, 0.5]))


def a_shunt(r: Rng) -> Shunt:
    return Shunt(q_mvar_per_step=r.uniform(-1, 1), steps=int(r.integers(1, 9)), switching_cost=r.uniform(0, 5))


def an_oltc(r: Rng) -> Oltc:
    return Oltc(tap_min=-int(r.integers(1, 9)), tap_max=int(r.integers(1, 9)), max_steps_per_action=int(r.integers(1, 5)), wear_cost_per_step=2.5)


def a_switch(r: Rng) -> Switch:
    return Switch(closed_start=bool(r.integers(2)), operation_cost=r.uniform(0, 5))


MAKERS: Mapping[str, Callable[[Rng], Device]] = {
    "battery": a_battery,
    "generator": a_generator,
    "pv": a_plant(Pv),
    "wind": a_plant(Wind),
    "load": a_load,
    "grid_connection": a_connection,
    "shunt": a_shunt,
    "oltc": an_oltc,
    "switch": a_switch,
}
INPUTS = {
    "availability": (0, 1), "vm_pu": (0.85, 1.15), "p_profile": (-0.2, 1.2), "q_profile": (-0.2, 1.2),
    "import_price": (-50, 300), "export_price": (-50, 200), "price": (-50, 300), "curtail": (0, 1),
}  # fmt: skip


@frozen
class Draws:
    """Random numbers at reset, fixed for each environment and device: the same whoever asks."""

    unit: np.ndarray

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return low + (np.asarray(high) - low) * self.unit


@frozen
class Case:
    """Devices of one type and an episode's inputs for them: ``(STEPS, ENVS, DEVICES)`` each."""

    devices: tuple[Device, ...]
    action: Mapping[str, np.ndarray]
    exo: Mapping[str, np.ndarray]
    metered_mw: np.ndarray
    unit: np.ndarray


@pytest.fixture(scope="module", params=sorted(MAKERS))
def case(request: pytest.FixtureRequest) -> Case:
    r = np.random.default_rng(sorted(MAKERS).index(request.param))
    devices = tuple(MAKERS[request.param](r) for _ in range(DEVICES))
    shape = (STEPS, ENVS, DEVICES)
    action = {k.name: _settings(r, devices, k, shape) for k in devices[0].knobs}
    exo = {n.name: r.uniform(*INPUTS[n.name], shape) for n in devices[0].needs}
    metered = r.uniform(-2, 2, shape)
    for values in (*action.values(), *exo.values(), metered):
        values.setflags(write=False)
    return Case(devices, action, exo, metered, r.uniform(size=(ENVS, DEVICES)))


def _settings(r: Rng, devices: tuple[Device, ...], knob: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Settings that go past the knob's bounds now and then; discrete ones are whole numbers and hold for a while."""
    low = np.array([float(bound(d, knob.low)) for d in devices])
    high = np.array([float(bound(d, knob.high)) for d in devices])
    values = r.uniform(low - 0.2 * (high - low), high + 0.2 * (high - low), shape)
    values[r.uniform(size=shape) < 0.05] = -0.0
    return np.rint(np.repeat(values[::4], 4, axis=0)) if knob.discrete else values


def play(case: Case, device: Device, *at: Any) -> Record:
    """An episode of ``device`` with the inputs found at ``[tick, *at]``."""
    state = device.initial(case.unit[at].shape, Draws(case.unit[at]))
    rows = []
    for t in range(STEPS):
        exo = {name: values[t][at] for name, values in case.exo.items()}
        seen = {f"sees {k}": v for k, v in device.observe(state, exo).items()}
        state, effect = device.step(state, {name: values[t][at] for name, values in case.action.items()}, exo, DT_H)
        due = device.settle(case.metered_mw[t][at], exo, DT_H) if device.metered else None
        settled = {"due": due.cost, "excess": due.violation} if due else {}
        did = {name: np.broadcast_to(getattr(effect, name), case.unit[at].shape) for name in EFFECTS}
        rows.append({**seen, **{f"state {k}": v for k, v in state.items()}, **did, **settled})
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def assert_same_bits(found: Record, expected: Record) -> None:
    assert found.keys() == expected.keys()
    for name, values in found.items():
        assert values.shape == expected[name].shape, name
        assert values.tobytes() == np.ascontiguousarray(expected[name]).tobytes(), name


ALL = slice(None)


@pytest.fixture(scope="module")
def whole(case: Case) -> Record:
    return play(case, columns(case.devices), ALL)


@pytest.mark.parametrize("batch", [1, 7, 256])
def test_a_batch_equals_a_loop_over_its_environments_bit_for_bit(case: Case, whole: Record, batch: int) -> None:
    stack = columns(case.devices)
    together = play(case, stack, slice(0, batch))
    assert_same_bits(together, {name: values[:, :batch] for name, values in whole.items()})
    for env in range(0, batch, 1 if batch < 8 else 17):
        assert_same_bits(play(case, stack, slice(env, env + 1)), {name: values[:, env : env + 1] for name, values in together.items()})


@pytest.mark.parametrize("batch", [1, 7, 256])
@pytest.mark.parametrize("chosen", [[4], [7, 2], [8, 0, 1, 5, 3]])
def test_a_subset_equals_the_whole_bit_for_bit(case: Case, whole: Record, batch: int, chosen: list[int]) -> None:
    some = play(case, take(columns(case.devices), chosen), np.arange(batch)[:, None], np.array(chosen))
    assert_same_bits(some, {name: values[:, :batch][:, :, chosen] for name, values in whole.items()})


@pytest.mark.parametrize("column", range(DEVICES))
def test_a_single_device_with_plain_numbers_equals_its_column_bit_for_bit(case: Case, whole: Record, column: int) -> None:
    alone = play(case, case.devices[column], 3, column)
    assert_same_bits(alone, {name: values[:, 3, column] for name, values in whole.items()})


def test_arrays_laid_out_otherwise_in_memory_give_the_same_bits(case: Case, whole: Record) -> None:
    def scattered(values: np.ndarray) -> np.ndarray:
        room = np.zeros((*values.shape[:2], 3 * values.shape[2]))
        room[..., ::3] = values
        return room[..., ::3]

    strided = attrs.evolve(case, action={k: scattered(v) for k, v in case.action.items()}, exo={k: np.asfortranarray(v) for k, v in case.exo.items()})
    assert_same_bits(play(strided, columns(case.devices), ALL), whole)


def test_the_energy_ledger_closes(case: Case, whole: Record) -> None:
    accounted = whole["stored_mwh"] + whole["loss_mwh"] + whole["useful_mwh"]
    assert np.abs(-whole["p_mw"] * DT_H - accounted).max() <= 1e-9


def test_no_energy_comes_from_nowhere(case: Case, whole: Record) -> None:
    assert whole["loss_mwh"].min() >= 0.0
    assert case.devices[0].source is not None or whole["useful_mwh"].min() >= 0.0


def test_every_result_is_finite(whole: Record) -> None:
    assert all(np.isfinite(values).all() for values in whole.values())


def test_observations_are_the_declared_slots_inside_their_bounds(case: Case, whole: Record) -> None:
    slots = case.devices[0].slots
    assert {name.removeprefix("sees ") for name in whole if name.startswith("sees ")} == {slot.name for slot in slots}
    for slot in slots:
        seen = whole[f"sees {slot.name}"]
        low = [float(bound(d, slot.low)) for d in case.devices]
        high = [float(bound(d, slot.high)) for d in case.devices]
        assert np.all(seen >= low), slot
        assert np.all(seen <= high), slot


def test_a_step_changes_nothing_in_place(case: Case) -> None:
    stack = columns(case.devices)
    for name in (field.name for field in attrs.fields(type(stack))):
        getattr(stack, name).setflags(write=False)
    state = stack.initial((ENVS, DEVICES), Draws(case.unit))
    for t in range(8):
        for values in state.values():
            values.setflags(write=False)
        before = {name: values.copy() for name, values in state.items()}
        after, _ = stack.step(state, {k: v[t] for k, v in case.action.items()}, {k: v[t] for k, v in case.exo.items()}, DT_H)
        assert all(np.array_equal(state[name], before[name]) for name in before)
        state = after


@pytest.mark.parametrize("setting", [-1e300, -1e9, -0.0, 1e-300, 1e9, 1e300])
def test_settings_and_signals_far_outside_their_bounds_stay_harmless(case: Case, setting: float) -> None:
    stack = columns(case.devices)
    shape = (2, DEVICES)
    exo = {name: values[0, :2] for name, values in case.exo.items()}
    state = stack.initial(shape, Draws(case.unit[:2]))
    action = dict.fromkeys(case.action, np.full(shape, setting))
    answered = stack.respond(action, {"price": np.full((2, 1), setting), "curtail": np.full((2, 1), setting)}, state, exo)
    for orders in (action, answered):
        after, effect = stack.step(state, orders, exo, DT_H)
        assert all(np.isfinite(v).all() for v in (*after.values(), *(getattr(effect, name) for name in EFFECTS)))


def test_a_best_response_never_falls_with_the_price(case: Case) -> None:
    stack = columns(case.devices)
    exo = {name: np.abs(values[0, :1]) for name, values in case.exo.items()}
    state = stack.initial((1, DEVICES), Draws(case.unit[:1]))
    idle = {k.name: np.array([[float(bound(d, k.default)) for d in case.devices]]) for k in stack.knobs}
    supply = []
    for price in np.linspace(-100, 6000, 200):
        action = stack.respond(idle, {"price": np.full((1, 1), price)}, state, exo)
        supply.append(np.broadcast_to(stack.step(state, action, exo, DT_H)[1].p_mw, (1, DEVICES)))
    assert np.all(np.diff(np.array(supply), axis=0) >= 0.0)


def test_a_device_that_hears_no_signal_it_knows_keeps_its_action(case: Case) -> None:
    device, action = case.devices[0], {name: values[0, 0, 0] for name, values in case.action.items()}
    exo = {name: values[0, 0, 0] for name, values in case.exo.items()}
    state = device.initial((), Draws(case.unit[0, 0]))
    assert device.respond(action, {"frequency": np.array(50.0)}, state, exo) is action


def test_discrete_settings_inside_the_allowed_range_are_carried_out(case: Case) -> None:
    stack = columns(case.devices)
    state = stack.initial((ENVS, DEVICES), Draws(case.unit))
    for t in range(STEPS):
        exo = {name: values[t] for name, values in case.exo.items()}
        action = {name: values[t] for name, values in case.action.items()}
        for name, (low, high) in stack.allowed(state, exo).items():
            action[name] = np.clip(action[name], low, high)
        state, _ = stack.step(state, action, exo, DT_H)
        for name in stack.allowed(state, exo):
            assert np.array_equal(state[name], action[name]), (t, name)


def test_the_default_of_every_knob_lies_in_its_bounds(case: Case) -> None:
    for device in case.devices:
        for knob in device.knobs:
            assert bound(device, knob.low) <= bound(device, knob.default) <= bound(device, knob.high), knob


def test_every_field_is_documented_and_the_class_has_a_line_for_listings(case: Case) -> None:
    kind = type(case.devices[0])
    assert all("pgcore.quantity" in field.metadata for field in attrs.fields(kind))
    assert kind.__doc__ is not None
    assert kind.__doc__.splitlines()[0].endswith(".")
