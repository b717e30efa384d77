"""Episode: one that was recorded, to be gone through again while the clock runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Flow, Solver
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.running.policies import random_actions
from pgcore.running.suite.figures import Check, Unequal, largest_gap

SEED = 7

Actions = Mapping[str, Any]
Shown = tuple[Mapping[str, NDArray[np.float32]], Mapping[str, float]]
"""Observations and rewards, by agent."""


@frozen(eq=False)
class Solve:
    """What a solver was asked and what it said, for one environment."""

    p_mw: Array
    q_mvar: Array
    controls: Array | None
    flow: Flow


@frozen(eq=False)
class Episode:
    """The first steps of an episode with random actions. Record and solve ``t`` belong to the step after action ``t``."""

    seed: int
    actions: Sequence[Actions]
    shown: Sequence[Shown]
    records: Sequence[StepRecord]
    solves: Sequence[Solve]

    def __len__(self) -> int:
        return len(self.actions)


class _Keeper(Observer):
    """Keeps every record."""

    type = "keeper"

    def __init__(self) -> None:
        self.records: list[StepRecord] = []

    def stepped(self, record: StepRecord) -> None:
        self.records.append(record)


@define
class _Overheard(Solver):
    """Passes everything on to a solver, and keeps it."""

    inner: Solver
    heard: list[Solve] = field(factory=list)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        flow = self.inner.solve(p_mw, q_mvar, controls, rows)
        self.heard.append(Solve(p_mw.copy(), q_mvar.copy(), None if controls is None else controls.copy(), flow))
        return flow

    def forget(self, row: int | None = None) -> None:
        self.inner.forget(row)

    @property
    def rungs(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.inner.rungs


def recorded(env: PgcoreEnv, steps: int, seed: int = SEED) -> Episode:
    """Record at most so many steps of one episode; the environment is left as it was found, without anything that listens."""
    actions: list[Actions] = []
    shown: list[Shown] = []
    with _listening(env) as (keeper, solver):
        observations, infos = env.reset(seed=seed)
        while env.agents and len(actions) < steps:
            actions.append(random_actions(observations, infos, env))
            observations, rewards, _, _, infos = env.step(actions[-1])
            shown.append((observations, rewards))
    return Episode(seed, actions, shown, keeper.records[1:], solver.heard[1:])


@contextmanager
def _listening(env: PgcoreEnv) -> Iterator[tuple[_Keeper, _Overheard]]:
    keeper, solver = _Keeper(), _Overheard(env.grid.world.solver)
    env.grid.watch(keeper)
    env.grid.world.solver = solver
    try:
        yield keeper, solver
    finally:
        env.grid.observers.remove(keeper)
        env.grid.world.solver = solver.inner


class Rehearsal:
    """An environment that goes through one recorded episode again and again. Resets do not count, and nor does what proves it to be the same one."""

    def __init__(self, env: PgcoreEnv, episode: Episode) -> None:
        self.env, self.episode = env, episode
        self.at = len(episode)

    def go(self, steps: int) -> float:
        """Make so many steps; the seconds that they took.

        Raises:
            Unequal: what was shown is not what was shown when the episode was recorded.
        """
        seconds = 0.0
        while steps:
            if self.at == len(self.episode):
                self.env.reset(seed=self.episode.seed)
                self.at = 0
            now = self.episode.actions[self.at : self.at + steps]
            seconds += self._step_all(now)
            self.at, steps = self.at + len(now), steps - len(now)
            self._prove()
        return seconds

    def _step_all(self, actions: Sequence[Actions]) -> float:
        step = self.env.step
        started = perf_counter()
        for one in actions:
            self.shown = step(one)
        return perf_counter() - started

    def _prove(self) -> None:
        seen, rewards = self.episode.shown[self.at - 1]
        same = self.shown[1] == rewards and all(np.array_equal(self.shown[0][name], own) for name, own in seen.items())
        if not same:
            raise Unequal(f"step {self.at} of the timed episode is not what it was when it was recorded")


def likeness(one: Episode, other: Episode, allowed: float = 1e-6) -> tuple[Check, ...]:
    """How far two runs of the same episode with different solvers are apart, in all that counts."""

    def gap(part: str) -> float:
        pairs = [(getattr(a, part), getattr(b, part)) for a, b in zip(one.records, other.records, strict=True)]
        return max(largest_gap(a[name], b[name], relative=True) for a, b in pairs for name in a)

    rows = {"observations": "observations", "rewards": "rewards", "costs": "costs", "violations": "violations", "effects": "ledger of all devices"}
    return tuple(Check(f"{what} of both solvers, relative above 1,", gap(part), allowed) for part, what in rows.items())


def voltage_gap(flows: Sequence[Flow], others: Sequence[Flow]) -> float:
    """The largest difference of two solvers' voltages, pu; infinite where one of them has no solution."""
    if not all(flow.converged.all() for flow in (*flows, *others)):
        return float("inf")
    return max(largest_gap(a.vm_pu, b.vm_pu) for a, b in zip(flows, others, strict=True))
