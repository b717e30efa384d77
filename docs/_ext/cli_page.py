"""The page of the command line: every subcommand with its arguments and options."""

import inspect
from collections.abc import Iterator

import click
from markdown import code, table

from pgcore.cli import main


def cli_page() -> str:
    """The page."""
    intro = (
        "Made from the commands themselves; `pgcore COMMAND --help` prints the same. Exit status: 0 when all is well, 2 when what was asked for "
        "cannot be done, 130 after Ctrl-C; "
        "`plugins check` and `plugins doctor` answer 1 when something has to be mended, "
        "`replay` when a run differs.\n\nSPEC is a file or the name of a scenario."
    )
    parts = ["# Command line", intro]
    for command, path in _commands(main, click.Context(main, info_name="pgcore")):
        parts += _section(command, path)
    return "\n\n".join(parts) + "\n"


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """Every command that can be called, groups opened, each with its context."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)
        else:
            yield command, inner


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}"
    yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
    yield inspect.cleandoc(command.help or "")
    records = [found for option in command.get_params(context) if isinstance(option, click.Option) and (found := option.get_help_record(context))]
    yield table(("option", "meaning"), [(code(names), doc) for names, doc in records])
