"""Signals: how a device answers what its agent says, what it allows, and that its defaults leave it alone."""

from typing import Any

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.device import Device, State, Values
from pgcore.quantity import bound
from pgcore.testing.checks import Breach, NotAsked, after
from pgcore.testing.devices.blame import blame
from pgcore.testing.devices.bounds import check_results_are_finite
from pgcore.testing.devices.calls import call
from pgcore.testing.devices.episode import Episode, Step
from pgcore.testing.devices.play import stepped, together
from pgcore.testing.devices.subject import DeviceSubject

UNKNOWN = "a_signal_that_nobody_knows"


@after(check_results_are_finite)
def check_unknown_signals_change_nothing(subject: DeviceSubject) -> None:
    """Without a signal that the device knows, respond returns the action as it is."""
    if not subject.kind.knobs:
        raise NotAsked("it has no knobs")

    def look(episode: Episode) -> None:
        for moment in together(episode):
            for signal, said in (({}, "no signal"), ({UNKNOWN: np.full((episode.shape[0], 1), 50.0)}, f"a signal named {UNKNOWN!r}")):
                answer = call(episode.stack(), "respond", moment.told.action, signal, moment.state, moment.told.exo)
                changed = [name for name, value in moment.told.action.items() if not np.array_equal(answer.get(name), value)]
                if changed:
                    mend = 'begin respond with: if "price" not in signal: return action'
                    raise Breach(f"respond changed {', '.join(changed)} in answer to {said}", mend)

    subject.each(look, examples=8)


@after(check_results_are_finite)
def check_allowed_settings_lie_in_bounds(subject: DeviceSubject) -> None:
    """allowed names discrete knobs, and gives whole numbers within their bounds, the lower one first."""
    _require_discrete(subject)

    def look(episode: Episode) -> None:
        bounds = _bounds(episode)
        for moment in together(episode):
            strangers = sorted(set(moment.allowed) - set(bounds))
            if strangers:
                raise Breach(f"allowed gives {', '.join(strangers)}, which is no discrete knob", f"leave it out; discrete knobs: {', '.join(bounds)}")
            for name, ends in moment.allowed.items():
                _look_at_mask(episode, moment.t, name, ends, bounds[name])

    subject.each(look, steps=(2, 12))


@after(check_allowed_settings_lie_in_bounds)
def check_allowed_settings_are_carried_out(subject: DeviceSubject) -> None:
    """A setting that is allowed is carried out; asked of discrete knobs whose setting is kept in the state under the same name."""
    _require_discrete(subject)

    def look(episode: Episode) -> None:
        stack, bounds = episode.stack(), _bounds(episode)
        state = call(stack, "initial", episode.shape, episode.draw())
        for t in range(episode.steps):
            now = episode.step(t)
            masks = {**bounds, **call(stack, "allowed", state, now.exo)}
            told = {name: np.clip(now.action[name], *ends) for name, ends in masks.items()}
            state, _ = stepped(stack, state, _with(now, {**now.action, **told}), episode.dt_h)
            for name in told.keys() & state.keys():
                found = f"the setting of {name!r} that allowed permits is not what the state holds after the step"
                blame(episode, state[name] != told[name], found, "allow only what step carries out now", t)

    subject.each(look, steps=(2, 12))


@after(check_allowed_settings_lie_in_bounds)
def check_defaults_leave_it_alone(subject: DeviceSubject) -> None:
    """At reset the default of every discrete knob is allowed, and a device that acts on the solver stays as it is."""
    _require_discrete(subject)
    mend = "let the default be what initial begins with: it is what an agent does that does nothing"

    def look(episode: Episode) -> None:
        stack, now, usual = episode.stack(), episode.step(0), _defaults(episode)
        state: State = call(stack, "initial", episode.shape, episode.draw())
        for name, (low, high) in call(stack, "allowed", state, now.exo).items():
            wrong = np.broadcast_to((usual[name] < low) | (usual[name] > high), episode.shape)
            blame(episode, wrong, f"the default of {name!r} is not allowed at reset", mend, 0)
        for name in _changed(stack, state, _with(now, usual), episode.dt_h) if stack.control else ():
            raise Breach(f"{name!r} of {episode.devices!r} is changed at reset by the knobs' defaults", mend)

    subject.each(look)


def _require_discrete(subject: DeviceSubject) -> None:
    if not any(knob.discrete for knob in subject.kind.knobs):
        raise NotAsked("it has no discrete knob")


def _look_at_mask(episode: Episode, t: int, name: str, ends: Any, bounds: tuple[Array, Array]) -> None:
    low, high = (np.broadcast_to(end, episode.shape) for end in ends)
    right = (bounds[0] <= low) & (low <= high) & (high <= bounds[1]) & (low == np.rint(low)) & (high == np.rint(high))
    mend = "allow whole numbers within the knob's bounds, at least one of them"
    blame(episode, ~right, lambda at: f"allowed gives {float(low[at]):g} ... {float(high[at]):g} for {name!r}", mend, t)


def _bounds(episode: Episode) -> dict[str, tuple[Array, Array]]:
    """The lowest and highest setting of every discrete knob, each ``(n,)``."""
    discrete = [knob for knob in episode.kind.knobs if knob.discrete]
    return {knob.name: (_resolved(episode, knob.low), _resolved(episode, knob.high)) for knob in discrete}


def _defaults(episode: Episode) -> dict[str, Array]:
    return {knob.name: _resolved(episode, knob.default) + np.zeros(episode.shape) for knob in episode.kind.knobs}


def _resolved(episode: Episode, ref: float | str) -> Array:
    return np.array([float(bound(device, ref)) for device in episode.devices])


def _with(now: Step, action: Values) -> Step:
    return Step(action, now.exo, now.signal, now.metered_mw)


def _changed(stack: Device, state: State, now: Step, dt_h: float) -> list[str]:
    """The settings in the state that a step changes."""
    after_it, _ = stepped(stack, state, now, dt_h)
    return [name for name in now.action.keys() & state.keys() if not np.array_equal(after_it[name], state[name])]


CHECKS = (
    check_unknown_signals_change_nothing,
    check_allowed_settings_lie_in_bounds,
    check_allowed_settings_are_carried_out,
    check_defaults_leave_it_alone,
)
