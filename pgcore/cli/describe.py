"""``pgcore describe``: a spec's agents, action spaces and observation slots."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.catalog import Catalog


@click.command()
@spec_argument
@set_option
@json_option
@pass_catalog
def describe(catalog: "Catalog", spec: str, sets: tuple[str, ...], as_json: bool) -> None:
    """Show a spec's agents, action spaces and observation slots."""
    from pgcore.adapters.pettingzoo import make_env

    env = make_env(spec, sets=sets, catalog=catalog)
    if as_json:
        click.echo(json.dumps({name: _plain(env, name) for name in env.possible_agents}, indent=2))
    else:
        _show(env)


def _plain(env: "PgcoreEnv", name: str) -> Mapping[str, Any]:
    role = env.roles[name]
    return {
        "level": role.level,
        "action_space": str(env.action_space(name)),
        "actions": [attrs.asdict(dial) for dial in role.actions],
        "observation": [attrs.asdict(slot) for slot in role.slots],
    }


def _show(env: "PgcoreEnv") -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    for name in env.possible_agents:
        role = env.roles[name]
        kind = "SystemAgent" if role.level > 2 else "GridAgent"
        console.print(f"\n[bold]{escape(name)}[/bold]  {kind}, action space {escape(str(env.action_space(name)))}", highlight=False)
        _table(console, "action", [(d.name, d.unit, f"{d.low:g}", f"{d.high:g}", f"{d.default:g}", d.doc) for d in role.actions], "default")
        _table(console, "observation", [(s.name, s.unit, f"{s.low:g}", f"{s.high:g}", s.doc) for s in role.slots])
    episode = env.spec.episode
    console.print(
        f"\n{len(env.possible_agents)} agents, {episode.steps} steps of {episode.step_min:g} min, state of {env.state_space.shape[0]} numbers"
    )


def _table(console: Any, heading: str, rows: Sequence[Sequence[str]], *extra: str) -> None:
    from rich.markup import escape

    from pgcore.cli.tables import plain_table

    table = plain_table("#", heading, "unit", "from", "to", *extra, "meaning")
    for number, row in enumerate(rows):
        table.add_row(str(number), *map(escape, row))
    console.print(table)
