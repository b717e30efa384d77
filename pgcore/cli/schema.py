"""``pgcore schema``: write the JSON Schema of specs, for completion and checks in editors."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgcore.cli.options import pass_catalog

if TYPE_CHECKING:
    from pgcore.catalog import Catalog


@click.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of the terminal.")
@pass_catalog
def schema(catalog: "Catalog", output: Path | None) -> None:
    """Write a JSON Schema of specs that knows the types of the installed plugins.

    An editor with a YAML language server uses it when a spec starts with: # yaml-language-server: $schema=FILE
    """
    from pgcore.spec.schema import schema as schema_of

    text = json.dumps(schema_of(catalog), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"wrote {output}; start a spec with: # yaml-language-server: $schema={output}")
