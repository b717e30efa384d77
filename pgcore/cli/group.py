"""The click group behind ``pgcore``: finds subcommands late and turns errors that a user can mend into one message and status 2."""

import errno
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

COMMANDS: Mapping[str, str] = {
    "run": "Run episodes of SPEC and show what happened: a table, and a picture of the last episode.",
    "replay": "Run the recording in DIR again and prove that it is equal, or name the first step and agent that differ.",
    "validate": "Check SPEC against the installed plugins, its network and its profiles.",
    "describe": "Show a spec's agents, action spaces and observation slots.",
    "schema": "Write a JSON Schema of specs that knows the types of the installed plugins.",
    "bench": "Measure steps per second and where the time goes.",
    "agent": "Run agents or devices as a process of their own, that sees nothing but messages.",
    "compare": "Run SPEC centralized and distributed, with the same random actions, and prove that all of it is equal, or name the first difference.",
    "compare-backends": "Run two backends side by side over an episode and show the largest differences and where they are.",
    "trace": "Show who said what in a step of the trace FILE, as a sequence diagram.",
    "keys": "Make keys to sign messages with.",
    "scenarios": "List and copy ready-made specs.",
    "plugins": "List plugins, show what they provide, and find out what is wrong with them.",
    "new-plugin": "Make a plugin's package called NAME: typed code, tests that pass, documentation.",
    "version": "Show the versions of pgcore, its plugins and libraries.",
}
"""The core's own subcommands with the line that ``--help`` shows. Command ``a-b`` is the click command ``a_b`` in ``pgcore.cli.a_b``.

The lines stand here, and not only in the modules, so that ``pgcore --help`` imports none of them (it must answer within 0.3 s).
"""


class Commands(click.Group):
    """A group that imports a subcommand when it is called and asks plugins only for a name that is not the core's own.

    ``--help`` does not list plugins' commands: finding them means importing every plugin, and how long that takes is not in our hands.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return _from_plugins(cmd_name)
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"pgcore.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if _is_broken_pipe(error):
                raise
            if isinstance(error, _mendable()):
                raise Refusal(_message(error)) from error
            hint = "This is a bug, or a fault in a plugin: `pgcore plugins list` and `pgcore version` say what is installed."
            error.add_note(f"\n{hint}")
            raise


class Refusal(click.ClickException):
    """The command cannot do what was asked for, for a reason that the user can mend: printed without a traceback, exit status 2."""

    exit_code = 2


def _from_plugins(name: str) -> click.Command | None:
    """A plugin's command; broken plugins are named, since one of them may have had it."""
    from pgcore.cli.extension import plugin_commands

    commands, failures = plugin_commands()
    if name not in commands:
        for failure in failures:
            click.echo(f"Warning: {failure}", err=True)
        return None
    return commands[name].command


def _mendable() -> tuple[type[Exception], ...]:
    """Errors that say what the user can do. Imported only once something has failed, to keep the command quick."""
    from pgcore.barrier import AgentSilent
    from pgcore.brokers.keys import KeyringError
    from pgcore.catalog import UnknownType
    from pgcore.contracts.broker import BrokerFault
    from pgcore.enrolment import EnrolmentError
    from pgcore.extras import MissingExtra
    from pgcore.plugins.loading import PluginError
    from pgcore.spec.problems import SpecError

    return (SpecError, UnknownType, PluginError, MissingExtra, OSError, BrokerFault, AgentSilent, KeyringError, EnrolmentError)


def _is_broken_pipe(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
