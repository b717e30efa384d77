"""Turns: things that are compared are timed one after the other, again and again, since a machine is not equally fast all the time."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.running.benchmark import WARM_UP
from pgcore.running.suite.figures import Figure, summed_up

Times = Mapping[str, Array]
"""Seconds a step of each variant in every turn, ``(turns,)``."""


@frozen(eq=False)
class Variant:
    """One of the things that are compared."""

    name: str
    go: Callable[[int], float]
    """Makes so many steps and says how many seconds they took, without what is not to count."""
    warm_up: int = WARM_UP + 2
    """Steps before anything is measured: in them devices are compiled."""


def take_turns(variants: Sequence[Variant], turns: int, turn_s: float) -> Times:
    """Time all variants, each for about ``turn_s`` in a turn; who goes first changes from turn to turn."""
    steps = {variant.name: _steps(variant, turn_s) for variant in variants}
    taken: dict[str, list[float]] = {variant.name: [] for variant in variants}
    for k in range(turns):
        first = k % len(variants)
        for variant in (*variants[first:], *variants[:first]):
            taken[variant.name].append(variant.go(steps[variant.name]) / steps[variant.name])
    return {name: np.array(seconds) for name, seconds in taken.items()}


def _steps(variant: Variant, turn_s: float) -> int:
    """How many steps make a turn."""
    variant.go(variant.warm_up)
    steps, seconds = 1, variant.go(1)
    while seconds < turn_s / 4:
        steps *= 2
        seconds = variant.go(steps)
    return max(1, ceil(turn_s * steps / max(seconds, 1e-9)))


def ratio(times: Times, slow: str, fast: str, label: str, at: str = "") -> Figure:
    """How many times longer a step of ``slow`` takes than one of ``fast``: the median of the ratios, turn by turn."""
    return summed_up(label, "×", times[slow] / times[fast], at)


def rate(times: Times, name: str, label: str = "steps/s", at: str = "", each: int = 1) -> Figure:
    """Steps a second; ``each`` counts so many environments in a step."""
    return summed_up(label, "1/s", each / times[name], at)


def duration(times: Times, name: str, label: str, at: str = "", unit: str = "µs", each: float = 1.0) -> Figure:
    """How long a step takes, shared out over ``each``."""
    scale = {"µs": 1e6, "ms": 1e3, "s": 1.0}[unit]
    return summed_up(label, unit, times[name] * scale / each, at)
