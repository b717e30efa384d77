"""How much Python a step runs, in every way to step: counted, so that it does not depend on the machine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.adapters.vector import make_vec
from pgcore.running.benchmark import WARM_UP
from pgcore.running.suite.calls import Calls, calls
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import recorded
from pgcore.running.suite.figures import Figure, Finding
from pgcore.running.suite.rows.batches import Batches

STEPS = 10
WARMING = WARM_UP + 5
IN_MEMORY = {"run.mode": "distributed", "run.broker": {"type": "in_memory"}}
SINGLE: dict[str, tuple[str, dict[str, Any]]] = {
    "one environment": ("three_microgrids", {}),
    "ten microgrids": ("n_microgrids", {"n": 10}),
    "actors are agents": ("three_microgrids", {**IN_MEMORY, "run.actors": "agents"}),
    "actors are devices": ("three_microgrids", {**IN_MEMORY, "run.actors": "devices"}),
}
"""Ways to step one environment: a scenario and what is set in it."""
TOGETHER = 16


def found(effort: Effort) -> Finding:
    """Calls and instructions of a step."""
    return Finding("counts", tuple(figure for way, counted in counts().items() for figure in _figures(way, counted)))


def counts() -> dict[str, Calls]:
    """Of a step, in every way to step. All devices are compiled before, where numba is installed."""
    counted = {}
    for way in (*SINGLE, f"{TOGETHER} environments"):
        with going(way) as go:
            go(WARMING)
            counted[way] = calls(go, STEPS)
    return counted


@contextmanager
def going(way: str) -> Iterator[Callable[[int], object]]:
    """What makes steps in one of the ways."""
    if way not in SINGLE:
        envs = make_vec("three_microgrids", TOGETHER)
        yield Batches(envs).go
        envs.close()
        return
    scenario, sets = SINGLE[way]
    env = make_env(scenario, sets=sets)
    yield _stepping(env)
    env.close()


def _stepping(env: PgcoreEnv) -> Callable[[int], object]:
    """Makes steps with actions that were drawn before, and does nothing else."""
    episode = recorded(env, WARMING + 2 * STEPS)
    env.reset(seed=episode.seed)
    actions = iter(episode.actions)
    return lambda steps: [env.step(one) for one in islice(actions, steps)]


def _figures(way: str, counted: Calls) -> tuple[Figure, ...]:
    return (
        Figure("Python functions", counted.functions, at=way),
        Figure("C functions by name", counted.builtins, at=way),
        Figure("Python instructions", counted.instructions, at=way),
    )
