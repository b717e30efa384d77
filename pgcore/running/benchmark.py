"""Benchmark: how fast an environment steps, where the time goes, and what reaching its agents by messages adds."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter

import attrs
from attrs import field, frozen

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.kernels.press import compiling_after
from pgcore.running.stopwatch import Stopwatch, time_solver, timing_parts
from pgcore.running.traffic import PerStep, traffic
from pgcore.spec.model import Spec

PARTS = ("solver", "devices", "protocols", "observations", "messages", "rest")

Times = dict[str, float]
"""Milliseconds in each part of one step."""


@frozen
class Overhead:
    """What distributed mode adds to the centralized environment of the same spec, both stepped in turn with the same actions."""

    centralized_ms: float
    """A step of the centralized environment."""
    ratio: float
    """A step of the distributed environment over one of the centralized: the median of the ratios, step by step."""
    added_ms: float
    """The median difference, step by step."""
    sent: PerStep

    @property
    def us_per_message(self) -> float:
        """What a message costs, if messages cost all that is added."""
        return self.added_ms * 1e3 / self.sent.messages if self.sent.messages else 0.0


@frozen
class Benchmark:
    """What was measured; times in milliseconds per step, medians over steps: machines are noisy."""

    spec: str
    mode: str
    """``centralized``, or ``distributed`` with what its actors are."""
    agents: int
    devices: int
    buses: int
    backend: str
    steps: int
    reset_ms: float
    step_ms: float
    steps_per_s: float
    parts_ms: dict[str, float]
    """Centralized mode has no ``messages``."""
    outside_solver_ms: float
    """From the pass in which only the solver had a timer."""
    overhead: Overhead | None = field(default=None)


WARM_UP = 20
"""Steps before anything is measured: in them devices are compiled, and whatever is made at first use is made."""


def measure(spec: Spec, name: str, steps: int, seed: int) -> Benchmark:
    """Time whole steps and their solves first, then the same number of steps again with timers in every part."""
    run = spec.run
    with compiling_after(WARM_UP):
        env = PgcoreEnv(spec)
        envs = [env] if run.mode == "centralized" else [env, PgcoreEnv(attrs.evolve(spec, run=attrs.evolve(run, mode="centralized")))]
    try:
        reset_ms, *_ = [_reset(one, seed) for one in envs]
        _steps(envs, [Stopwatch() for _ in envs], WARM_UP + 1)
        whole = _steps(envs, [time_solver(one.grid) for one in envs], steps)
        with timing_parts(env.grid) as watch:
            split = _steps([env], [watch], steps)[0]
    finally:
        for one in envs:
            one.close()
    step_ms = median(sum(parts.values()) for parts in whole[0])
    parts_ms = {part: median(parts.get(part, 0.0) for parts in split) for part in PARTS if part != "messages" or len(envs) > 1}
    wiring = env.grid.world.wiring
    sizes = (len(env.possible_agents), len(wiring.names), len(wiring.base_p_mw))
    outside_solver_ms = median(parts["rest"] for parts in whole[0])
    mode = run.mode if len(envs) == 1 else f"{run.mode}, actors are {run.actors}"
    overhead = None if len(envs) == 1 else _overhead(whole[0], whole[1], traffic(spec, seed))
    return Benchmark(name, mode, *sizes, env.spec.run.backend.type, steps, reset_ms, step_ms, 1e3 / step_ms, parts_ms, outside_solver_ms, overhead)


def _reset(env: PgcoreEnv, seed: int) -> float:
    """Milliseconds of a reset, after which the same actions are drawn for the same seed."""
    started = perf_counter()
    env.reset(seed=seed)
    reset_ms = (perf_counter() - started) * 1e3
    for agent in env.possible_agents:
        env.action_space(agent).seed(seed)
    return reset_ms


def _steps(envs: Sequence[PgcoreEnv], watches: Sequence[Stopwatch], steps: int) -> list[list[Times]]:
    """For each environment the times of every step. They take turns, also at going first; resets and the choice of random actions do not count."""
    measured: list[list[Times]] = [[] for _ in envs]
    for k in range(steps):
        if not envs[0].agents:
            for env in envs:
                env.reset()
        actions = {agent: envs[0].action_space(agent).sample() for agent in envs[0].agents}
        turns = list(zip(envs, watches, measured, strict=True))
        for env, watch, times in turns if k % 2 else reversed(turns):
            watch.seconds.clear()
            watch.start("rest")
            env.step(actions)
            watch.stop()
            times.append({part: seconds * 1e3 for part, seconds in watch.seconds.items()})
    return measured


def _overhead(distributed: Sequence[Times], centralized: Sequence[Times], sent: PerStep) -> Overhead:
    pairs = [(sum(one.values()), sum(other.values())) for one, other in zip(distributed, centralized, strict=True)]
    central_ms, ratio, added_ms = (median(values) for values in zip(*((c, d / c, d - c) for d, c in pairs), strict=True))
    return Overhead(central_ms, ratio, added_ms, sent)
