"""``pgcore bench``: steps per second, where the time goes, and what messages add."""

import json
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.modes import load, mode_options
from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from rich.console import Console

    from pgcore.catalog import Catalog
    from pgcore.running.benchmark import Benchmark, Overhead


@click.command()
@spec_argument
@click.option("--steps", default=200, show_default=True, type=click.IntRange(min=1), help="Steps to measure, with random actions.")
@click.option("--seed", default=0, show_default=True, help="Root of all random numbers.")
@mode_options
@set_option
@json_option
@pass_catalog
def bench(catalog: "Catalog", spec: str, steps: int, seed: int, mode: str | None, actors: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Measure steps per second and where the time goes.

    In distributed mode, the centralized environment of the same spec is stepped in turn with it, and messages are counted apart from that.
    """
    from pgcore.running.benchmark import measure

    measured = measure(load(spec, catalog, sets, mode, actors), spec, steps, seed)
    if as_json:
        click.echo(json.dumps(_plain(measured), indent=2))
    else:
        _show(measured)


def _plain(measured: "Benchmark") -> dict[str, object]:
    found = attrs.asdict(measured)
    if measured.overhead is not None:
        found["overhead"]["us_per_message"] = measured.overhead.us_per_message
    return found


def _show(measured: "Benchmark") -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    console = Console()
    times = f"{measured.step_ms:.3f} ms a step, median of {measured.steps}), reset {measured.reset_ms:.1f} ms"
    console.print(
        f"[bold]{measured.spec}[/bold]: {measured.agents} agents, {measured.devices} devices, {measured.buses} buses, backend {measured.backend}, "
        f"one environment, {measured.mode}\n{measured.steps_per_s:.1f} steps/s ({times}",
        highlight=False,
        soft_wrap=True,
    )
    table = plain_table("part", "ms a step", "share")
    total = sum(measured.parts_ms.values())
    for part, milliseconds in measured.parts_ms.items():
        table.add_row(part, f"{milliseconds:.3f}", f"{milliseconds / total:.1%}")
    table.add_row("outside the solver", f"{measured.outside_solver_ms:.3f}", f"{measured.outside_solver_ms / total:.1%}")
    console.print(table)
    if measured.overhead is not None:
        _show_overhead(console, measured.overhead)


def _show_overhead(console: "Console", overhead: "Overhead") -> None:
    from pgcore.cli.tables import plain_table

    sent = overhead.sent
    table = plain_table("channel", "messages a step", "bytes a step")
    for kind, (messages, size) in sent.by_kind.items():
        table.add_row(kind, f"{messages:.1f}", f"{size:,.0f}")
    table.add_row("all", f"{sent.messages:.1f}", f"{sent.bytes:,.0f}")
    console.print(table)
    console.print(
        f"{overhead.ratio:.3f} times a centralized step of {overhead.centralized_ms:.3f} ms (median of the ratios, stepped in turn): "
        f"{overhead.added_ms:+.3f} ms, {overhead.us_per_message:.1f} µs for each message",
        highlight=False,
        soft_wrap=True,
    )
