"""Equality: one spec run in several ways at once, with the same random actions, and whether all of it is the same to the last bit."""

from collections.abc import Callable, Sequence
from operator import methodcaller
from time import perf_counter
from typing import Any

import attrs
from attrs import frozen

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.barrier import AgentSilent
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.recording.likeness import Likeness, Unlike
from pgcore.running.policies import random_actions
from pgcore.running.processes import in_processes
from pgcore.running.traffic import PerStep, traffic
from pgcore.spec.model import BrokerEntry, Spec


@frozen(eq=False)
class Way:
    """A way to run a spec."""

    name: str
    spec: Spec
    make: Callable[[Spec], PgcoreEnv] = PgcoreEnv


@frozen(eq=False)
class Extent:
    """How much is compared."""

    seed: int = 0
    episodes: int = 1
    steps: int | None = None
    """Steps in all, over as many episodes as that takes; ``None``: so many whole episodes."""


@frozen
class Pace:
    """How fast a way was, observers included, and what it sent in a step; ``None`` for one that sends nothing."""

    way: str
    steps_per_s: float
    sent: PerStep | None


@frozen
class Verdict:
    """What a comparison came to."""

    steps: int
    episodes: int
    digest: str
    """That of a recording of the same steps."""
    paces: tuple[Pace, ...]
    difference: Unlike | None
    silent: str
    """Which way could not go on because an actor stayed silent, and what was said of it."""

    @property
    def equal(self) -> bool:
        """Whether all ways showed the same."""
        return self.difference is None and not self.silent

    def plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return {"equal": self.equal, **attrs.asdict(self)}


def in_process_ways(spec: Spec) -> tuple[Way, ...]:
    """Centralized, and distributed in memory with each setting of ``run.actors``.

    The spec's faults are left out, since what they do to messages they do to the trajectory, and a silent actor is an error.
    """
    signing = None if spec.run.broker is None else spec.run.broker.signing
    plain = attrs.evolve(spec.run, broker=BrokerEntry(InMemoryBroker(), signing=signing), on_silence="raise")
    runs = {"centralized": attrs.evolve(plain, mode="centralized")}
    for actors in ("agents", "devices"):
        runs[f"in memory, {actors}"] = attrs.evolve(plain, mode="distributed", actors=actors)
    return tuple(Way(name, attrs.evolve(spec, run=run)) for name, run in runs.items())


def process_ways(spec: Spec, count: int | None = None) -> tuple[Way, ...]:
    """Distributed over child processes with each setting of ``run.actors``; ``count`` of them, or as many as there are cores."""

    def make(distributed: Spec) -> PgcoreEnv:
        broker, hosts = in_processes(distributed, count)
        return PgcoreEnv(distributed, broker=broker, hosts=hosts)

    _, *distributed = in_process_ways(spec)
    return tuple(Way(way.name.replace("in memory", "processes"), way.spec, make) for way in distributed)


def compare(ways: Sequence[Way], extent: Extent, stepped: Callable[[], None] = lambda: None) -> Verdict:
    """Run all ways side by side until one shows something else than the first; ``stepped`` is called after every step.

    Each way makes its environment before any is stepped; all are closed at the end.

    Raises:
        AgentSilent: the actors of a way did not join.
    """
    race = _Race(ways)
    try:
        difference, silent = race.run(extent, stepped), ""
    except AgentSilent as error:
        difference, silent = None, f"{race.at}: {error}"
    finally:
        race.close()
    likeness = race.likeness
    paces = tuple(Pace(way.name, likeness.steps / race.seconds[way.name], _sent(way, extent.seed)) for way in ways) if likeness.steps else ()
    return Verdict(likeness.steps, likeness.episodes, likeness.digest, paces, difference, silent)


class _Race:
    """The environments of all ways, step by step."""

    def __init__(self, ways: Sequence[Way]) -> None:
        self.envs: dict[str, PgcoreEnv] = {}
        try:
            for way in ways:
                self.envs[way.name] = way.make(way.spec)
        except BaseException:
            self.close()
            raise
        self.likeness = Likeness({name: env.grid for name, env in self.envs.items()})
        self.leader = next(iter(self.envs.values()))
        self.at = ""
        """The way whose turn it is."""
        self.seconds = dict.fromkeys(self.envs, 0.0)
        """Spent in steps."""

    def run(self, extent: Extent, stepped: Callable[[], None]) -> Unlike | None:
        """The first difference, if any."""
        likeness = self.likeness
        while likeness.episodes < extent.episodes if extent.steps is None else likeness.steps < extent.steps:
            seed = None if likeness.episodes else extent.seed
            shown = self._each(methodcaller("reset", seed=seed))
            difference = self._unlike(shown)
            while difference is None and self.leader.agents and likeness.steps != extent.steps:
                observations, *_, infos = next(iter(shown.values()))
                actions = random_actions(observations, infos, self.leader)
                shown = self._each(methodcaller("step", actions), timed=True)
                difference = self._unlike(shown)
                stepped()
            if difference is not None:
                return difference
        return None

    def close(self) -> None:
        for env in self.envs.values():
            env.close()

    def _each(self, act: methodcaller, timed: bool = False) -> dict[str, tuple[Any, ...]]:
        shown = {}
        for way, env in self.envs.items():
            self.at, began = way, perf_counter()
            shown[way] = act(env)
            self.seconds[way] += (perf_counter() - began) * timed
        return shown

    def _unlike(self, shown: dict[str, tuple[Any, ...]]) -> Unlike | None:
        """What an adapter shows besides: infos with masks, and who has come to the end."""
        return self.likeness.check({way: {"info": seen[-1], "truncated": seen[-2] if len(seen) > 2 else {}} for way, seen in shown.items()})


def _sent(way: Way, seed: int) -> PerStep | None:
    return traffic(way.spec, seed) if way.spec.run.mode == "distributed" else None
