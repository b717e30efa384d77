"""``pgcore bench``: steps per second, where the time goes, and what messages add; or all that the documentation says of speed."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.modes import load, mode_options
from pgcore.cli.options import json_option, pass_catalog, set_option

if TYPE_CHECKING:
    from rich.console import Console

    from pgcore.catalog import Catalog
    from pgcore.running.benchmark import Benchmark, Overhead


@click.command()
@click.argument("spec", metavar="[SPEC]", required=False)
@click.option("--steps", default=200, show_default=True, type=click.IntRange(min=1), help="Steps to measure, with random actions.")
@click.option("--seed", default=0, show_default=True, help="Root of all random numbers.")
@mode_options
@set_option
@json_option
@click.option("--suite", is_flag=True, help="Measure every row of the benchmark suite instead of SPEC.")
@click.option("--quick", is_flag=True, help="With --suite: short, to see that everything works; too short to quote.")
@click.option("--only", multiple=True, metavar="ROW", help="With --suite: this row alone; may be given more than once.")
@click.option(
    "--out",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --suite: write its tables into the marked parts of FILE, its figures and a chart beside the first; may be given more than once.",
)
@click.option(
    "--peers-python",
    envvar="PGCORE_PEERS_PYTHON",
    metavar="PATH",
    help="With --suite: the Python that has other projects' environments; this one unless given, here or as PGCORE_PEERS_PYTHON.",
)
@pass_catalog
@click.pass_context
def bench(
    ctx: click.Context, catalog: "Catalog", spec: str | None, steps: int, seed: int, mode: str | None, actors: str | None, sets: tuple[str, ...],
    as_json: bool, suite: bool, quick: bool, only: tuple[str, ...], out: tuple[Path, ...], peers_python: str | None,
) -> None:  # fmt: skip
    """Measure steps per second and where the time goes.

    In distributed mode, the centralized environment of the same spec is stepped in turn with it, and messages are counted apart from that.

    With --suite no SPEC is given: the suite compares environments of ready-made scenarios with each other, with a loop around pandapower and with
    other projects, each row in a process of its own. It takes about ten minutes on a machine that does nothing else, and --quick about three.
    """
    from pgcore.cli.suite_view import measure_suite
    from pgcore.running.benchmark import measure

    _check(spec, suite, bool(quick or only or out))
    if suite:
        ctx.exit(measure_suite(only, quick, out, peers_python, as_json))
    assert spec is not None
    measured = measure(load(spec, catalog, sets, mode, actors), spec, steps, seed)
    if as_json:
        click.echo(json.dumps(_plain(measured), indent=2))
    else:
        _show(measured)


def _check(spec: str | None, suite: bool, suits: bool) -> None:
    """That either a spec or the suite is meant."""
    if suite and spec is not None:
        raise click.UsageError(f"found the spec {spec!r} and --suite: the suite has specs of its own; leave one of them out")
    if not suite and spec is None:
        raise click.UsageError("found neither SPEC nor --suite: give the spec to measure, such as three_microgrids, or --suite")
    if suits and not suite:
        raise click.UsageError("--quick, --only and --out belong to --suite: add it, or leave them out")


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
