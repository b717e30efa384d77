"""``pgcore compare-backends``: two backends side by side over an episode."""

import json
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.running.comparison import PairedSolver


@click.command()
@spec_argument
@click.option("--with", "second", default="linear", show_default=True, help="Type of the second backend, with its default options.")
@click.option("--seed", default=0, show_default=True, help="Root of the random actions and the episode.")
@set_option
@json_option
@pass_catalog
def compare_backends(catalog: "Catalog", spec: str, second: str, seed: int, sets: tuple[str, ...], as_json: bool) -> None:
    """Run two backends side by side over an episode and show the largest differences and where they are."""
    from rich.progress import track

    from pgcore.adapters.pettingzoo import make_env
    from pgcore.cli.group import Refusal
    from pgcore.running.comparison import pair

    env = make_env(spec, sets=sets, catalog=catalog)
    try:
        steps = track(pair(env, catalog.get("backend", second)(), seed), "comparing", env.spec.episode.steps, disable=as_json, transient=True)
        paired = list(steps)[-1]
    except ValueError as error:
        raise Refusal(str(error)) from error
    if as_json:
        found = [attrs.asdict(difference) for difference in paired.largest.values()]
        click.echo(json.dumps({"differences": found, "convergence_differs_in_steps": paired.disagreements}, indent=2))
    else:
        _show(env.spec.run.backend.type, second, paired)


def _show(first: str, second: str, paired: "PairedSolver") -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    console = Console()
    console.print(f"{paired.solves} steps: {first} leads, {second} solves the same injections")
    table = plain_table("quantity", "largest difference", "step", "where", first, second)
    for d in paired.largest.values():
        table.add_row(d.quantity, f"{d.largest:.3g} {d.unit}", str(d.step), d.where, f"{d.first:.6g}", f"{d.second:.6g}")
    console.print(table)
    if paired.disagreements:
        console.print(f"one converged and the other did not in steps {', '.join(map(str, paired.disagreements))}", style="bold")
