"""Labels: what the buses, lines and transformers of a network are called, in observations, tables and pictures."""

from collections.abc import Sequence

from attrs import frozen

from pgcore.contracts.network import Branches, Topology


@frozen
class Labels:
    """One name for each bus, line and transformer, in the topology's order; no two of a kind are alike."""

    buses: tuple[str, ...]
    lines: tuple[str, ...]
    trafos: tuple[str, ...]


def labels(topology: Topology) -> Labels:
    """The source's names, with ``bus_5``, ``line_0`` and ``trafo_1`` by number where it has none or only a number."""
    buses = [_named(name, "bus", number) for name, number in zip(topology.bus_names, topology.bus_ids, strict=True)]
    return Labels(unique(buses), _branches(topology.lines, "line"), _branches(topology.trafos, "trafo"))


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


def _branches(branches: Branches, word: str) -> tuple[str, ...]:
    return unique([_named(name, word, number) for name, number in zip(branches.names, branches.ids, strict=True)])


def _named(name: str, word: str, number: int) -> str:
    return name if name and not name.isdigit() else f"{word}_{number}"
