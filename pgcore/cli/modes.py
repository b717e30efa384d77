"""Options that say in which mode a spec is run, short for settings of its ``run`` section."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.spec.model import Spec

F = TypeVar("F", bound=Callable[..., Any])


def mode_options(command: F) -> F:
    """Options ``--mode`` and ``--actors``; the function gets them as ``mode`` and ``actors``, ``None`` where not given."""
    actors = "What is an actor of its own in distributed mode: each agent, or each device too."
    command = click.option("--actors", type=click.Choice(["agents", "devices"]), help=actors)(command)
    mode = "Who calls the agents; distributed: messages alone, in memory if the spec names no broker."
    return click.option("--mode", type=click.Choice(["centralized", "distributed"]), help=mode)(command)


def load(spec: str, catalog: "Catalog", sets: Sequence[str], mode: str | None, actors: str | None) -> "Spec":
    """The spec in that mode. Where it names no broker and needs one, messages are moved in memory.

    Raises:
        SpecError: with all that is wrong with the spec.
    """
    from pgcore.spec.load import load_spec

    given = {"run.mode": mode, "run.actors": actors}
    own = tuple(f"{path}={value}" for path, value in given.items() if value is not None)
    if mode == "distributed":
        broker = load_spec(spec, catalog=catalog, sets=(*sets, "run.mode=centralized")).run.broker
        own = own if broker is not None else (*own, "run.broker={type: in_memory}")
    return load_spec(spec, catalog=catalog, sets=(*sets, *own))
