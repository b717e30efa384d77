"""The devices that act by switching: shunt, tap changer, breaker."""

from typing import Any

import numpy as np
import pytest

from pgcore.builtin.devices.oltc import Oltc
from pgcore.builtin.devices.shunt import Shunt
from pgcore.builtin.devices.switch import Switch
from pgcore.contracts.device import Control
from pgcore.quantity import QuantityError


def play(device: Any, settings: list[float]) -> tuple[list[float], list[float]]:
    """Controls and costs of a run of settings."""
    state, effects = device.initial((), np.random.default_rng(0)), []
    for setting in settings:
        state, effect = device.step(state, {device.knobs[0].name: np.float64(setting)}, {}, 0.25)
        effects.append(effect)
    return [float(e.control) for e in effects], [float(e.cost) for e in effects]


def test_a_shunt_gives_its_steps_in_mvar_and_pays_for_every_step_switched() -> None:
    bank = Shunt(q_mvar_per_step=0.25, steps=4, step_start=1, switching_cost=3.0)
    assert play(bank, [1, 3, 9, 0]) == ([0.25, 0.75, 1.0, 0.0], [0.0, 6.0, 3.0, 12.0])


def test_a_reactor_absorbs() -> None:
    assert play(Shunt(q_mvar_per_step=-0.5, steps=2), [2])[0] == [-1.0]


def test_a_tap_changer_moves_at_most_its_steps_and_pays_for_each() -> None:
    changer = Oltc(tap_min=-3, tap_max=5, tap_start=1, max_steps_per_action=2, wear_cost_per_step=1.5)
    assert play(changer, [5, 5, 9, -9]) == ([3.0, 5.0, 5.0, 3.0], [3.0, 3.0, 0.0, 3.0])


def test_a_tap_changer_without_a_step_limit_reaches_its_whole_range() -> None:
    assert play(Oltc(tap_min=-8, tap_max=8), [8, -8])[0] == [8.0, -8.0]


def test_the_mask_of_a_tap_changer_is_what_one_step_reaches() -> None:
    low, high = Oltc(tap_min=-3, tap_max=5, max_steps_per_action=2).allowed({"tap": np.array([-2.0, 0.0, 4.0])}, {})["tap"]
    assert low.tolist() == [-3.0, -2.0, 2.0]
    assert high.tolist() == [0.0, 2.0, 5.0]


def test_a_breaker_pays_for_every_operation() -> None:
    assert play(Switch(operation_cost=5.0), [1, 0, 0, 1]) == ([1.0, 0.0, 0.0, 1.0], [0.0, 5.0, 0.0, 5.0])


def test_a_breaker_can_start_open() -> None:
    assert Switch(closed_start=False).initial((2, 3), np.random.default_rng(0))["closed"].tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize(
    ("device", "control", "places"),
    [(Shunt, Control.SHUNT_MVAR, ("bus",)), (Oltc, Control.TAP, ("trafo",)), (Switch, Control.CLOSED, ("line", "trafo"))],
)
def test_each_declares_how_and_where_it_acts_on_the_solver(device: Any, control: Control, places: tuple[str, ...]) -> None:
    assert (device.control, device.places) == (control, places)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Shunt(q_mvar_per_step=0.1, steps=2, step_start=3), "step_start"),
        (lambda: Oltc(tap_min=2, tap_max=1), "tap_max"),
        (lambda: Oltc(tap_min=1, tap_max=5), "tap_start"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_by_name(make: Any, field: str) -> None:
    with pytest.raises(QuantityError) as refused:
        make()
    assert refused.value.field == field
