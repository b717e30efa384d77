"""Scenes: an agent's protocol at work: whom it coordinates, what its policy chose and what its parent told it, in several environments."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Vertical
from pgcore.testing.calls import call
from pgcore.testing.checks import Breach
from pgcore.testing.slots import resolved
from pgcore.testing.subject import Subject

BATCH = 6
"""Environments of a scene: one idle, one with everything lowest, one with everything highest, the others at random."""
FAR = 1e6
"""Where a signal without bounds is cut."""

_ESS = (Dial("ess.p_mw", "MW", -0.5, 0.5, doc="set point"), Dial("ess.q_mvar", "Mvar", -0.3, 0.3, doc="set point"))
_GEN = (Dial("gen.p_mw", "MW", 0.2, 1.0, 0.2, doc="set point"), Dial("gen.on", "1", 0.0, 1.0, 1.0, discrete=True, doc="on"))
_CAR = Dial("car.p_mw", "MW", -0.011, 0.007, doc="set point, charging is negative")
_HOME = Dial("home.curtail", "1", 0.0, 0.4, doc="share that is left out")
_TAPS = Dial("taps.tap", "1", -8.0, 8.0, 2.0, discrete=True, doc="tap position")

CREWS: Mapping[str, Crew] = {
    "one store": Crew(_ESS[:1]),
    "nobody": Crew(),
    "many devices": Crew((*_ESS, *_GEN, _CAR, _HOME, _TAPS)),
    "agents alone": Crew((), ("Low", "Lower")),
    "devices and an agent": Crew((_HOME, _TAPS, *_ESS, _CAR), ("Low",)),
}
"""Whom an agent may have to coordinate."""
SIGNALS: Mapping[str, tuple[float, float]] = {"price": (-500.0, 3000.0), "curtail": (0.0, 1.0), "p_target_mw": (-1.0, 1.0)}
"""What parents of the built-in kinds, and horizontal protocols, tell an agent."""
UNKNOWN = "a_signal_that_nobody_knows"
REMEDIES: Mapping[str, str] = {
    "truth value of an array": "no `if`, `and`, max() or min() on values: np.where, &, np.maximum and np.minimum work on all environments at once",
    "0-dimensional arrays": "no float(): there is a number for each environment",
    "length-1 arrays": "no float(): there is a number for each environment",
    "read-only": "make new arrays instead of changing those that were handed in: action = action + 1, not action += 1",
    "FrozenInstanceError": "a protocol keeps nothing between calls: all that it may use is handed in",
    "broadcast": "the action is (B, knobs), a signal (B,), the dials are (B, dials of the crew)",
    "KeyError": "a directive holds what the parent says, which may be nothing: directive.get(name, default)",
    "out of bounds": "action has a column for each of knobs(crew), and a crew may have no dials, or no agents",
    "at least one array": "a crew may have no dials, or no agents: begin with np.empty((len(action), len(crew.dials)))",
}
"""What to do about errors that authors meet often, by a part of what they say."""


@frozen(eq=False)
class Scene:
    """What one agent's protocol is handed in a step, for B environments."""

    protocol: Vertical
    which: str
    """Name of the crew in :data:`CREWS`."""
    crew: Crew
    knobs: tuple[Dial, ...]
    action: Array
    directive: Mapping[str, Array]

    def only(self, rows: Sequence[int]) -> "Scene":
        """Some environments of it, in the order given."""
        chosen = list(rows)
        return evolve(self, action=self.action[chosen], directive={name: value[chosen] for name, value in self.directive.items()})

    def told(self, directive: Mapping[str, Array]) -> "Scene":
        """The same with another directive."""
        return evolve(self, directive=directive)

    def where(self, env: int) -> str:
        """An environment of it in words."""
        chosen = "".join(f", {dial.name} = {float(value):.6g}" for dial, value in zip(self.knobs, self.action[env], strict=True))
        told = "".join(f", told {name} = {float(value[env]):.6g}" for name, value in self.directive.items())
        return f"for {self.protocol!r} over {self.which}, environment {env} of {len(self.action)}{chosen}{told}"


def scenes(subject: Subject[Vertical]) -> tuple[Scene, ...]:
    """Scenes of all instances, with every crew that they take and several directives; the simplest first."""
    return subject.recall("scenes", lambda: tuple(_scenes(subject)))


def knobs_of(protocol: Vertical, crew: Crew) -> tuple[Dial, ...] | None:
    """The agent's own dials; ``None`` where the protocol refuses the crew, by a ``ValueError``.

    Raises:
        Breach: it raised anything else.
    """
    try:
        return protocol.knobs(crew)
    except ValueError:
        return None
    except Exception:  # noqa: BLE001  it is called once more, so that the message says where it raised
        found: tuple[Dial, ...] = call(protocol, "knobs", crew, remedies=REMEDIES)
        return found


def ordered(scene: Scene) -> Orders:
    """What the protocol makes of a scene; it is handed copies.

    Raises:
        Breach: it raised, or returned no orders.
    """
    given = scene.action.copy(), scene.crew, {name: value.copy() for name, value in scene.directive.items()}
    orders = call(scene.protocol, "coordinate", *given, remedies=REMEDIES)
    if not isinstance(orders, Orders):
        raise Breach(f"coordinate returned {type(orders).__name__}, expected Orders, {scene.where(0)}", "return Orders(dials, signal, directives)")
    return orders


def numbers(orders: Orders) -> dict[str, Array]:
    """Everything that orders hold, by name: ``(B, D)`` or ``(B,)``."""
    told = {f"directive {agent} {name}": value for agent, signals in orders.directives.items() for name, value in signals.items()}
    return {"dials": orders.dials, **{f"signal {name}": value for name, value in orders.signal.items()}, **told}


def _scenes(subject: Subject[Vertical]) -> Iterator[Scene]:
    rng = np.random.default_rng(5)
    for protocol in subject.drawn():
        for which, crew in CREWS.items():
            knobs = knobs_of(protocol, crew)
            for directive in _directives(protocol, rng) if knobs is not None else ():
                yield Scene(protocol, which, crew, knobs or (), _actions(knobs or (), rng), directive)


def _directives(protocol: Vertical, rng: np.random.Generator) -> Iterator[dict[str, Array]]:
    own = resolved(protocol, protocol.gives)
    heard = {**SIGNALS, **own}
    yield {}
    for names in ([name] for name in heard):
        yield _told({name: heard[name] for name in names}, rng)
    yield _told(own, rng)
    yield _told(heard, rng)


def _told(ends: Mapping[str, tuple[float, float]], rng: np.random.Generator) -> dict[str, Array]:
    cut = {name: (max(low, -FAR), min(high, FAR)) for name, (low, high) in ends.items()}
    return {name: _spread(low, min(max(0.0, low), high), high, rng) for name, (low, high) in cut.items()}


def _actions(knobs: Sequence[Dial], rng: np.random.Generator) -> Array:
    columns: list[Any] = [_setting(dial, rng) for dial in knobs]
    return np.stack(columns, axis=1) if columns else np.zeros((BATCH, 0))


def _setting(dial: Dial, rng: np.random.Generator) -> Array:
    values = _spread(dial.low, dial.default, dial.high, rng)
    return np.rint(values) if dial.discrete else values


def _spread(low: float, usual: float, high: float, rng: np.random.Generator) -> Array:
    """One number for each environment: the usual one, the ends, and others between."""
    return np.concatenate([[usual, low, high], rng.uniform(low, high, BATCH - 3)])
