"""Summary: what a run came to, for each agent and device; summaries of stretches of a run add up."""

import math
from typing import Any, TypeVar, cast

import attrs
from attrs import frozen

S = TypeVar("S")


@frozen
class AgentSummary:
    """What one agent's steps came to."""

    name: str
    cost: float = 0.0
    """In the spec's currency."""
    reward: float = 0.0
    violation: float = 0.0
    """As its reward counts it."""
    violated_steps: int = 0
    unserved_mwh: float = 0.0
    imported_mwh: float = 0.0
    """Energy into its area through its meters."""
    exported_mwh: float = 0.0
    vm_min_pu: float = math.inf
    """Lowest voltage of its area where it was energised and the power flow had a solution; ``inf`` when it never was."""
    vm_max_pu: float = -math.inf

    def plus(self, other: "AgentSummary") -> "AgentSummary":
        """Both stretches together."""
        return _plus(self, other)


@frozen
class DeviceSummary:
    """The energy that one device exchanged with the grid."""

    name: str
    agent: str
    """Empty for a device of the background."""
    produced_mwh: float = 0.0
    consumed_mwh: float = 0.0

    def plus(self, other: "DeviceSummary") -> "DeviceSummary":
        """Both stretches together."""
        return _plus(self, other)


@frozen
class Summary:
    """What a run came to. The background's devices are among ``devices``, the voltages are those of all buses."""

    agents: tuple[AgentSummary, ...]
    devices: tuple[DeviceSummary, ...]
    episodes: int = 0
    steps: int = 0
    diverged_steps: int = 0
    losses_mwh: float = 0.0
    loading_max_percent: float = 0.0
    vm_min_pu: float = math.inf
    vm_max_pu: float = -math.inf

    @property
    def cost(self) -> float:
        """Of all agents."""
        return math.fsum(agent.cost for agent in self.agents)

    @property
    def reward(self) -> float:
        """Of all agents."""
        return math.fsum(agent.reward for agent in self.agents)

    @property
    def violation(self) -> float:
        """Of all agents."""
        return math.fsum(agent.violation for agent in self.agents)

    @property
    def unserved_mwh(self) -> float:
        """Of all agents."""
        return math.fsum(agent.unserved_mwh for agent in self.agents)

    def plus(self, other: "Summary") -> "Summary":
        """Both stretches together.

        Raises:
            ValueError: they are not of the same agents and devices.
        """
        agents = tuple(a.plus(b) for a, b in zip(self.agents, other.agents, strict=True))
        devices = tuple(a.plus(b) for a, b in zip(self.devices, other.devices, strict=True))
        return attrs.evolve(_plus(self, other), agents=agents, devices=devices)

    def plain(self) -> dict[str, Any]:
        """The summary as data for JSON: agents and devices by name, ``None`` where there is no number."""
        totals = {name: getattr(self, name) for name in ("cost", "reward", "violation", "unserved_mwh")}
        own = attrs.asdict(self, filter=lambda field, _: field.name not in ("agents", "devices"))
        parts = {kind: {item.name: _named(item) for item in getattr(self, kind)} for kind in ("agents", "devices")}
        return {**_finite({**own, **totals}), **parts}


def _plus(one: S, other: S) -> S:
    """Numbers are added, but for extremes; all else must be equal."""
    changes: dict[str, Any] = {}
    for field in attrs.fields(cast(Any, type(one))):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, str) and a != b:
            raise ValueError(f"found {field.name} {b!r}, expected {a!r}: summaries add up only for the same agents and devices")
        if isinstance(a, int | float):
            changes[field.name] = _joined(field.name, a, b)
    return cast(S, attrs.evolve(cast(Any, one), **changes))


def _joined(name: str, a: float, b: float) -> float:
    if "_min_" in name:
        return min(a, b)
    return max(a, b) if "_max_" in name else a + b


def _named(item: Any) -> dict[str, Any]:
    return _finite(attrs.asdict(item, filter=lambda field, _: field.name != "name"))


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in values.items()}
