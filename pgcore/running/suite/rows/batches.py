"""Many environments stepped together, in one process and over all cores, against the loop that users of pandapower write."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from pgcore.adapters.pettingzoo import make_env
from pgcore.adapters.vector import VectorEnv, make_vec
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import SEED, recorded
from pgcore.running.suite.figures import Check, Figure, Finding, agreed
from pgcore.running.suite.loop import PandapowerLoop, loop_agrees, pandapower
from pgcore.running.suite.machine import cores
from pgcore.running.suite.turns import Times, Variant, rate, ratio, take_turns
from pgcore.spec.links import link

SCENARIO = "three_microgrids"
CHECKED = 4
"""Steps in which environments of a batch are held against one alone."""

Batch = Mapping[str, Any]


def found(effort: Effort, scenario: str = SCENARIO) -> Finding:
    """Steps of batches of every size, of the largest over processes, and of the loop."""
    pandapower()
    env = make_env(scenario)
    episode = recorded(env, CHECKED)
    loop = PandapowerLoop(link(env.spec), episode)
    largest = effort.batches[-1]
    batches = {f"B = {b}": make_vec(env.spec, b) for b in effort.batches}
    shared = make_vec(env.spec, largest, processes=cores()) if 1 < cores() <= largest else None
    try:
        checks = agreed((*loop_agrees(loop, episode, CHECKED), *_as_alone(batches[f"B = {largest}"], scenario)))
        going = batches if shared is None else {**batches, "processes": shared}
        variants = [Variant(name, Batches(envs).go) for name, envs in going.items()]
        times = take_turns([*variants, Variant("loop", loop.go, 2)], effort.turns, effort.turn_s)
    finally:
        for envs in (*batches.values(), *([] if shared is None else [shared])):
            envs.close()
    note = f"Backend `{env.spec.run.backend.type}`, which may use all of {cores()} cores in one process; `processes={cores()}` gives each a core."
    return Finding("batches", tuple(_figures(times, effort.batches, shared is not None)), checks, (note,))


def _figures(times: Times, batches: Sequence[int], shared: bool) -> list[Figure]:
    largest = batches[-1]
    names = [(f"B = {b}", f"B = {b}", b) for b in batches] + ([("processes", f"B = {largest}, {cores()} processes", largest)] if shared else [])
    made = [figure for name, at, b in names for figure in _of_batch(times, name, at, b)]
    best = min(("processes", f"B = {largest}") if shared else (f"B = {largest}",), key=lambda name: float(np.median(times[name])))
    return [*made, _per_env(times, best, largest, f"loop : env, B = {largest}, the faster of both ways")]


def _of_batch(times: Times, name: str, at: str, batch: int) -> tuple[Figure, Figure]:
    return rate(times, name, "env steps/s", at, batch), _per_env(times, name, batch, "loop : env", at)


def _per_env(times: Times, name: str, batch: int, label: str, at: str = "") -> Figure:
    """The loop against one step of one environment."""
    return ratio({"loop": times["loop"], name: times[name] / batch}, "loop", name, label, at)


class Batches:
    """A vectorised environment with some random actions. That episodes end and others begin is part of its steps."""

    def __init__(self, envs: VectorEnv) -> None:
        self.envs, self.actions, self.at = envs, _drawn(envs, 4), 0
        envs.reset(seed=SEED)

    def go(self, steps: int) -> float:
        """Make so many steps of all environments; the seconds that they took."""
        step, actions = self.envs.step, self.actions
        started = perf_counter()
        for k in range(self.at, self.at + steps):
            step(actions[k % len(actions)])
        self.at += steps
        return perf_counter() - started


def _drawn(envs: VectorEnv, count: int) -> list[Batch]:
    for i, space in enumerate(envs.action_spaces.values()):
        space.seed(SEED + i)
    return [{name: space.sample() for name, space in envs.action_spaces.items()} for _ in range(count)]


def _as_alone(envs: VectorEnv, scenario: str) -> tuple[Check, ...]:
    """The first, the middle and the last environment against environments of their own, step by step: not a bit may differ."""
    chosen = sorted({0, envs.num_envs // 2, envs.num_envs - 1})
    gaps = [0.0]
    envs.reset(seed=SEED)
    alone = {b: make_env(scenario) for b in chosen}
    for b, env in alone.items():
        env.reset(seed=SEED + b)
    for actions in _drawn(envs, CHECKED):
        seen, rewards, *_ = envs.step(actions)
        for b, env in alone.items():
            own, gained, *_ = env.step({name: actions[name][b] for name in env.agents})
            gaps += [float(np.abs(seen[name][b] - own[name]).max()) for name in own] + [abs(rewards[name][b] - gained[name]) for name in gained]
    for env in alone.values():
        env.close()
    return (Check(f"environments {chosen} of {envs.num_envs} and environments alone", max(gaps), 0.0),)
