"""The entry module of a new plugin: a hook for each kind of thing that it provides."""

from collections.abc import Iterable, Sequence

from pgcore.authoring.kinds import Kind


def entry_module(kinds: Sequence[Kind]) -> str:
    """Text of ``pgcore_acme/__init__.py``, in the template's names."""
    hooks = {kind.hook: [one for one in kinds if one.hook == kind.hook] for kind in sorted(kinds, key=lambda kind: kind.hook)}
    classes = [kind for kind in kinds if kind.contract]
    head = ['"""What pgcore-acme provides; everything is imported when it is asked for."""', ""]
    if classes:
        head += ["from collections.abc import Iterable"]
    typed = sorted({f"    from {kind.module} import {_together(kind, classes)}" for kind in classes})
    command = ["    import click"] if len(classes) < len(kinds) else []
    head += ["from typing import TYPE_CHECKING", "", "import pgcore", "", "if TYPE_CHECKING:", *command, *typed]
    return "\n".join(head) + "\n" + "".join(f"\n\n{_hook(hook, given)}" for hook, given in hooks.items())


def _together(kind: Kind, classes: Iterable[Kind]) -> str:
    """What is imported from the kind's contract module: protocols share one."""
    return ", ".join(sorted(one.contract for one in classes if one.module == kind.module))


def _hook(hook: str, kinds: Sequence[Kind]) -> str:
    if hook == "pgcore_commands":
        return _function(hook, "cli: click.Group", "None", "The command ACME.", kinds, "cli.add_command(acme_command)")
    if hook == "pgcore_scenarios":
        return _function(hook, "", "Iterable[Scenario]", "Ready-made specs.", kinds, "return SCENARIOS")
    types = " | ".join(f"type[{kind.contract}]" for kind in kinds)
    doc = f"{_listed(kind.words for kind in kinds)}: ``type: acme``.".capitalize()
    return _function(hook, "", f"Iterable[{types}]", doc, kinds, f"return [{', '.join(kind.offered() for kind in kinds)}]")


def _function(hook: str, argument: str, returned: str, doc: str, kinds: Sequence[Kind], last: str) -> str:
    name, _, annotation = argument.partition(": ")
    argument = f'{name}: "{annotation}"' if annotation else ""
    returned = returned if returned == "None" else f'"{returned}"'
    imports = "\n".join(f"    from pgcore_acme.{kind.name} import {kind.offered()}" for kind in sorted(kinds, key=lambda kind: kind.name))
    return f'@pgcore.hookimpl\ndef {hook}({argument}) -> {returned}:\n    """{doc}"""\n{imports}\n\n    {last}\n'


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
