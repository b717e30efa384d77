"""A policy that looks, from inside an agent's process, at all that its agent can reach, and writes down what it found."""

import gc
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType
from typing import Any

import numpy as np

from pgcore.agents.charter import Charter
from pgcore.agents.grid_actor import GridActor
from pgcore.feeds import Feeds
from pgcore.plant import Plant
from pgcore.running.own_policy import Post

FORBIDDEN = (
    "pandapower", "pandas", "pgcore.world", "pgcore.env", "pgcore.assembly", "pgcore.team", "pgcore.brokered", "pgcore.adapters.pettingzoo",
    "pgcore_pandapower.ac", "pgcore_pandapower.linear", "pgcore_pandapower.source", "tests.toys",
)  # fmt: skip
WANTED = ("Network", "Topology", "Case", "Solver", "Flow", "GridEnv", "World", "Linked", "Spec", "BrokeredTeam", "LocalTeam")


class Look:
    """Looks once, and leaves the dials at their defaults."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.looked = False

    def __call__(self, observation: Any, info: Mapping[str, Any]) -> Any:
        if not self.looked:
            self.looked = True
            Path(os.environ["SPYGLASS"]).write_text(json.dumps(found(self.post.agent)))
        return self.post.actions.from_physical(np.array([dial.default for dial in self.post.dials]))


def found(agent: str) -> dict[str, Any]:
    """What is in the process, and what can be reached from the one actor in it."""
    (actor,) = (thing for thing in gc.get_objects() if isinstance(thing, GridActor))
    near = reached(actor)
    everything = [thing for thing in gc.get_objects() if type(thing).__name__ in WANTED]
    return {
        "agent": agent,
        "modules": [name for name in FORBIDDEN if name in sys.modules],
        "reached": len(near),
        "forbidden": sorted({type(thing).__name__ for thing in (*near, *everything) if _is_one_of(type(thing), WANTED)}),
        "charters": [thing.name for thing in near if isinstance(thing, Charter)],
        "devices": sorted({name for thing in near if isinstance(thing, Plant) for name in thing.names}),
        "series": sorted({thing.values.shape for thing in near if isinstance(thing, Feeds)}),
        "texts": sorted({thing for thing in near if isinstance(thing, str)}),
    }


def reached(start: Any) -> list[Any]:
    """Every object that can be reached from ``start`` without going through a class, a module or the globals of a function."""
    seen: dict[int, Any] = {}
    todo = [start]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType | FrameType | BuiltinFunctionType):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, FunctionType):
            todo += [thing.__closure__, thing.__defaults__, thing.__kwdefaults__]
        else:
            todo += gc.get_referents(thing)
    return list(seen.values())


def _is_one_of(kind: type, names: tuple[str, ...]) -> bool:
    return any(base.__name__ in names and base.__module__.startswith("pgcore") for base in kind.__mro__)
