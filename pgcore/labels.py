"""Labels: what the buses, lines and transformers of an environment are called, for tables and pictures."""

from collections.abc import Sequence

import numpy as np
from attrs import frozen

from pgcore.columns import Index
from pgcore.env import GridEnv

_VOLTAGE, _LOADING = ".vm_pu", ".loading_percent"


@frozen
class Labels:
    """One name for each bus, line and transformer, in the topology's order; ``#7`` is one at position 7 that no agent sees."""

    buses: tuple[str, ...]
    lines: tuple[str, ...]
    trafos: tuple[str, ...]


def labels(env: GridEnv, lines: int, trafos: int) -> Labels:
    """The names that the agents' observations use, for a network with so many lines and transformers."""
    counts = (len(env.world.wiring.base_p_mw), lines, trafos)
    found: tuple[dict[int, str], ...] = ({}, {}, {})
    for name, sight in env.world.sights.items():
        slots = [slot.name for slot in env.roles[name].slots]
        buses, own_lines, own_trafos = (np.arange(n)[at] for n, at in zip(counts, (sight.buses, sight.lines, sight.trafos), strict=True))
        loadings = _ending(slots, _LOADING)
        _note(found[0], buses, _ending(slots, _VOLTAGE))
        _note(found[1], own_lines, loadings[: len(own_lines)])
        _note(found[2], own_trafos, loadings[len(own_lines) :])
    return Labels(*(_filled(known, count) for known, count in zip(found, counts, strict=True)))


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


def _ending(slots: Sequence[str], suffix: str) -> list[str]:
    return [slot.removesuffix(suffix) for slot in slots if slot.endswith(suffix)]


def _note(found: dict[int, str], places: Index, names: Sequence[str]) -> None:
    """Keep the names of an area; none of them when a device shows a slot that reads the same."""
    if len(names) == len(places):
        found.update(zip(places.tolist(), names, strict=True))


def _filled(known: dict[int, str], count: int) -> tuple[str, ...]:
    return unique([known.get(place, f"#{place}") for place in range(count)])
