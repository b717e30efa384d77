"""Plant: fleets step as their devices would alone, and faults are named."""

import numpy as np
import pytest
from attrs import frozen

from pgcore.builtin.devices.battery import Battery
from pgcore.builtin.devices.generator import Generator
from pgcore.builtin.devices.load import Load
from pgcore.columns import Array
from pgcore.contracts.device import Device, Effect, State, Values
from pgcore.plant import EFFECTS, DeviceFault, Plant
from pgcore.quantity import Slot
from pgcore.streams import Streams
from tests.toys import Source

MIXED = Plant(
    ("ess1", "gen", "ess2", "house", "ess3"),
    (
        Battery(capacity_mwh=2.0, p_max_mw=0.5, self_discharge_per_h=0.01, soc_start=0.2, soc_start_max=0.8),
        Generator(p_max_mw=0.6, b_per_mwh=50.0, ramp_up_mw_per_h=0.3, committable=True, min_up_h=1.0),
        Battery(capacity_mwh=1.0, p_max_mw=0.3, q_control=True, wear_cost_per_mwh=5.0),
        Load(p_mw=0.2, q_mvar=0.1, curtailable=0.5),
        Battery(capacity_mwh=0.7, p_max_mw=0.3, eta=0.8),
    ),
)


def roll(plant: Plant, seeds: list[int], settings: Array, exo: Array) -> Array:
    """Effects of every step, ``(T, F, B, n)``."""
    states = plant.initial(len(seeds), lambda names: Streams.of([(s, 0) for s in seeds], names))
    effects = []
    for told in settings:
        states, effect = plant.step(states, told, np.tile(exo, (len(seeds), 1)), 0.25)
        effects.append(effect)
    return np.stack(effects)


def random_settings(plant: Plant, steps: int, batch: int) -> Array:
    rng = np.random.default_rng(5)
    return rng.uniform(-1.0, 1.5, (steps, batch, len(plant.knobs)))


EXO = np.array([0.8, -1e6])


@pytest.mark.parametrize("batch", [1, 7, 256])
def test_a_batch_equals_a_loop_over_its_environments(batch: int) -> None:
    settings = random_settings(MIXED, 96, batch)
    together = roll(MIXED, list(range(batch)), settings, EXO)
    for b in sorted({0, batch // 2, batch - 1}):
        assert np.array_equal(together[:, :, b], roll(MIXED, [b], settings[:, b : b + 1], EXO)[:, :, 0])


@pytest.mark.parametrize("chosen", [(0,), (2, 4), (1, 3), (4, 3, 0)])
def test_a_subset_of_the_devices_equals_the_whole(chosen: tuple[int, ...]) -> None:
    part = MIXED.subset(chosen)
    settings = random_settings(MIXED, 96, 7)
    columns = np.concatenate([MIXED.knobs.of(i) for i in chosen])
    exo = EXO if 3 in chosen else np.zeros(0)
    whole = roll(MIXED, list(range(7)), settings, EXO)
    assert np.array_equal(whole[..., list(chosen)], roll(part, list(range(7)), settings[..., columns], exo))


def test_states_of_a_part_are_those_of_the_whole() -> None:
    states = MIXED.initial(2, lambda names: Streams.of([(1, 0), (2, 0)], names))
    part = MIXED.subset((4, 0))
    taken = part.state_of(MIXED.take(states, MIXED.members(part, (4, 0))), 1)
    assert np.array_equal(taken["energy_mwh"], MIXED.state_of(states, 0)["energy_mwh"])


def test_a_number_that_is_not_finite_names_the_device_with_state_and_action() -> None:
    plant = Plant(("good", "bad"), (Source(), Source(broken_above_mw=0.5)))
    with pytest.raises(DeviceFault, match=r"bad \(source\) returned p_mw = nan from state \{\} and action \{'p_mw': 0.7\}"):
        plant.step(plant.initial(1, lambda names: Streams.of([(0, 0)], names)), np.array([[0.7, 0.7]]), np.zeros((1, 0)), 1.0)


@frozen
class Misshapen(Device):
    """Returns one number too many."""

    type = "misshapen"

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return state, Effect(p_mw=np.zeros(3))


@frozen
class Raising(Device):
    """Raises."""

    type = "raising"

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        raise KeyError("soc")


@frozen
class Forgetful(Device):
    """Observes nothing of what it declares."""

    type = "forgetful"
    slots = (Slot("level", "1", 0, 1, "how full"),)

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return state, Effect()


def test_a_wrong_shape_names_the_device_and_both_shapes() -> None:
    plant = Plant(("odd",), (Misshapen(),))
    with pytest.raises(DeviceFault, match=r"misshapen \(odd\): step returned p_mw of shape \(3,\), expected \(1, 1\)"):
        plant.step(({},), np.zeros((1, 0)), np.zeros((1, 0)), 1.0)


def test_an_exception_in_a_device_says_whose_bug_it_is() -> None:
    with pytest.raises(DeviceFault, match=r"raising: tests.test_plant.Raising.step\(\) raised KeyError"):
        Plant(("odd",), (Raising(),)).step(({},), np.zeros((1, 0)), np.zeros((1, 0)), 1.0)


def test_a_missing_observation_is_named() -> None:
    with pytest.raises(DeviceFault, match="observe\\(\\) left out 'level'"):
        Plant(("odd",), (Forgetful(),)).observe(({},), np.zeros((1, 0)))


def test_effects_that_a_device_leaves_out_are_zero() -> None:
    plant = Plant(("s",), (Source(),))
    _, effects = plant.step(({},), np.array([[0.4]]), np.zeros((1, 0)), 0.5)
    assert dict(zip(EFFECTS, effects[:, 0, 0], strict=True)) == {**dict.fromkeys(EFFECTS, 0.0), "p_mw": 0.4, "useful_mwh": -0.2}


@pytest.mark.parametrize("n", [1, 3, 8, 17])
def test_a_negative_zero_comes_out_positive_whatever_the_number_of_devices(n: int) -> None:
    plant = Plant(tuple(f"s{i}" for i in range(n)), (Source(),) * n)
    _, effects = plant.step(plant.initial(1, lambda names: Streams.of([(0, 0)], names)), np.full((1, n), -0.0), np.zeros((1, 0)), 1.0)
    assert not np.signbit(effects).any()
