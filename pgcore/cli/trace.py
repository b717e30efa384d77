"""``pgcore trace``: show a step of a trace as a sequence diagram."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgcore.cli.group import Refusal

if TYPE_CHECKING:
    from pgcore.tracing.trace import Step

_MOST_IN_A_PICTURE = 16


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--episode", type=int, help="The episode; the first in the trace, if left out.")
@click.option("--tick", type=int, help="The step of the episode, 0 being its reset; 1, if left out.")
@click.option("--agent", default="", metavar="NAME", help="Show only what this agent and its devices, or this one device, say and hear.")
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "svg"]), default="text", show_default=True, help="What to draw.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of the terminal.")
def trace(file: Path, episode: int | None, tick: int | None, agent: str, form: str, out: Path | None) -> None:
    """Show who said what in a step of the trace FILE, as a sequence diagram.

    `pgcore run --trace FILE` writes one. Where there are too many actors to draw, a note says who was left out.
    """
    from pgcore.tracing.trace import TraceError, pick

    try:
        step = pick(file, episode, tick, agent)
    except TraceError as error:
        raise Refusal(str(error)) from error
    drawn = _drawn(step, form)
    if out is None:
        click.echo(drawn, nl=False)
    else:
        out.write_text(drawn, encoding="utf-8")
        click.echo(f"wrote {out}")


def _drawn(step: "Step", form: str) -> str:
    from pgcore.tracing.mermaid import mermaid
    from pgcore.tracing.scene import scene
    from pgcore.tracing.svg import svg
    from pgcore.tracing.text import lifelines_in, text

    if form == "text":
        columns = shutil.get_terminal_size((120, 40)).columns
        return text(scene(step, lifelines_in(columns)), columns)
    return {"mermaid": mermaid, "svg": svg}[form](scene(step, _MOST_IN_A_PICTURE))
