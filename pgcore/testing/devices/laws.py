"""Laws: devices do not influence each other, nor do environments; the same numbers come out however and however often a device is called."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.blame import At, blame
from pgcore.testing.devices.episode import Episode
from pgcore.testing.devices.play import Record, play, play_alone, played, together
from pgcore.testing.devices.shapes import check_everything_declared_is_returned
from pgcore.testing.devices.subject import DeviceSubject
from pgcore.testing.devices.watch import watched

CLOSE = 1e-12
"""How far plain numbers may be from arrays: functions such as exp have another last bit there."""
SEVERAL: Mapping[str, Any] = {"count": (2, 5), "envs": (2, 7)}
"""Enough devices and environments to tell whether one looks at another."""


@after(check_everything_declared_is_returned)
def check_randomness_comes_from_the_draw(subject: DeviceSubject) -> None:
    """Random numbers are drawn in initial alone, from the stream of the device's name; the clock of the computer is not read."""

    def look(episode: Episode) -> None:
        with watched() as used:
            for _ in together(episode):
                pass
        if used:
            mend = "draw in initial, from the rng that is handed in: rng.uniform, rng.normal, rng.integers; keep what is drawn in the state"
            raise Breach(f"the device used {', '.join(sorted(used))}", mend)

    subject.each(look, examples=8)


@after(check_randomness_comes_from_the_draw)
def check_is_deterministic(subject: DeviceSubject) -> None:
    """Law 5: the same episode comes out the same, bit for bit."""

    def look(episode: Episode) -> None:
        mend = "use nothing but what is handed in: no clock, no generator of its own, nothing that is kept between calls"
        _same(episode, play(episode), play(episode), "when it is played a second time", mend)

    subject.each(look)


@after(check_is_deterministic)
def check_devices_do_not_influence_each_other(subject: DeviceSubject) -> None:
    """Law 1: some devices, stepped without the others, give the same numbers, bit for bit."""
    mend = "no arithmetic between columns: no mean, sum, sort or cumulative sum over the last axis, no all() or any() that changes numbers"

    def look(episode: Episode) -> None:
        b, n = episode.shape
        for chosen in ([n - 1], list(range(n))[::-1], list(range(0, n, 2))):
            expected = {name: values[:, :, chosen] for name, values in played(episode).items()}
            part = episode.part(range(b), chosen)
            _same(part, expected, play(part), f"when devices {chosen} of {n} are stepped without the others", mend)

    subject.each(look, **SEVERAL)


@after(check_is_deterministic)
def check_environments_do_not_influence_each_other(subject: DeviceSubject) -> None:
    """Law 2: a batch of environments is a loop over them, bit for bit."""
    mend = "no arithmetic between rows: no mean, sum or maximum over the first axis, no all() or any() that changes numbers"

    def look(episode: Episode) -> None:
        b, n = episode.shape
        for env in range(b):
            expected = {name: values[:, [env]] for name, values in played(episode).items()}
            part = episode.part([env], range(n))
            _same(part, expected, play(part), f"when environment {env} of {b} is stepped without the others", mend)

    subject.each(look, **SEVERAL)


LAWS = (check_devices_do_not_influence_each_other, check_environments_do_not_influence_each_other)


@after(*LAWS)
def check_one_device_equals_its_column(subject: DeviceSubject) -> None:
    """A device alone, called with plain numbers, gives what its column of a stack gives, to a few last bits."""
    mend = "write the physics once, for numbers and arrays: np.where instead of `if`, nothing that asks for a shape"

    def look(episode: Episode) -> None:
        device = episode.shape[1] - 1
        column = {name: values[:, :1, [device]] for name, values in played(episode).items()}
        alone = {name: values[:, None, None] for name, values in play_alone(episode, 0, device).items()}
        _same(episode.part([0], [device]), column, alone, "when it is called with plain numbers", mend, CLOSE)

    subject.each(look)


def _same(episode: Episode, expected: Record, found: Record, when: str, mend: str, close: float = 0.0) -> None:
    if list(expected) != list(found):
        raise Breach(f"it returns {', '.join(found)} {when}, and otherwise {', '.join(expected)}", mend)
    for name, values in expected.items():
        other = found[name]
        near = np.abs(values - other) <= close * np.maximum(1.0, np.abs(values))
        wrong = ~((values == other) | near | (np.isnan(values) & np.isnan(other)))
        blame(episode, wrong, _differing(name, values, other, when), mend)


def _differing(name: str, values: Any, other: Any, when: str) -> Callable[[At], str]:
    def said(at: At) -> str:
        return f"{name!r} is {float(values[at])!r}, but {float(other[at])!r} {when}"

    return said


CHECKS = (check_randomness_comes_from_the_draw, check_is_deterministic, *LAWS, check_one_device_equals_its_column)
