"""``pgcore replay``: run a recording again and prove that it is equal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from pgcore.cli.group import Refusal
from pgcore.cli.options import json_option, pass_catalog
from pgcore.cli.wording import counted

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.recording.replay import Verdict


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
@pass_catalog
@click.pass_context
def replay(ctx: click.Context, catalog: "Catalog", folder: Path, as_json: bool) -> None:
    """Run the recording in DIR again and prove that it is equal, or name the first step and agent that differ.

    Exit status: 0 equal, 1 different, 2 when DIR cannot be replayed.
    """
    from pgcore.recording.folder import UnusableRecording
    from pgcore.recording.replay import replay as run_again

    try:
        verdict = run_again(folder, catalog)
    except UnusableRecording as error:
        raise Refusal(str(error)) from error
    if as_json:
        click.echo(json.dumps(_plain(verdict), indent=2))
    else:
        _print(verdict)
    ctx.exit(0 if verdict.equal else 1)


def _plain(verdict: "Verdict") -> dict[str, Any]:
    return {"equal": verdict.equal, **attrs.asdict(verdict)}


def _print(verdict: "Verdict") -> None:
    for note in verdict.notes:
        click.echo(f"note: {note}")
    for what in verdict.altered:
        click.echo(f"altered: {what}")
    run = f"{counted(verdict.steps, 'step')} in {counted(verdict.episodes, 'episode')}"
    if verdict.difference is not None:
        click.echo(f"different after {run}\n{verdict.difference}")
    elif verdict.altered:
        click.echo(f"different: all numbers of {run} are equal, but the recording is not as it was written")
    else:
        click.echo(f"equal: {run}, every number bit for bit")
