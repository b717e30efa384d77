"""Shapes: everything that is declared is returned, with one number for each environment and device, and nothing that was handed in is changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from pgcore.contracts.device import Device, Draw, State
from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.calls import call
from pgcore.testing.devices.declaration import check_names_and_units_agree
from pgcore.testing.devices.episode import Episode, Step
from pgcore.testing.devices.play import moments, stepped, together
from pgcore.testing.devices.ranges import check_bounds_resolve
from pgcore.testing.devices.subject import DeviceSubject

UNLIKE: Mapping[str, Any] = {"count": (2, 3), "envs": (4, 5)}
"""Numbers of devices and environments that cannot be mistaken for each other."""
METHODS = {"sees": "observe", "allows": "allowed", "answers": "respond", "due": "settle", "excess": "settle"}
"""The methods that values come from, by the first word of what they are called in a record; step gives the others."""


@after(check_bounds_resolve, check_names_and_units_agree)
def check_shapes(subject: DeviceSubject) -> None:
    """For plain numbers, rows (n,) and batches (B, n), everything that is returned has that shape, or is a single number."""

    def look(episode: Episode) -> None:
        one, stack, (b, n) = episode.devices[0], episode.stack(), episode.shape
        _look_at_all(episode, one, (), episode.draw_alone(0, 0), lambda t: episode.step(t, (0, 0)))
        _look_at_all(episode, stack, (n,), episode.draw_row(0), lambda t: episode.step(t, (0, slice(None))))
        _look_at_all(episode, stack, (b, n), episode.draw(), episode.step)

    subject.each(look, **UNLIKE)


@after(check_shapes)
def check_inputs_stay_unchanged(subject: DeviceSubject) -> None:
    """Nothing that is handed in is changed in place: not the state, the action, the inputs, nor the parameters."""

    def look(episode: Episode) -> None:
        stack = episode.stack()
        _lock(attrs.asdict(stack, recurse=False).values())
        state: State = call(stack, "initial", episode.shape, episode.draw())
        for t in range(episode.steps):
            now = episode.step(t)
            before = _copied(state, now)
            _call_all(episode, stack, state, now)
            _compare(before, _copied(state, now))
            state, _ = stepped(stack, state, now, episode.dt_h)

    subject.each(look)


@after(check_inputs_stay_unchanged)
def check_everything_declared_is_returned(subject: DeviceSubject) -> None:
    """observe returns the declared slots, respond every knob, step the state that initial began; no more and no less."""

    def look(episode: Episode) -> None:
        for moment in together(episode):
            _same_names("observe", moment.seen, [slot.name for slot in episode.kind.slots], "its slots")
            _same_names("respond", moment.answer, [knob.name for knob in episode.kind.knobs], "its knobs")
            _same_names("step", moment.after, list(moment.state), "the state that it began with")

    subject.each(look)


def _look_at_all(episode: Episode, device: Device, shape: tuple[int, ...], draw: Draw, told: Callable[[int], Step]) -> None:
    for moment in moments(device, shape, draw, told, episode.steps, episode.dt_h):
        if moment.t == 0:
            for name, value in moment.state.items():
                _look_at(f"initial gave the state {name!r}", value, shape, "np.full(shape, ...)", (shape,))
        for name, value in moment.values().items():
            kept = name.startswith("state ")
            mend = "work it out from the state before" if kept else "np.where over, or + 0.0 * something that has the shape"
            _look_at(f"{METHODS.get(name.partition(' ')[0], 'step')} gave {name!r}", value, shape, mend, (shape,) if kept else (shape, ()))


def _look_at(what: str, value: Any, shape: tuple[int, ...], mend: str, allowed: tuple[tuple[int, ...], ...]) -> None:
    found = np.asarray(value)
    if found.dtype.kind not in "fiub" or (found.dtype.kind == "f" and found.dtype.itemsize < 8):
        raise Breach(f"{what} of type {found.dtype}, expected float64", "give numbers: float64 arrays")
    if found.shape not in allowed:
        raise Breach(f"{what} of shape {found.shape}, expected {shape}", f"give one number for each environment and device: {mend}")


def _same_names(method: str, found: Mapping[str, Any], expected: list[str], what: str) -> None:
    lacking, strange = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if lacking or strange:
        parts = [f"leaves out {', '.join(lacking)}"] * bool(lacking) + [f"returns {', '.join(strange)} besides"] * bool(strange)
        raise Breach(f"{method} {' and '.join(parts)}; {what}: {', '.join(expected) or 'none'}", "return exactly what is declared")


def _told(state: State, now: Step) -> Iterator[tuple[str, Any]]:
    """Everything that a device is handed, by name."""
    for where, values in {"state": state, "action": now.action, "input": now.exo, "signal": now.signal}.items():
        for name, value in values.items():
            yield f"the {where} {name!r}", value
    yield "the metered power", now.metered_mw


def _copied(state: State, now: Step) -> dict[str, Any]:
    return {name: np.array(value) for name, value in _told(state, now)}


def _lock(values: Any) -> None:
    for value in values:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)


def _call_all(episode: Episode, stack: Device, state: State, now: Step) -> None:
    """Call every method once with arrays that cannot be written to."""
    _lock(value for _, value in _told(state, now))
    call(stack, "observe", state, now.exo)
    call(stack, "allowed", state, now.exo)
    call(stack, "respond", now.action, now.signal, state, now.exo)
    stepped(stack, state, now, episode.dt_h)
    if stack.metered:
        call(stack, "settle", now.metered_mw, now.exo, episode.dt_h)


def _compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changed = [name for name in before if name not in now or not np.array_equal(before[name], now[name], equal_nan=True)]
    changed += [name for name in now if name not in before]
    if changed:
        mend = "return a new mapping with new arrays: {**state, ...}, and x + 1 instead of x += 1"
        raise Breach(f"a call changed what it was handed: {', '.join(changed)}", mend)


CHECKS = (check_shapes, check_inputs_stay_unchanged, check_everything_declared_is_returned)
