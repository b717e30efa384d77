"""Distributed mode in memory against centralized mode: what reaching agents by messages costs."""

from collections.abc import Iterator

from pgcore.adapters.pettingzoo import read_spec
from pgcore.running.benchmark import Benchmark, measure
from pgcore.running.equality import Extent, compare, in_process_ways
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Check, Figure, Finding, agreed

SCENARIO = "three_microgrids"
BACKENDS = ("auto", "pandapower")
CHECKED = 6


def found(effort: Effort, scenario: str = SCENARIO, backends: tuple[str, ...] = BACKENDS) -> Finding:
    """Both kinds of actors, with the fastest backend and with pandapower."""
    verdict = compare(in_process_ways(read_spec(scenario, (), None, {})), Extent(steps=CHECKED))
    checks = agreed([Check(f"{verdict.steps} steps of all modes", float(not verdict.equal), 0.0)])
    ways = [(backend, actors) for backend in backends for actors in ("agents", "devices")]
    figures = [figure for way in ways for figure in _figures(scenario, *way, effort.mode_steps)]
    note = "All actors take turns in one thread; messages are moved by the `in_memory` broker. Ratios are medians of the ratios, step by step."
    return Finding("modes", tuple(figures), checks, (note,))


def _figures(scenario: str, backend: str, actors: str, steps: int) -> Iterator[Figure]:
    run = ["run.mode=distributed", f"run.actors={actors}", "run.broker={type: in_memory}", f"run.backend={{type: {backend}}}"]
    measured: Benchmark = measure(read_spec(scenario, run, None, {}), scenario, steps, 0)
    overhead, at = measured.overhead, f"{backend}, {actors}"
    assert overhead is not None, "a distributed environment is measured against a centralized one"
    yield Figure("distributed : centralized", overhead.ratio, "×", measurements=steps, at=at)
    yield Figure("step, centralized", overhead.centralized_ms, "ms", measurements=steps, at=at)
    yield Figure("step, distributed", measured.step_ms, "ms", measurements=steps, at=at)
    yield Figure("messages a step", overhead.sent.messages, at=at)
    yield Figure("messages a second", overhead.sent.messages * 1e3 / measured.step_ms, "1/s", measurements=steps, at=at)
    yield Figure("added for each message", overhead.us_per_message, "µs", measurements=steps, at=at)
