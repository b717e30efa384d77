"""Play: an episode of one device or of a stack, and everything that it gave."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.device import Device, Draw, Effect, Settlement, State
from pgcore.testing.checks import Breach
from pgcore.testing.devices.calls import call
from pgcore.testing.devices.episode import Episode, Step

EFFECTS = tuple(field.name for field in attrs.fields(Effect))

Record = dict[str, Array]
"""Everything that an episode gave, by name: arrays of shape ``(T, *shape)``."""


@frozen(eq=False)
class Moment:
    """One step of a device: the state before, what it was told, and all that it answered."""

    t: int
    state: State
    told: Step
    seen: Mapping[str, Any]
    allowed: Mapping[str, Any]
    answer: Mapping[str, Any]
    after: State
    effect: Effect
    due: Settlement | None

    def values(self) -> dict[str, Any]:
        """All numbers that the device gave, by name."""
        ends = {f"allows {name} {end}": ends[k] for name, ends in self.allowed.items() for k, end in enumerate(("from", "to"))}
        return {
            **{f"sees {name}": value for name, value in self.seen.items()},
            **ends,
            **{f"answers {name}": value for name, value in self.answer.items()},
            **{f"state {name}": value for name, value in self.after.items()},
            **{name: getattr(self.effect, name) for name in EFFECTS},
            **({"due": self.due.cost, "excess": self.due.violation} if self.due else {}),
        }


def moments(device: Device, shape: tuple[int, ...], draw: Draw, told: Callable[[int], Step], steps: int, dt_h: float) -> Iterator[Moment]:
    """Play step by step.

    Raises:
        Breach: the device raised.
    """
    state = call(device, "initial", shape, draw)
    for t in range(steps):
        now = told(t)
        seen = call(device, "observe", state, now.exo)
        allowed = call(device, "allowed", state, now.exo)
        answer = call(device, "respond", now.action, now.signal, state, now.exo)
        after, effect = stepped(device, state, now, dt_h)
        due = call(device, "settle", now.metered_mw, now.exo, dt_h) if device.metered else None
        yield Moment(t, state, now, seen, allowed, answer, after, effect, due)
        state = after


def stepped(device: Device, state: State, now: Step, dt_h: float) -> tuple[State, Effect]:
    """One step.

    Raises:
        Breach: the device raised, or did not return a state and an effect.
    """
    returned = call(device, "step", state, now.action, now.exo, dt_h)
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[0], Mapping) and isinstance(returned[1], Effect)):
        raise Breach(f"step returned {type(returned).__name__}, expected the new state and an Effect", "return state, Effect(p_mw=..., ...)")
    return returned


def together(episode: Episode) -> Iterator[Moment]:
    """All devices in all environments at once."""
    return moments(episode.stack(), episode.shape, episode.draw(), episode.step, episode.steps, episode.dt_h)


def play(episode: Episode) -> Record:
    """Everything that the devices gave, played together: arrays ``(T, B, n)``."""
    return _record(together(episode), episode.shape)


def played(episode: Episode) -> Record:
    """The same as :func:`play`, which is called for an episode the first time only. Not for asking whether it would come out the same again."""
    if "record" not in episode.memory:
        episode.memory["record"] = play(episode)
    record: Record = episode.memory["record"]
    return record


def play_alone(episode: Episode, env: int, device: int) -> Record:
    """Everything that one device gave in one environment, played with plain numbers: arrays ``(T,)``."""
    one = episode.devices[device]
    steps = moments(one, (), episode.draw_alone(env, device), lambda t: episode.step(t, (env, device)), episode.steps, episode.dt_h)
    return _record(steps, ())


def _record(steps: Iterator[Moment], shape: tuple[int, ...]) -> Record:
    """Zeros come out positive, as a plant makes them."""
    rows = [{name: np.broadcast_to(np.asarray(value, dtype=float), shape) + 0.0 for name, value in moment.values().items()} for moment in steps]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
