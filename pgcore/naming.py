"""Naming: the rules that names within an environment follow."""

import re
from collections.abc import Sequence


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
