"""``pgcore scenarios``: list ready-made specs, and copy one to change it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from pgcore.cli.group import Refusal
from pgcore.cli.options import json_option, pass_catalog, set_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pgcore.catalog import Catalog
    from pgcore.contracts.scenario import Scenario


@click.group()
def scenarios() -> None:
    """List and copy ready-made specs."""


@scenarios.command("list")
@json_option
@pass_catalog
def list_scenarios(catalog: "Catalog", as_json: bool) -> None:
    """List the ready-made specs of the installed plugins."""
    found = catalog.scenarios()
    if as_json:
        rows = [{**_row(item), "provenance": attrs.asdict(catalog.provenance("scenario", name))} for name, item in found.items()]
        click.echo(json.dumps(rows, indent=2))
    elif not found:
        click.echo("none are installed; the first-party ones come with: pip install pgcore-microgrids")
    else:
        _print(found.values())


@scenarios.command("copy")
@click.argument("name")
@click.argument("dest", required=False, type=click.Path(path_type=Path))
@set_option
@click.option("--force", is_flag=True, help="Overwrite DEST if it exists.")
@pass_catalog
def copy(catalog: "Catalog", name: str, dest: Path | None, sets: tuple[str, ...], force: bool) -> None:
    """Write the scenario NAME to the file or folder DEST (NAME.yaml here, if left out) as a spec to edit.

    --set gives values to the scenario's parameters.
    """
    scenario = catalog.scenario(name)
    target = Path(f"{name}.yaml") if dest is None else dest / f"{name}.yaml" if dest.is_dir() else dest
    if target.exists() and not force:
        raise Refusal(f"{target} exists; name another file, or overwrite it with --force")
    text = _text(scenario, sets)
    target.write_text(text, encoding="utf-8")
    click.echo(f"wrote {target}; try: pgcore validate {target}")


def _text(scenario: "Scenario", sets: tuple[str, ...]) -> str:
    values = dict(pair.split("=", 1) for pair in sets)
    params = {key: _value(scenario, key, text) for key, text in values.items()}
    try:
        return scenario.text(**params)
    except ValueError as error:
        raise Refusal(str(error)) from error


def _value(scenario: "Scenario", key: str, text: str) -> int | float | str:
    """``text`` as a value of the same type as the parameter's default."""
    wanted = type(scenario.params.get(key, ""))
    try:
        return wanted(text)
    except ValueError as error:
        raise Refusal(f"--set {key}={text}: found {text!r}, expected a value of type {wanted.__name__}") from error


def _row(scenario: "Scenario") -> dict[str, object]:
    return {"name": scenario.name, "doc": scenario.doc, "params": dict(scenario.params)}


def _print(found: "Iterable[Scenario]") -> None:
    from rich.console import Console
    from rich.markup import escape

    from pgcore.cli.tables import plain_table

    table = plain_table("scenario", "parameters", "what it is")
    for item in found:
        params = ", ".join(f"{key}={value}" for key, value in item.params.items())
        table.add_row(*map(escape, (item.name, params, item.doc)))
    Console().print(table)
