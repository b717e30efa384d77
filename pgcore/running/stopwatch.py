"""Stopwatch: how the time of a step is spread over the parts of an environment."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from attrs import define, evolve, field

from pgcore.env import GridEnv
from pgcore.team import LocalTeam, Post


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


def time_parts(env: GridEnv) -> Stopwatch:
    """Put timers into an environment whose agents are called directly. It is for measuring: the environment stays a little slower."""
    watch, team = time_solver(env), env.team
    assert isinstance(team, LocalTeam)
    devices = {"step": "devices", "observe": "observations", "allowed": "observations", "respond": "protocols", "settle": "devices"}
    team.plant = Timed(team.plant, watch, devices)  # type: ignore[assignment]
    team.posts = {name: evolve(post, agent=_decides(post, watch)) for name, post in team.posts.items()}
    env.horizontal = [Timed(p, watch, {"clear": "protocols", "residual": "protocols"}) for p in env.horizontal]  # type: ignore[misc]
    parts = {"offers": "protocols", "revise": "protocols", "report": "observations"}
    env.team = Timed(team, watch, parts)  # type: ignore[assignment]
    return watch


def _decides(post: Post, watch: Stopwatch) -> Any:
    return Timed(post.agent, watch, {"decide": "protocols"})


def _timed(method: Any, watch: Stopwatch, part: str) -> Any:
    def run(*args: Any, **options: Any) -> Any:
        watch.start(part)
        try:
            return method(*args, **options)
        finally:
            watch.stop()

    return run
