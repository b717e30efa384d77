"""Names of agents and devices: which are legal, and that each agent's is its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from pgcore.naming import CONFUSING, LEGAL, LONGEST, RESERVED
from pgcore.spec.problems import Path, Problem


def wrong_names(document: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the names of a plain document."""
    seen: dict[str, Path] = {}
    return list(_agents(document.get("agents"), ("agents",), seen)) + list(_devices(document.get("background"), ("background",)))


def _agents(agents: Any, path: Path, seen: dict[str, Path]) -> Iterator[Problem]:
    for name, agent in agents.items() if isinstance(agents, Mapping) else ():
        here = (*path, name)
        yield from _name(name, here, "an agent")
        if name in seen:
            other = ".".join(map(str, seen[name]))
            yield Problem(here, f"an agent of this name is at {other}", hint="give each agent of the tree a name of its own", of_name=True)
        seen.setdefault(name, here)
        if isinstance(agent, Mapping):
            yield from _devices(agent.get("devices"), (*here, "devices"))
            yield from _agents(agent.get("agents"), (*here, "agents"), seen)


def _devices(devices: Any, path: Path) -> Iterator[Problem]:
    for name in devices if isinstance(devices, Mapping) else ():
        yield from _name(name, (*path, name), "a device")


def _name(name: str, path: Path, owner: str) -> Iterator[Problem]:
    if not LEGAL.fullmatch(name) or len(name) > LONGEST:
        expected = f"{owner}'s name: a letter, then letters, digits, _ or -, at most {LONGEST} in all"
        yield Problem(path, found=f'"{name[:70]}"', expected=expected, of_name=True)
    elif CONFUSING.match(name) or name in RESERVED:
        hint = 'channels are named after agents and devices: avoid "__", "_to_", "to_" in front and "_" or "_to" at the end'
        yield Problem(
            path, "this name could be confused in a channel's name", found=f'"{name}"', expected=f"another name for {owner}", hint=hint, of_name=True
        )
