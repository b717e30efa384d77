"""Arguments and options that several subcommands share."""

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pgcore.catalog import Catalog

F = TypeVar("F", bound=Callable[..., Any])


def spec_argument(command: F) -> F:
    """Argument ``SPEC``: a file or the name of a ready-made scenario; the function gets it as ``spec: str``."""
    return click.argument("spec", metavar="SPEC")(command)


def set_option(command: F) -> F:
    """Option ``--set a.b.c=value``, as often as wanted; the function gets it as ``sets: tuple[str, ...]``."""
    doc = "Set an entry of the spec, or a parameter of the scenario; may be given more than once."
    return click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", callback=_pairs, help=doc)(command)


def json_option(command: F) -> F:
    """Flag ``--json``; the function gets it as ``as_json: bool``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")(command)


def pass_catalog(command: F) -> F:
    """Hand the function a ``catalog`` as its first argument: that of the installed plugins, or the context's object in tests."""

    @click.pass_context
    def with_catalog(ctx: click.Context, *args: Any, **options: Any) -> Any:
        return ctx.invoke(command, catalog_of(ctx), *args, **options)

    return update_wrapper(with_catalog, command)  # type: ignore[return-value]


def catalog_of(ctx: click.Context) -> "Catalog":
    """The catalog of this invocation: what the caller of ``main`` passed as ``obj``, else that of the installed plugins."""
    from pgcore.catalog import Catalog

    given = ctx.find_object(Catalog)
    if given is not None:
        return given
    with redirect_stdout(sys.stderr):  # what a plugin prints while it loads must not get into the output of --json
        return Catalog.discover()


def _pairs(ctx: click.Context, option: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not value.partition("=")[1] or value.startswith("="):
            raise click.BadParameter(f"found {value!r}, expected PATH=VALUE such as run.seed=7", ctx, option)
    return values
