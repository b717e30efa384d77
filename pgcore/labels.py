"""Labels: what the buses, lines and transformers of a network are called, in observations, tables and pictures."""

from attrs import frozen

from pgcore.contracts.network import Branches, Topology
from pgcore.naming import unique


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


def _branches(branches: Branches, word: str) -> tuple[str, ...]:
    return unique([_named(name, word, number) for name, number in zip(branches.names, branches.ids, strict=True)])


def _named(name: str, word: str, number: int) -> str:
    return name if name and not name.isdigit() else f"{word}_{number}"
