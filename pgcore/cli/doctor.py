"""``pgcore plugins doctor``: what is wrong with the installed plugins, and how to mend it."""

import json
import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.group import COMMANDS
from pgcore.cli.options import json_option
from pgcore.cli.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pgcore.plugins.ailments import Trouble
    from pgcore.plugins.doctor import Diagnosis, Examined


@click.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Examine the installed plugins: versions, import times, what is broken, in conflict or out of reach, and how to mend it.

    Exit status 1 when something has to be mended.
    """
    with redirect_stdout(sys.stderr):  # what a plugin prints while it loads must not get into the output of --json
        found = _examined()
    if as_json:
        click.echo(json.dumps(_data(found), indent=2))
    else:
        _print(found)
    ctx.exit(1 if found.grave else 0)


def _examined() -> "Diagnosis":
    from importlib import metadata

    from pgcore.catalog import Catalog
    from pgcore.cli.extension import HOOK, added_commands
    from pgcore.hookspecs import GROUP
    from pgcore.plugins.doctor import examined
    from pgcore.plugins.loading import STRICT

    lenient = {key: value for key, value in os.environ.items() if key != STRICT}  # strict mode would end it at the first broken plugin
    points = metadata.entry_points(group=GROUP)
    catalog = Catalog.discover(lenient, points)
    added, failures = added_commands()
    all_broken = attrs.evolve(catalog, broken=(*catalog.broken, *(one for one in failures if one.stage == HOOK)))
    return examined(all_broken, points, os.environ, [(name, command.provenance) for name, command in added], COMMANDS)


def _data(found: "Diagnosis") -> dict[str, object]:
    plugins = [{**attrs.asdict(plugin), "state": plugin.state} for plugin in found.plugins]
    return {"core": found.core, "plugins": plugins, "troubles": [attrs.asdict(trouble) for trouble in found.troubles], "grave": found.grave}


def _print(found: "Diagnosis") -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    table = plain_table("plugin", "distribution", "made for core", "import", "provides", "state")
    for plugin in found.plugins:
        table.add_row(*_cells(plugin))
    Console().print(table)
    click.echo(f"\ncore {found.core or 'from its source tree'}, Python {sys.version.split()[0]} in {sys.prefix}")
    for plugin in found.plugins:
        _tell(f"{plugin.plugin} ({plugin.distribution} {plugin.version})", plugin.troubles)
    _tell("the environment", found.troubles)
    click.echo(f"\n{counted(found.grave, 'thing')} to mend" if found.grave else "\nall is well")


def _cells(plugin: "Examined") -> tuple[str, ...]:
    from rich.markup import escape

    asked = "" if plugin.plugin == "builtin" else plugin.requires or "unsaid"
    taken = "" if plugin.import_s is None else f"{plugin.import_s:.2f} s"
    provides = [f"{kind}: {', '.join(names)}" for kind, names in plugin.provides.items()]
    commands = [f"commands: {', '.join(plugin.commands)}"] if plugin.commands else []
    cells = (plugin.plugin, f"{plugin.distribution} {plugin.version}", asked, taken, "\n".join([*provides, *commands]), plugin.state)
    return tuple(map(escape, cells))


def _tell(whose: str, troubles: "Iterable[Trouble]") -> None:
    for trouble in troubles:
        click.echo(f"\n{'' if trouble.grave else 'note: '}{whose}: {trouble.what}")
        if trouble.mend:
            click.echo(f"  to mend: {trouble.mend}")
