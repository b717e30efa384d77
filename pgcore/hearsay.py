"""Hearsay: what the environment knows of its agents' reports, with what it says itself where one was not heard or was made from old data."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from pgcore.agents.charter import AGE
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Reporting
from pgcore.columns import Array, Flags, Index
from pgcore.messages import NetworkState, Report
from pgcore.plant import Effects

_COLUMNS = ("observation", "cost", "violation", "reward")


class Hearsay:
    """The last report of every agent. A lost or stale one never makes an agent look better than the environment itself can tell."""

    def __init__(self, agents: Sequence[GridAgent], reporting: Reporting) -> None:
        self.agents, self.reporting = tuple(agents), reporting
        self.last: dict[str, Report] = {}
        self._ticks: dict[str, int] = {}
        """The tick of each agent's last report."""
        self._age_slots = _age_slots(agents)

    def forget(self) -> None:
        """An episode begins."""
        self.last, self._ticks = {}, {}

    def hear(self, agent: str, report: Report, tick: int) -> None:
        """Keep a report, late or not, unless a newer one was heard before."""
        if tick >= self._ticks.get(agent, 0):
            self.last[agent], self._ticks[agent] = report, tick

    def joint(self, tick: int, heard: Mapping[str, Report], view: NetworkState, effects: Effects, rows: Index, ages: Array) -> Report:
        """Everyone's report side by side.

        Args:
            tick: the step that is reported on.
            heard: what was heard in this tick; :meth:`hear` was told of it.
            view: what the environment sees of all areas.
            effects: what all devices are taken to have done.
            rows: the step of the profiles that was made.
            ages: for each agent, the steps since the oldest of what was last heard of its devices.
        """
        said = [heard.get(agent.name) or self._held(agent, view, tick) for agent in self.agents]
        observation, cost, violation, reward = (np.concatenate([getattr(report, name) for report in said], axis=1) for name in _COLUMNS)
        details: dict[str, Array | Flags] = {name: np.concatenate([report.details[name] for report in said], axis=1) for name in said[0].details}
        age = np.maximum(details["age"], ages)
        missing = np.array([agent.name not in heard for agent in self.agents])
        stale = (age > view.age[:, None]) | missing
        details["age"] = age
        joint = Report(observation, cost, violation, reward, self._masks(said), details)
        return self._audited(joint, missing, view, effects, rows, stale) if stale.any() else joint

    def _held(self, agent: GridAgent, view: NetworkState, tick: int) -> Report:
        """The agent's last report, as old as it is by now; one that shows nothing where there never was one."""
        last = self.last.get(agent.name)
        if last is not None:
            older: dict[str, Array | Flags] = {**last.details, "age": np.add(last.details["age"], tick - self._ticks[agent.name])}
            return replace(last, details=older)
        batch = len(view.age)
        low, high = (np.array([getattr(slot, end) for slot in agent.slots], dtype=float) for end in ("low", "high"))
        nothing = np.zeros((batch, 1))
        live = np.ones((batch, 1), dtype=bool)
        details: dict[str, Array | Flags] = {"age": np.full((batch, 1), tick + 1.0), "energised": live, "unserved_mwh": nothing}
        free = np.full((batch, len(agent.actions)), np.inf)
        mask = (-free, free) if any(dial.discrete for dial in agent.actions) else None
        return Report(np.clip(np.zeros((batch, len(low))), low, high), nothing, nothing, nothing, mask, details)

    def _audited(self, joint: Report, missing: Flags, view: NetworkState, effects: Effects, rows: Index, stale: Flags) -> Report:
        """The report with its age shown and, where it is stale, violations and rewards no better than the environment's own grade of the step."""
        cost, grade = self.reporting.audit(view, effects, rows)
        at, most = self._age_slots
        observation = joint.observation.copy()
        observation[:, at] = np.maximum(observation[:, at], np.minimum(joint.details["age"], most))
        return replace(
            joint,
            observation=observation,
            cost=np.where(missing, cost, joint.cost),
            violation=np.where(stale, np.maximum(joint.violation, grade.violation), joint.violation),
            reward=np.where(stale, np.minimum(joint.reward, grade.reward), joint.reward),
        )

    def _masks(self, said: Sequence[Report]) -> tuple[Array, Array] | None:
        if all(report.mask is None for report in said):
            return None
        batch = len(said[0].cost)
        free = [np.full((batch, len(agent.actions)), np.inf) for agent in self.agents]
        masks = [(-own, own) if report.mask is None else report.mask for report, own in zip(said, free, strict=True)]
        return np.concatenate([low for low, _ in masks], axis=1), np.concatenate([high for _, high in masks], axis=1)


def _age_slots(agents: Sequence[GridAgent]) -> tuple[Index, Array]:
    """Where the age of what it sees stands in each agent's observation, among those of all agents, and the largest age that is shown."""
    slots = [slot for agent in agents for slot in agent.slots]
    at = np.array([i for i, slot in enumerate(slots) if slot.name == AGE], dtype=np.intp)
    return at, np.array([slots[i].high for i in at], dtype=float)
