"""Strategies: devices, their actions and inputs and whole episodes, drawn with Hypothesis from the bounds that a device declares.

>>> from hypothesis import given
>>> @given(devices(Heater))
... def test_a_heater_is_never_larger_than_its_rating(heater): ...
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from pgcore.contracts.device import Device, Knob
from pgcore.extras import require
from pgcore.quantity import bound
from pgcore.testing.devices.episode import Episode
from pgcore.testing.devices.inputs import BEYOND, exogenous, settings

require("hypothesis", "testing", "draw test inputs")

from hypothesis import strategies as st  # noqa: E402  after what says how to get it

from pgcore.testing.parameters import GRID, Undrawable, instances  # noqa: E402

__all__ = ["Undrawable", "actions", "devices", "episodes", "inputs"]

D = TypeVar("D", bound=Device)

STEPS_H = (0.25, 1.0, 0.5, 1 / 12, 1 / 60)
"""Lengths of a step, in hours."""
SIGNALS: Mapping[str, tuple[float, float]] = {"price": (-100.0, 400.0), "curtail": (0.0, 1.0)}
"""Signals that devices may answer, with the range in which they are drawn."""


def devices(kind: type[D], examples: Sequence[D] = ()) -> st.SearchStrategy[D]:
    """Devices of one class with parameters from their declared bounds, and the ``examples``.

    Raises:
        Undrawable: a required option is neither a number, a truth value nor one of ``choices``, and there are no examples.
    """
    try:
        drawn = instances(kind)
    except Undrawable:
        if not examples:
            raise
        return st.sampled_from(tuple(examples))
    return st.one_of(st.sampled_from(tuple(examples)), drawn) if examples else drawn


def actions(device: Device, beyond: bool = False) -> st.SearchStrategy[dict[str, float]]:
    """A setting for every knob of one device, by name, within its bounds; ``beyond`` them too, where it is asked for."""
    return st.fixed_dictionaries({knob.name: _settings(device, knob, beyond) for knob in device.knobs})


def inputs(device: Device) -> st.SearchStrategy[dict[str, float]]:
    """A value for every need of one device, by name, within its bounds."""
    return st.fixed_dictionaries({need.name: _places(need.low, need.high) for need in device.needs})


@st.composite
def episodes(
    draw: st.DrawFn,
    kind: type[Device],
    examples: Sequence[Device] = (),
    *,
    steps: tuple[int, int] = (1, 6),
    envs: tuple[int, int] = (1, 3),
    count: tuple[int, int] = (1, 4),
    steps_h: Sequence[float] = STEPS_H,
    beyond: bool = True,
) -> Episode:
    """Episodes of a few devices of one class, in a few environments.

    Args:
        draw: given by Hypothesis.
        kind: the class.
        examples: devices to use beside those drawn from the declared bounds.
        steps, envs, count: least and most steps, environments and devices.
        steps_h: lengths of a step to draw from, hours.
        beyond: whether settings go beyond their bounds now and then.
    """
    chosen = tuple(draw(st.lists(devices(kind, examples), min_size=count[0], max_size=count[1])))
    length, rows = draw(st.integers(*steps)), draw(st.integers(*envs))
    dt_h = draw(st.sampled_from(tuple(steps_h)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    shape = (length, rows, len(chosen))
    return Episode(
        devices=chosen,
        names=tuple(f"d{j}" for j in range(len(chosen))),
        seeds=tuple(int(seed) for seed in rng.integers(0, 2**31, rows)),
        dt_h=dt_h,
        action={knob.name: settings(rng, chosen, knob, shape, beyond) for knob in kind.knobs},
        exo={need.name: exogenous(rng, need, shape) for need in kind.needs},
        signal={name: rng.uniform(*ends, (length, rows, 1)) for name, ends in SIGNALS.items()},
        metered_mw=rng.uniform(-2.0, 2.0, shape),
    )


def _settings(device: Device, knob: Knob, beyond: bool) -> st.SearchStrategy[float]:
    low, high = float(bound(device, knob.low)), float(bound(device, knob.high))
    past = BEYOND * (high - low) if beyond else 0.0
    if knob.discrete:
        return st.integers(round(low - past), round(high + past)).map(float)
    return _places(low - past, high + past)


def _places(low: float, high: float) -> st.SearchStrategy[Any]:
    """Numbers between two ends, both included."""
    return st.integers(0, GRID).map(lambda place: high if place == GRID else low + (high - low) * place / GRID)
