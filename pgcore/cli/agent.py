"""``pgcore agent``: run agents and devices as a process of their own, that sees nothing but messages."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from pgcore.cli.group import Refusal
from pgcore.cli.options import set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.contracts.broker import MessageBroker
    from pgcore.running.own_policy import OwnPolicy
    from pgcore.spec.model import Terms

STDIN = "-"
"""In place of a spec: it is read from standard input, as JSON."""

ALONE = 3
"""Exit status when the environment is gone."""


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@spec_argument
@click.option("--broker", default="", metavar="TYPE[:ADDRESS]", help="Where the environment is, such as socket:HOST:PORT; run.broker unless given.")
@click.option("--policy", default="", help="Let the agents choose themselves: idle, random, or module:callable. The environment does, unless given.")
@set_option
@click.pass_context
def agent(ctx: click.Context, names: tuple[str, ...], spec: str, broker: str, policy: str, sets: tuple[str, ...]) -> None:
    """Run agents or devices as a process of their own, that sees nothing but messages.

    NAME... are those of a run that was started with `pgcore run SPEC --wait-for-agents`. Of SPEC only run.broker, run.env_id, run.seed,
    run.deadline_s and episode.step_min are read: its network is never loaded, and all that the agents need to know comes from the environment.
    With SPEC -, JSON is read from standard input.
    """
    from pgcore.channels import ChannelError, check_actor_id
    from pgcore.running.imported import PolicyError

    try:
        for name in names:
            check_actor_id(name)
    except ChannelError as error:
        raise Refusal(str(error)) from error
    if policy and all("." in name for name in names):
        raise Refusal(f"--policy {policy}: {', '.join(names)} are devices, and only agents have a policy")
    catalog = _catalog(ctx, spec)
    terms = _terms(spec, catalog, sets, broker)
    made: list[OwnPolicy] = []
    try:
        status = _serve(list(dict.fromkeys(names)), terms, catalog, policy, made)
    except PolicyError as error:
        raise Refusal(str(error)) from error
    finally:
        _tell_failures(made)
    ctx.exit(status)


def _catalog(ctx: click.Context, spec: str) -> "Catalog":
    from pgcore.catalog import Catalog
    from pgcore.enrolment import NEEDED

    given = ctx.find_object(Catalog)
    if given is not None:
        return given
    with redirect_stdout(sys.stderr):
        return Catalog.discover(kinds=NEEDED if spec == STDIN else (*NEEDED, "scenario"))  # a spec's file may extend a scenario


def _terms(spec: str, catalog: "Catalog", sets: Sequence[str], broker: str) -> "Terms":
    from pgcore.spec.terms import load_terms

    source: str | Mapping[str, Any] = json.load(sys.stdin) if spec == STDIN else spec
    return load_terms(source, catalog=catalog, sets=sets, broker=broker)


def _serve(names: list[str], terms: "Terms", catalog: "Catalog", policy: str, made: "list[OwnPolicy]") -> int:
    """Serve until the run is over; the exit status."""
    from pgcore.agents.serving import Service
    from pgcore.brokers.wrapped import wrapped
    from pgcore.channels import ChannelManager
    from pgcore.contracts.broker import BrokerFault
    from pgcore.enrolment import enrolling
    from pgcore.running.halting import halting

    if not terms.broker.broker.remote:
        raise Refusal(f"{', '.join(names)}: a broker of type {terms.broker.broker.type} does not reach other processes; {_REMOTE}")
    policy_for = _policies(policy, made) if policy else None
    moves: MessageBroker = wrapped(terms.broker, terms, terms.step_min)
    with halting() as halt:
        try:
            moves.open(hub=False)
            service = Service(names, moves, ChannelManager(terms.env_id), enrolling(catalog), policy_for)
        except BrokerFault as error:
            raise Refusal(str(error)) from error
        try:
            service.run(lambda: halt.asked)
        except BrokerFault as error:
            click.echo(f"{', '.join(names)}: {error}", err=True)
            return ALONE
        finally:
            moves.close()
    return halt.status


_REMOTE = "give --broker socket:HOST:PORT, with the address of the environment"


def _policies(text: str, made: "list[OwnPolicy]") -> Any:
    from pgcore.running.own_policy import own_policies

    return own_policies(text, made)


def _tell_failures(made: "list[OwnPolicy]") -> None:
    for policy in made:
        for said, count in policy.failures.items():
            click.echo(f"{policy.post.agent}: its policy failed {count} times, and its last action was held: {said}", err=True)
