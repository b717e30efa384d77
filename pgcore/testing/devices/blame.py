"""Blame: the first place in an episode where something is wrong, as a breach that says what it is."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pgcore.columns import Flags
from pgcore.testing.checks import Breach
from pgcore.testing.devices.episode import Episode

At = tuple[int, ...]
"""A place in an array: step, environment and device, or the last two."""


def blame(episode: Episode, wrong: Flags, found: str | Callable[[At], str], mend: str, t: int = -1) -> None:
    """Raise for the first place where something is wrong.

    Args:
        episode: what was played.
        wrong: ``(T, B, n)``, or ``(B, n)`` for the step ``t``.
        found: what is wrong there, or a function of the place that says it.
        mend: what to do about it.
        t: the step, where ``wrong`` is of one only; counted from the end when negative.

    Raises:
        Breach: there is such a place.
    """
    places = np.argwhere(wrong)
    if not len(places):
        return
    at = tuple(int(i) for i in places[0])
    step, env, device = at if len(at) == 3 else (t % episode.steps, *at)
    raise Breach(f"{found if isinstance(found, str) else found(at)}, {episode.where(step, env, device)}", mend)


def value_of(name: str, values: Any, rest: str) -> Callable[[At], str]:
    """Says what a value is at a place, and ``rest``."""
    return lambda at: f"{name!r} is {float(values[at])!r}, {rest}"
