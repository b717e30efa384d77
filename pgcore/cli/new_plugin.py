"""``pgcore new-plugin``: a complete package to begin a plugin with."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgcore.authoring.kinds import KINDS
from pgcore.cli.group import COMMANDS, Refusal
from pgcore.cli.options import pass_catalog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pgcore.authoring.kinds import Kind
    from pgcore.authoring.names import Names
    from pgcore.catalog import Catalog
    from pgcore.plugins.loading import Broken, Provenance


@click.command("new-plugin")
@click.argument("name")
@click.option("--kind", "kinds", type=click.Choice(tuple(KINDS)), multiple=True, required=True, help="What it provides; may be given more than once.")
@click.option("--dest", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to make the package in; here, if left out.")
@click.option("--author", default="", help="Name of the author, or 'Name <mail address>'.")
@click.option("--license", "licence", type=click.Choice(("Apache-2.0", "none")), help="Licence to put in; asked for in a terminal, else Apache-2.0.")
@pass_catalog
def new_plugin(catalog: "Catalog", name: str, kinds: tuple[str, ...], dest: Path, author: str, licence: str | None) -> None:
    """Make a plugin's package called NAME: typed code, tests that pass, documentation.

    The code is a small example of its kind, to be changed into yours.
    """
    from pgcore.authoring.names import BadName, names_from
    from pgcore.authoring.package import Draft, drafted, written
    from pgcore.plugins.firstparty import DISTRIBUTIONS

    try:
        names = names_from(name, DISTRIBUTIONS.values())
    except BadName as error:
        raise Refusal(str(error)) from error
    chosen = tuple(KINDS[kind] for kind in dict.fromkeys(kinds))
    folder = dest / names.distribution
    obstacles = [*_obstacles(catalog, names, chosen), *_in_the_way(folder)]
    if obstacles:
        raise Refusal("\n".join(obstacles))
    texts = drafted(Draft(names, chosen, _core_version(), author.strip(), licence or _asked_for_licence()))
    written(folder, texts)
    _say_what_next(folder, names, chosen, texts)


def _obstacles(catalog: "Catalog", names: "Names", kinds: "Sequence[Kind]") -> Iterator[str]:
    """Why the names cannot be used beside what is installed, each with what to do."""
    from pgcore.authoring.package import classes_in

    installed: list[Provenance | Broken] = [*catalog.plugins, *catalog.broken, *catalog.left_out]
    for origin in installed:
        if names.type == origin.plugin:
            yield f"a plugin {names.type!r} is installed ({origin.distribution} {origin.version}); choose another name, or uninstall it"
            break
    for kind in kinds:
        if kind.name != "command" and names.type in catalog.names(kind.name):
            yield f"the {kind.name} {names.type!r} is provided by {catalog.provenance(kind.name, names.type)} already; choose another name"
        class_name = kind.offered().replace("Acme", names.stem)
        if not kind.offers and class_name in classes_in(kind):
            yield f"the {kind.words} would be a class {class_name}, which is a name of pgcore's or Python's own; choose another name"
        if kind.name == "command" and names.command in COMMANDS:
            yield f"pgcore has a command {names.command!r} of its own; choose another name"


def _in_the_way(folder: Path) -> Iterator[str]:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        yield f"{folder} exists; choose another name, or another folder to make it in with --dest"


def _asked_for_licence() -> str:
    """Asks where there is somebody to answer."""
    if not sys.stdin.isatty():
        return "Apache-2.0"
    answer: str = click.prompt("Licence", type=click.Choice(("Apache-2.0", "none")), default="Apache-2.0")
    return answer


def _core_version() -> str:
    from importlib import metadata

    from pgcore.plugins.compatibility import CORE

    return metadata.version(CORE)


def _say_what_next(folder: Path, names: "Names", kinds: "Sequence[Kind]", texts: "Mapping[Path, str]") -> None:
    from pgcore.testing.kits import KITS

    first = kinds[0].name
    told = f"pgcore plugins {'check' if first in KITS else 'show'} {names.type} --kind {first}"
    last = {"scenario": f"pgcore run {names.type} --policy random", "command": f"pgcore {names.command}"}
    click.echo(f"made {folder}: {len(texts)} files. Your code goes into {Path(names.package) / first}.py. Next:\n")
    click.echo(f"  cd {folder} && pip install -e '.[test,dev]'")
    click.echo("  pytest")
    click.echo(f"  {last.get(first, told)}")
