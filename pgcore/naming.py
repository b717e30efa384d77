"""Naming: names made unique."""

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
