"""``pgcore version``: what to write into a bug report."""

import json
from typing import TYPE_CHECKING

import click

from pgcore.cli.options import json_option, pass_catalog

if TYPE_CHECKING:
    from pgcore.catalog import Catalog


@click.command()
@json_option
@pass_catalog
def version(catalog: "Catalog", as_json: bool) -> None:
    """Show the versions of pgcore, its plugins and libraries."""
    from pgcore.plugins.versions import versions

    found = versions(catalog.plugins)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    width = max(map(len, found))
    for name, number in found.items():
        click.echo(f"{name:<{width}}  {number}")
