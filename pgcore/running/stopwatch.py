"""Stopwatch: how the time of a step is spread over the parts of an environment."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from attrs import define, field

from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Reporting
from pgcore.env import GridEnv
from pgcore.plant import Plant
from pgcore.team import LocalTeam


@define
class Stopwatch:
    """Adds up the time spent in each part. A part's time does not include that of the parts that it calls."""

    seconds: dict[str, float] = field(factory=dict)
    _open: list[tuple[str, float]] = field(factory=list)

    def start(self, part: str) -> None:
        """Enter a part; the clock of the one that called it stands still."""
        now = perf_counter()
        self._charge(now)
        self._open.append((part, now))

    def stop(self) -> None:
        """Leave the part entered last."""
        now = perf_counter()
        self._charge(now)
        self._open.pop()
        if self._open:
            self._open[-1] = (self._open[-1][0], now)

    def _charge(self, now: float) -> None:
        if self._open:
            part, since = self._open[-1]
            self.seconds[part] = self.seconds.get(part, 0.0) + now - since


class Timed:
    """Stands in for an object and times some of its methods; everything else is the object's own."""

    def __init__(self, inner: Any, watch: Stopwatch, parts: Mapping[str, str]) -> None:
        self._inner = inner
        for method, part in parts.items():
            setattr(self, method, _timed(getattr(inner, method), watch, part))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __len__(self) -> int:
        return len(self._inner)


def time_solver(env: GridEnv) -> Stopwatch:
    """Put a timer around an environment's solver alone."""
    watch = Stopwatch()
    env.world.solver = Timed(env.world.solver, watch, {"solve": "solver"})  # type: ignore[assignment]
    return watch


_CALLS: tuple[tuple[type, Mapping[str, str]], ...] = (
    (Plant, {"step": "devices", "settle": "devices", "respond": "protocols", "observe": "observations", "allowed": "observations"}),
    (GridAgent, {"decide": "protocols", "settle": "protocols"}),
    (Reporting, {"report": "observations"}),
)
"""What agents and devices do, wherever in this process they do it."""


@contextmanager
def timing_parts(env: GridEnv) -> Iterator[Stopwatch]:
    """Timers in every part of an environment, and of no other, while the block runs; they make it slower.

    What a team does besides is ``messages`` where it reaches its agents by them: what is published, moved, read and waited for.
    """
    watch = time_solver(env)
    team, horizontal = env.team, env.horizontal
    local = isinstance(team, LocalTeam)
    asks = {"offers": "protocols", "revise": "protocols", "report": "observations"} if local else dict.fromkeys(_TEAM, "messages")
    env.team = Timed(team, watch, asks)  # type: ignore[assignment]
    env.horizontal = [Timed(p, watch, {"clear": "protocols", "residual": "protocols"}) for p in horizontal]  # type: ignore[misc]
    untimed = [(kind, name, vars(kind)[name]) for kind, parts in _CALLS for name in parts]
    for kind, parts in _CALLS:
        for name, part in parts.items():
            setattr(kind, name, _timed(vars(kind)[name], watch, part))
    try:
        yield watch
    finally:
        for kind, name, method in untimed:
            setattr(kind, name, method)
        env.team, env.horizontal = team, horizontal


_TEAM = ("act", "offers", "revise", "report")
"""The calls of a team in a step."""


def _timed(method: Any, watch: Stopwatch, part: str) -> Any:
    def run(*args: Any, **options: Any) -> Any:
        watch.start(part)
        try:
            return method(*args, **options)
        finally:
            watch.stop()

    return run
