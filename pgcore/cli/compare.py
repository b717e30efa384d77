"""``pgcore compare``: the same spec in every mode, and whether all of it is the same to the last bit."""

import json
from typing import TYPE_CHECKING

import click

from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.running.equality import Verdict, Way
    from pgcore.spec.model import Spec

DIFFERENT = 1
"""Exit status when a way differs."""


@click.command()
@spec_argument
@click.option("--episodes", default=1, show_default=True, type=click.IntRange(min=1), help="How many whole episodes to run.")
@click.option("--steps", type=click.IntRange(min=1), help="Run so many steps instead, over as many episodes as that takes.")
@click.option("--seed", type=click.IntRange(min=0), help="Root of all random numbers; run.seed of the spec unless given.")
@click.option(
    "--processes", type=click.IntRange(min=0), metavar="K", help="Child processes to use, as many as cores unless given; 0 leaves them out."
)
@set_option
@json_option
@pass_catalog
@click.pass_context
def compare(
    ctx: click.Context, catalog: "Catalog", spec: str, episodes: int, steps: int | None, seed: int | None, processes: int | None,
    sets: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Run SPEC centralized and distributed, with the same random actions, and prove that all of it is equal, or name the first difference.

    The ways are: agents called directly, actors in memory, and actors in child processes, each once with agents and once with devices as actors.
    """
    from pgcore.cli.progress import progress
    from pgcore.running.equality import Extent
    from pgcore.running.equality import compare as compared
    from pgcore.spec.load import load_spec

    loaded = load_spec(spec, catalog=catalog, sets=sets)
    ways = _ways(loaded, processes)
    if not as_json:
        _say_what_is_left_out(loaded)
    extent = Extent(loaded.run.seed if seed is None else seed, episodes, steps)
    total = (1, steps) if steps else (episodes, loaded.episode.steps)
    with progress(*total, quiet=as_json) as stepped:
        verdict = compared(ways, extent, stepped)
    if as_json:
        click.echo(json.dumps(verdict.plain(), indent=2))
    else:
        _show(verdict)
    ctx.exit(0 if verdict.equal else DIFFERENT)


def _ways(spec: "Spec", processes: int | None) -> "tuple[Way, ...]":
    from pgcore.running.equality import in_process_ways, process_ways

    return (*in_process_ways(spec), *(process_ways(spec, processes) if processes != 0 else ()))


def _say_what_is_left_out(spec: "Spec") -> None:
    if spec.run.broker is not None and spec.run.broker.faults:
        faults = ", ".join(fault.type for fault in spec.run.broker.faults)
        why = "what they do to messages changes what agents do; an actor that stays silent ends the comparison"
        click.echo(f"compared without the simulated faults of the spec ({faults}): {why}", err=True)


def _show(verdict: "Verdict") -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    table = plain_table("way", "steps/s", "messages a step", "bytes a step")
    for pace in verdict.paces:
        sent = ("0", "0") if pace.sent is None else (f"{pace.sent.messages:.1f}", f"{pace.sent.bytes:,.0f}")
        table.add_row(pace.way, f"{pace.steps_per_s:.1f}", *sent)
    Console().print(table)
    if verdict.equal:
        click.echo(f"equal: {len(verdict.paces)} ways, {verdict.steps} steps, digest {verdict.digest}")
    else:
        click.echo(f"different: {verdict.difference or verdict.silent}")
