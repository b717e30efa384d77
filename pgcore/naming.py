"""Naming: the rules that names within an environment follow."""

import re
from collections.abc import Iterable, Sequence

LEGAL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""What the name of an agent or of a device is made of."""

LONGEST = 64
"""Characters that a name may have."""

RESERVED = ("environment",)
"""Names that are taken."""

CONFUSING = re.compile(r".*__|.*_to_|to_|.*_to$|.*_$")
"""Parts that also separate the pieces of a channel's name, such as ``env_0__action__MG1_to_ess``."""


def look_alikes(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names that differ in nothing but upper and lower case, or in a dot for an underscore: people, file systems and topics mix them up.

    >>> look_alikes(["MG1", "mg1", "MG1.ess", "MG1_ess", "MG2"])
    [('MG1', 'mg1'), ('MG1.ess', 'MG1_ess')]
    """
    seen: dict[str, str] = {}
    pairs = []
    for name in names:
        first = seen.setdefault(name.casefold().replace(".", "_"), name)
        if first != name:
            pairs.append((first, name))
    return pairs


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """The names, with ``#2``, ``#3`` … behind those that were there before.

    >>> unique(["bus", "pole", "bus"])
    ('bus', 'pole', 'bus#2')
    """
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(made)


def owner(device: str) -> str:
    """The agent that a device belongs to by its full name; empty for one of the background.

    >>> owner("MG1.ess"), owner("feeder-3")
    ('MG1', '')
    """
    return device.partition(".")[0] if "." in device else ""


def shared_name(device: str) -> str:
    """The name that devices share in tables and pictures: without the agent, and without the number of one that was dealt out over several buses.

    >>> shared_name("MG1.homes-3")
    'homes'
    """
    return re.sub(r"-\d+$", "", device.partition(".")[2] or device)
