"""Where the agents of a run live: the options that say so, and the environment that they come to."""

import shlex
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import frozen

from pgcore.cli.group import Refusal
from pgcore.cli.modes import load

if TYPE_CHECKING:
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.catalog import Catalog
    from pgcore.contracts.broker import MessageBroker
    from pgcore.running.halting import Halt
    from pgcore.spec.model import Spec

F = TypeVar("F", bound=Callable[..., Any])

AS_MANY_AS_CORES = 0
ANY_HOST = ("0.0.0.0", "[::]")


@frozen
class Where:
    """What the options say."""

    processes: int | None = None
    """How many child processes to start; :data:`AS_MANY_AS_CORES`; ``None``: none."""
    restarts: int = 3
    wait_s: float | None = None
    """How long to wait for agents that are started by hand; ``None``: there are none."""
    mode: str | None = None
    actors: str | None = None
    trace: Path | None = None
    """Where to write every message."""


def hosting_options(command: F) -> F:
    """Options ``--processes``, ``--restarts`` and ``--wait-for-agents``; the function gets them as ``processes``, ``restarts`` and ``wait_s``."""
    count, wait = click.IntRange(min=1), click.FloatRange(min=0, min_open=True)
    options = (
        click.option(
            "--processes", is_flag=False, flag_value=AS_MANY_AS_CORES, default=None, type=_OrDefault(count), metavar="[K]",
            help="Run the agents in K child processes; as many as there are cores, unless K is given.",
        ),
        click.option("--restarts", default=3, show_default=True, type=click.IntRange(min=0), help="How often to restart a child process that dies."),
        click.option(
            "--wait-for-agents", "wait_s", is_flag=False, flag_value=60.0, default=None, type=wait, metavar="[SECONDS]",
            help="Wait for agents that are started by hand, with `pgcore agent`; for 60 s, unless SECONDS is given.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def environment(spec: str, catalog: "Catalog", sets: Sequence[str], where: Where, halt: "Halt") -> "tuple[PgcoreEnv, MessageBroker | None]":
    """The environment of a spec, whose agents live where the options say, and what moves its messages; ``None`` if it sends none."""

    if where.processes is not None and where.wait_s is not None:
        raise Refusal("--processes starts the agents and --wait-for-agents waits for others to start them: give one of the two")
    loaded = load(spec, catalog, sets, where.mode, where.actors)
    if where.processes is not None:
        return _in_processes(loaded, where, halt)
    if where.wait_s is not None:
        return _elsewhere(loaded, where, halt, _Command(spec, sets))
    return _in_this_process(loaded, where.trace)


class _OrDefault(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A value of another type, or what stands for an option without one."""

    name = "integer"

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return value if value == AS_MANY_AS_CORES and isinstance(value, int) else self.kind.convert(value, param, ctx)


def _in_this_process(spec: "Spec", trace: Path | None) -> "tuple[PgcoreEnv, MessageBroker | None]":
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.brokers.wrapped import wrapped

    if spec.run.mode == "distributed" and spec.run.broker is not None:
        broker = wrapped(spec.run.broker, spec.run, spec.episode.step_min, trace)
        return PgcoreEnv(spec, broker=broker), broker
    if trace is not None:
        raise Refusal(f"run.mode is {spec.run.mode}: agents that are called directly send no messages to trace; add --mode distributed")
    return PgcoreEnv(spec), None


def _traced(broker: "MessageBroker", trace: Path | None) -> "MessageBroker":
    from pgcore.brokers.traced import TracedBroker

    return broker if trace is None else TracedBroker(broker, trace)


def _in_processes(spec: "Spec", where: Where, halt: "Halt") -> "tuple[PgcoreEnv, MessageBroker]":
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.running.processes import in_processes

    entry = spec.run.broker
    if entry is not None and not entry.broker.remote:
        click.echo(f"run.broker is {entry.broker.type}, which does not reach other processes: messages go over a socket of this host", err=True)
    base, hosts = in_processes(spec, where.processes or None, where.restarts, lambda: halt.overdue)
    broker = _traced(base, where.trace)
    return PgcoreEnv(spec, broker=broker, hosts=hosts), broker


@frozen
class _Command:
    """The command line that starts some agents of a run."""

    spec: str
    sets: Sequence[str]

    def line(self, names: Sequence[str], broker: "MessageBroker") -> str:
        """It, for a shell."""
        address = getattr(broker, "bound_address", "")
        reached = [f"--broker {broker.type}:{_reachable(address)}"] if address else []
        sets = [f"--set {shlex.quote(one)}" for one in self.sets if one.startswith(("run.", "episode.step_min")) and not one.startswith("run.seed=")]
        return " ".join(["pgcore agent", *names, shlex.quote(self.spec), *reached, *sets])


def _reachable(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{gethostname()}:{port}" if host in ANY_HOST else address


def _elsewhere(spec: "Spec", where: Where, halt: "Halt", command: _Command) -> "tuple[PgcoreEnv, MessageBroker]":
    from copy import copy

    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.brokers.wrapped import around
    from pgcore.hosting import Elsewhere

    entry = spec.run.broker
    if entry is None or not entry.broker.remote:
        found = "run.broker is missing" if entry is None else f"a broker of type {entry.broker.type} does not reach other processes"
        hint = 'add to the spec:\n  run:\n    broker: {type: socket, address: "HOST:PORT"}'
        raise Refusal(f"Message broker is not initialized for agents elsewhere: {found}; {hint}")
    base = copy(entry.broker)
    shown: list[Collection[str]] = []

    def told(missing: Collection[str]) -> None:
        if not shown:
            click.echo(f"start the agents with:\n  {command.line(list(missing), base)}", err=True)
        if [missing] != shown[-1:]:
            click.echo(f"waiting for {', '.join(missing)}", err=True)
            shown.append(missing)

    def hosts(papers: Any, moves: "MessageBroker", channels: Any) -> Elsewhere:
        return Elsewhere(
            moves, [one.name for one in papers], lambda names: command.line(names, base), where.wait_s or 0.0, told, lambda: halt.overdue
        )

    broker = _traced(around(base, entry, spec.run, spec.episode.step_min), where.trace)
    return PgcoreEnv(spec, broker=broker, hosts=hosts), broker
