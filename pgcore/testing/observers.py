"""Checks for observers: one sees every reset and step, also those without a power flow, and changes nothing.

In a test module of the plugin::

    from pgcore.testing import ObserverChecks

    class TestMine(ObserverChecks):
        observer = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``. Options that are files are taken for what it writes: they are put into a folder
that is removed afterwards.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.assembly import assemble
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.network import Network
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.env import GridEnv, Transition
from pgcore.recording.likeness import exact, flat
from pgcore.spec.links import link
from pgcore.testing import making
from pgcore.testing.checks import Breach, Check, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices.watch import watched
from pgcore.testing.making import check_made_from_its_options
from pgcore.testing.options import arms, fields
from pgcore.testing.stage import devices, staged
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "ObserverChecks", "ObserverSubject", "subject"]

STEPS = 4
LOST = 3
"""Which solve of a stumbling backend has no solution, counted from 0 at the reset."""


@frozen
class ObserverSubject(Subject[Observer]):
    """An observer to be examined."""

    make: Callable[[Path], Observer] | None = None
    """Makes a new one that writes into a folder."""

    @contextmanager
    def made(self) -> Iterator[Observer]:
        """A new observer, whose files are in a folder that is removed afterwards.

        Raises:
            Breach: an option is required that is no file, and there is no example.
        """
        with tempfile.TemporaryDirectory(prefix="pgcore-observer-") as folder:
            yield self._new(Path(folder))

    def drawn(self) -> list[Observer]:
        return [self._new(Path(tempfile.gettempdir()) / "pgcore-observer")]

    def _new(self, folder: Path) -> Observer:
        return self._filled(folder) if self.make is None else self.make(folder)

    def _filled(self, folder: Path) -> Observer:
        files = {one.alias or one.name: folder / one.name for one in fields(self.kind) if Path in arms(one.type)}
        if self.examples:
            example: Any = self.examples[0]
            evolved: Observer = attrs.evolve(example, **files)
            return evolved
        needed = [one.name for one in fields(self.kind) if one.default is attrs.NOTHING and (one.alias or one.name) not in files]
        if needed:
            raise Breach(f"{self.place} requires {', '.join(needed)}, so that none can be made to check", self.how_to_give())
        return self.kind(**{one.alias or one.name: files[one.alias or one.name] for one in fields(self.kind) if (one.alias or one.name) in files})


class _Told(Observer):
    """Passes on what an observer is told, and keeps what it raises."""

    type = "told"

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.raised: list[tuple[str, Exception]] = []

    def opened(self, env: Any) -> None:
        self._tell("opened", env)

    def stepped(self, record: StepRecord) -> None:
        self._tell("stepped", record)

    def closed(self) -> None:
        self._tell("closed")

    def _tell(self, what: str, *args: object) -> None:
        try:
            getattr(self.observer, what)(*args)
        except Exception as error:  # noqa: BLE001  whatever it raises is a finding
            self.raised.append((what, error))


@frozen
class StumblingBackend(Backend):
    """The stage's backend, with one solve in which the first environment has no solution."""

    type: ClassVar[str] = "stumbling"
    exact: ClassVar[bool] = False
    base: Backend = field()

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return _StumblingSolver(self.base.compile(network, ports))


class _StumblingSolver(Solver):
    def __init__(self, base: Solver) -> None:
        self.base, self.solves = base, 0

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        flow = self.base.solve(p_mw, q_mvar, controls, rows)
        self.solves += 1
        if self.solves != LOST + 1:
            return flow
        kept = np.arange(len(p_mw)) > 0
        return Flow(**{f.name: getattr(flow, f.name) * kept.reshape(-1, *[1] * (np.ndim(getattr(flow, f.name)) - 1)) for f in attrs.fields(Flow)})

    def forget(self, row: int | None = None) -> None:
        self.base.forget(row)


@after(check_made_from_its_options)
def check_watches_episodes(subject: ObserverSubject) -> None:
    """It takes being opened, told of every reset and step of two episodes, alone and in a batch, and closed."""
    for rows in (1, 3):
        with subject.made() as observer:
            told = _Told(observer)
            played(rows, told)
        _require_calm(told, f"in an episode of {rows} environments")


@after(check_watches_episodes)
def check_watches_a_step_without_power_flow(subject: ObserverSubject) -> None:
    """It takes a step in which the power flow of an environment has no solution."""
    with subject.made() as observer:
        told = _Told(observer)
        played(2, told, stumbling=True)
    _require_calm(told, "where the power flow of a step has no solution, so that its row of the flow is zero")


