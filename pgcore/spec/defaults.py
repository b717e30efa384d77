"""``defaults:``: parameters that every device of a type starts from."""

from collections.abc import Iterator, Mapping
from typing import Any

from pgcore.spec.problems import Path

SECTION = "defaults"


def entries(document: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every device entry of a document with its path: those of the agents, depth first, then the background's."""
    yield from _of_agents(document.get("agents"), ("agents",))
    yield from _devices(document.get("background"), ("background",))


def fill(document: Mapping[str, Any]) -> dict[Path, Path]:
    """Give devices, in place, what they leave out and ``defaults:`` has for their type; returns where each filled entry came from."""
    defaults = document.get(SECTION)
    filled: dict[Path, Path] = {}
    if not isinstance(defaults, Mapping):
        return filled
    for path, entry in entries(document):
        kind = entry.get("type")
        given = defaults.get(kind) if isinstance(kind, str) else None
        for name, value in given.items() if isinstance(given, Mapping) else ():
            if name not in entry:
                entry[name] = value
                filled[*path, name] = (SECTION, str(kind), name)
    return filled


def _of_agents(agents: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, agent in agents.items() if isinstance(agents, dict) else ():
        if isinstance(agent, dict):
            yield from _devices(agent.get("devices"), (*path, name, "devices"))
            yield from _of_agents(agent.get("agents"), (*path, name, "agents"))


def _devices(devices: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for name, entry in devices.items() if isinstance(devices, dict) else ():
        if isinstance(entry, dict):
            yield (*path, name), entry
