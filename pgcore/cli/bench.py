"""``pgcore bench``: steps per second and where the time goes."""

import json
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.catalog import Catalog
    from pgcore.running.stopwatch import Stopwatch

PARTS = ("solver", "devices", "protocols", "observations", "rest")


@attrs.frozen
class Benchmark:
    """What was measured; times in milliseconds per step."""

    spec: str
    agents: int
    devices: int
    buses: int
    backend: str
    steps: int
    reset_ms: float
    step_ms: float
    steps_per_s: float
    parts_ms: dict[str, float]
    outside_solver_ms: float
    """From the pass in which only the solver had a timer."""


@click.command()
@spec_argument
@click.option("--steps", default=200, show_default=True, type=click.IntRange(min=1), help="Steps to measure, with random actions.")
@click.option("--seed", default=0, show_default=True, help="Root of all random numbers.")
@set_option
@json_option
@pass_catalog
def bench(catalog: "Catalog", spec: str, steps: int, seed: int, sets: tuple[str, ...], as_json: bool) -> None:
    """Measure steps per second and where the time goes."""
    from pgcore.adapters.pettingzoo import make_env

    measured = measure(make_env(spec, sets=sets, catalog=catalog), spec, steps, seed)
    if as_json:
        click.echo(json.dumps(attrs.asdict(measured), indent=2))
    else:
        _show(measured)


def measure(env: "PgcoreEnv", name: str, steps: int, seed: int) -> Benchmark:
    """Time whole steps and their solves first, then the same number of steps again with timers in every part.

    Every figure is a median over steps: machines are noisy.
    """
    from pgcore.running.stopwatch import time_parts, time_solver

    started = perf_counter()
    env.reset(seed=seed)
    reset_ms = (perf_counter() - started) * 1e3
    whole = _steps(env, steps, time_solver(env.grid))
    step_ms = median(sum(parts.values()) for parts in whole)
    outside_solver_ms = median(parts["rest"] for parts in whole)
    split = _steps(env, steps, time_parts(env.grid))
    parts_ms = {part: median(parts.get(part, 0.0) for parts in split) for part in PARTS}
    wiring = env.grid.world.wiring
    sizes = (len(env.possible_agents), len(wiring.names), len(wiring.base_p_mw))
    return Benchmark(name, *sizes, env.spec.run.backend.type, steps, reset_ms, step_ms, 1e3 / step_ms, parts_ms, outside_solver_ms)


def _steps(env: "PgcoreEnv", steps: int, watch: "Stopwatch") -> list[dict[str, float]]:
    """Milliseconds in each part of every step; resets at the ends of episodes and the choice of random actions are not counted."""
    measured = []
    for _ in range(steps):
        if not env.agents:
            env.reset()
        actions = {agent: env.action_space(agent).sample() for agent in env.agents}
        watch.seconds.clear()
        watch.start("rest")
        env.step(actions)
        watch.stop()
        measured.append({part: seconds * 1e3 for part, seconds in watch.seconds.items()})
    return measured


def _show(measured: Benchmark) -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    console = Console()
    times = f"{measured.step_ms:.3f} ms a step, median of {measured.steps}), reset {measured.reset_ms:.1f} ms"
    console.print(
        f"[bold]{measured.spec}[/bold]: {measured.agents} agents, {measured.devices} devices, {measured.buses} buses, backend {measured.backend}, "
        f"one environment\n{measured.steps_per_s:.1f} steps/s ({times}",
        highlight=False,
    )
    table = plain_table("part", "ms a step", "share")
    total = sum(measured.parts_ms.values())
    for part in PARTS:
        table.add_row(part, f"{measured.parts_ms[part]:.3f}", f"{measured.parts_ms[part] / total:.1%}")
    table.add_row("outside the solver", f"{measured.outside_solver_ms:.3f}", f"{measured.outside_solver_ms / total:.1%}")
    console.print(table)