@after(check_watches_episodes)
def check_closes_without_a_step(subject: ObserverSubject) -> None:
    """It takes being closed before anything happened."""
    with subject.made() as observer:
        told = _Told(observer)
        env = _environment(stumbling=False)
        env.watch(told)
        env.close()
    _require_calm(told, "that is closed before its first reset")


@after(check_watches_episodes)
def check_changes_nothing(subject: ObserverSubject) -> None:
    """A run that it watches is the same as one that nobody watches, bit for bit."""
    for rows in (1, 3):
        with subject.made() as observer:
            alone, seen = played(rows, None), played(rows, observer)
        for (name, value), (_, other) in zip(alone, seen, strict=True):
            if exact(value) != exact(other):
                mend = "copy what is to be changed; neither step nor reset the environment, nor set anything on it"
                raise Breach(f"{name} is {other!r} where it is watched, and {value!r} where it is not", mend)


@after(check_watches_episodes)
def check_leaves_shared_generators_alone(subject: ObserverSubject) -> None:
    """It draws nothing from the random generators of the process, which belong to whoever trains there."""
    with subject.made() as observer, watched() as used:
        played(1, observer)
    shared = sorted(name for name in used if "global generator" in name)
    if shared:
        raise Breach(f"it used {', '.join(shared)}", "draw with a generator of its own: np.random.default_rng(seed)")


CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    check_watches_episodes,
    check_watches_a_step_without_power_flow,
    check_closes_without_a_step,
    check_changes_nothing,
    check_leaves_shared_generators_alone,
)
"""Every observer passes each of these."""


class ObserverChecks(Conformance, checks=CHECKS):
    """All checks for an observer, as a test class: derive ``TestMine`` from it and say ``observer = Mine``."""

    observer: ClassVar[type[Observer]]
    examples: ClassVar[Sequence[Observer]] = ()
    """An observer to check; needed where a required option is no file."""

    @classmethod
    def make(cls, folder: Path) -> Observer:
        """A new observer that writes into ``folder``, if it writes at all. Unless overridden, its options that are files are put there."""
        return ObserverSubject(cls.observer, tuple(cls.examples))._filled(folder)

    @classmethod
    def subject(cls) -> ObserverSubject:
        if not hasattr(cls, "observer"):
            raise TypeError(f"{cls.__name__} does not say which observer it checks; add to it: observer = MyObserver")
        return ObserverSubject(cls.observer, tuple(cls.examples), make=cls.make)


def subject(kind: type[Observer], examples: tuple[Observer, ...] = (), module: str = "") -> ObserverSubject:
    """What the checks are asked of: a class, observers of it that its author gave, and the plugin's entry module, where it is known."""
    return ObserverSubject(kind, examples, module)


def played(rows: int, observer: Observer | None, stumbling: bool = False) -> list[tuple[str, Any]]:
    """All numbers that two short episodes show, by name; the observer, if there is one, is told of them.

    Args:
        rows: environments that are stepped together.
        observer: who watches.
        stumbling: whether a power flow has no solution.
    """
    env, rng = _environment(stumbling), np.random.default_rng(rows)
    if observer is not None:
        env.watch(observer)
    shown: list[tuple[str, Any]] = []
    for episode in range(2):
        shown += _shown(env.reset(list(range(rows)) if episode == 0 else None), "reset")
        for step in range(STEPS):
            actions = {name: rng.uniform(-0.5, 0.5, (rows, len(role.actions))) for name, role in env.roles.items()}
            shown += _shown(env.step(actions), f"step {step}")
    env.close()
    return shown


def _environment(stumbling: bool) -> GridEnv:
    agents = {"MG1": {"devices": devices("A", "ess", "pv")}, "MG2": {"devices": devices("B", "gen", "home")}}
    spec = staged(agents, steps=STEPS)
    if stumbling:
        spec = attrs.evolve(spec, run=attrs.evolve(spec.run, backend=StumblingBackend(spec.run.backend)))
    return assemble(link(spec))


def _shown(seen: Transition, when: str) -> list[tuple[str, Any]]:
    parts = {"observation": seen.observations, "reward": seen.rewards, "cost": seen.costs, "violation": seen.violations, "common": seen.common}
    return [(f"{name} in {when}", np.array(value) if isinstance(value, np.ndarray) else value) for name, value in flat(parts)]


def _require_calm(told: _Told, when: str) -> None:
    if told.raised:
        what, error = told.raised[0]
        mend = "an observer that raises is dropped, and sees no more of the run"
        raise Breach(f"{what}() raised {type(error).__name__}: {error}, {when}", mend) from error
