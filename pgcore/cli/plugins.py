"""``pgcore plugins``: what is installed, what is broken, and what a type's options are."""

import json
from typing import TYPE_CHECKING, Any

import attrs
import click

from pgcore.cli.check import check
from pgcore.cli.doctor import doctor
from pgcore.cli.group import Refusal
from pgcore.cli.options import json_option, pass_catalog

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.plugins.loading import Broken, Provenance


@click.group()
def plugins() -> None:
    """List plugins, show what they provide, and find out what is wrong with them."""


plugins.add_command(check)
plugins.add_command(doctor)


@plugins.command("list")
@click.option("--broken", "only_broken", is_flag=True, help="Show what failed, with tracebacks.")
@json_option
@pass_catalog
def list_plugins(catalog: "Catalog", only_broken: bool, as_json: bool) -> None:
    """List the installed plugins and what each provides."""
    rows = [] if only_broken else [_row(catalog, origin) for origin in catalog.plugins]
    if as_json:
        failures = [attrs.asdict(failure) for failure in catalog.broken]
        left_out = [attrs.asdict(origin) for origin in catalog.left_out]
        click.echo(json.dumps({"broken": failures} if only_broken else {"plugins": rows, "broken": failures, "left_out": left_out}, indent=2))
    elif only_broken:
        _print_broken(catalog.broken)
    else:
        _print_rows(rows)
        _print_rest(catalog)


@plugins.command("show")
@click.argument("type")
@click.option("--kind", help="Show only this kind, where several share the type's name.")
@json_option
@pass_catalog
def show(catalog: "Catalog", type: str, kind: str | None, as_json: bool) -> None:
    """Show the options of TYPE: unit, bounds, default and meaning; for a device its knobs, needs and slots too."""
    from pgcore.cli.sheet_view import print_sheet
    from pgcore.plugins.sheets import sheet

    found = [(sheet(k, catalog.get(k, type)), catalog.provenance(k, type)) for k in kinds_of(catalog, type, kind)]
    if as_json:
        click.echo(json.dumps([{**attrs.asdict(page), "provenance": attrs.asdict(origin)} for page, origin in found], indent=2))
        return
    for page, origin in found:
        print_sheet(page, origin)


def kinds_of(catalog: "Catalog", type: str, kind: str | None) -> list[str]:
    """The kinds that have this type.

    Raises:
        UnknownType: none has, or the one asked for has not.
    """
    from pgcore.catalog import KINDS, UnknownType

    classes = [k for k in KINDS if k != "scenario"]
    if kind is not None:
        if kind not in classes:
            raise Refusal(f"there is no kind {kind!r}; the kinds are: {', '.join(classes)}")
        catalog.get(kind, type)
        return [kind]
    kinds = [k for k in classes if type in catalog.types(k)]
    if not kinds:
        raise UnknownType("plugin", type, {name for k in classes for name in catalog.types(k)}, _reason(catalog, type, classes))
    return kinds


def _reason(catalog: "Catalog", type: str, kinds: list[str]) -> str:
    """The first thing that the catalog has to say about a type that it lacks."""
    from pgcore.catalog import UnknownType

    for kind in kinds:
        try:
            catalog.get(kind, type)
        except UnknownType as error:
            if error.hint:
                return error.hint
    return ""


def _row(catalog: "Catalog", origin: "Provenance") -> dict[str, Any]:
    from pgcore.catalog import KINDS

    provides = {kind: [name for name in catalog.names(kind) if catalog.provenance(kind, name) == origin] for kind in KINDS}
    return {**attrs.asdict(origin), "provides": {kind: names for kind, names in provides.items() if names}}


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    table = plain_table("plugin", "distribution", "version", "provides")
    for row in rows:
        provides = "\n".join(f"{kind}: {', '.join(names)}" for kind, names in row["provides"].items())
        table.add_row(row["plugin"], row["distribution"], row["version"], provides)
    Console().print(table)


def _print_rest(catalog: "Catalog") -> None:
    from pgcore.cli.extension import plugin_commands

    commands, _ = plugin_commands()
    if commands:
        click.echo("\ncommands: " + ", ".join(f"{name} ({found.provenance.plugin})" for name, found in commands.items()))
    if catalog.left_out:
        click.echo("\nleft out by PGCORE_PLUGINS: " + ", ".join(origin.plugin for origin in catalog.left_out))
    if catalog.broken:
        click.echo(f"\n{len(catalog.broken)} broken: see `pgcore plugins list --broken`")


def _print_broken(failures: "tuple[Broken, ...]") -> None:
    for failure in failures:
        click.echo(str(failure))
        if failure.traceback:
            click.echo(failure.traceback)
    if not failures:
        click.echo("nothing is broken")
