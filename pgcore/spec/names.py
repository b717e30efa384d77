"""Names of agents and devices: which are legal, and that none is another's, or looks like it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pgcore.naming import CONFUSING, LEGAL, LONGEST, RESERVED, look_alikes
from pgcore.spec.problems import Path, Problem


def wrong_names(document: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the names of a plain document."""
    seen: dict[str, Path] = {}
    actors: dict[str, Path] = {}
    return [
        *_agents(document.get("agents"), ("agents",), seen, actors),
        *_devices(document.get("background"), ("background",)),
        *_look_alikes(actors),
    ]


def _agents(agents: Any, path: Path, seen: dict[str, Path], actors: dict[str, Path]) -> Iterator[Problem]:
    """Problems of agents and of those below them; notes under which name each actor goes, and where it is."""
    for name, agent in agents.items() if isinstance(agents, Mapping) else ():
        here = (*path, name)
        yield from _name(name, here, "an agent")
        if name in seen:
            other = ".".join(map(str, seen[name]))
            yield Problem(here, f"an agent of this name is at {other}", hint="give each agent of the tree a name of its own", of_name=True)
        seen.setdefault(name, here)
        actors.setdefault(name, here)
        if isinstance(agent, Mapping):
            devices = agent.get("devices")
            actors.update({f"{name}.{device}": (*here, "devices", device) for device in (devices if isinstance(devices, Mapping) else ())})
            yield from _devices(devices, (*here, "devices"))
            yield from _agents(agent.get("agents"), (*here, "agents"), seen, actors)


def _look_alikes(actors: Mapping[str, Path]) -> Iterator[Problem]:
    for first, second in look_alikes(actors):
        hint = "people, files and topics mix up names that differ in nothing but upper and lower case, or in a dot for an underscore: rename one"
        other = ".".join(map(str, actors[first]))
        yield Problem(actors[second], f"{second} could be confused with {first}, which is at {other}", hint=hint, of_name=True)


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
