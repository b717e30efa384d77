"""Subcommands that plugins add through the hook ``pgcore_commands``."""

from collections.abc import Iterable
from functools import partial

import click
from attrs import frozen

from pgcore.plugins.loading import Broken, Faulty, Plugin, Provenance, attempt, installed

HOOK = "pgcore_commands"
"""The hook that is asked; only when a command is called that is not the core's own."""


@frozen
class PluginCommand:
    """A plugin's subcommand."""

    command: click.Command
    provenance: Provenance


def plugin_commands() -> tuple[dict[str, PluginCommand], tuple[Broken, ...]]:
    """The installed plugins' subcommands by name, and what failed on the way. Of two with one name the first plugin by name wins."""
    added, failures = added_commands()
    commands: dict[str, PluginCommand] = {}
    for name, command in added:
        commands.setdefault(name, command)
    return commands, failures


def added_commands() -> tuple[list[tuple[str, PluginCommand]], tuple[Broken, ...]]:
    """All subcommands that installed plugins add, also those of a name that is taken, in the order of the plugins; and what failed on the way."""
    loaded = installed()
    commands: list[tuple[str, PluginCommand]] = []
    failures = list(loaded.broken)
    for plugin in _commanders(loaded.plugins):
        added = attempt(plugin.provenance, HOOK, partial(_added, plugin))
        if isinstance(added, Broken):
            failures.append(added)
        else:
            commands += added.items()
    return commands, tuple(failures)


def _commanders(found: Iterable[Plugin]) -> list[Plugin]:
    return [plugin for plugin in found if HOOK in plugin.hooks]


def _added(plugin: Plugin) -> dict[str, PluginCommand]:
    """What one plugin adds to a group of its own, so that it cannot change the commands of others."""
    group = click.Group()
    plugin.hooks[HOOK](cli=group)
    strangers = [name for name, command in group.commands.items() if not isinstance(command, click.Command)]
    if strangers:
        raise Faulty(f"it added {', '.join(map(repr, strangers))}, expected click commands")
    return {name: PluginCommand(command, plugin.provenance) for name, command in group.commands.items()}
