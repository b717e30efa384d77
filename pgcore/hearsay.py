"""Hearsay: what the environment knows of its agents' reports, with what it says itself where one was not heard or was made from old data."""

from collections.abc import Collection, Mapping, Sequence

import attrs
import numpy as np

from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Reporting
from pgcore.columns import Array, Flags
from pgcore.messages import NetworkState, Report
from pgcore.plant import Effects

_COLUMNS = ("observation", "cost", "violation", "reward")


class Hearsay:
    """The last report of every agent. A lost or stale one never makes an agent look better than the environment itself can tell."""

    def __init__(self, agents: Sequence[GridAgent], reporting: Reporting) -> None:
        self.agents, self.reporting = tuple(agents), reporting
        self.last: dict[str, Report] = {}

    def forget(self) -> None:
        """An episode begins."""
        self.last = {}

    def joint(self, heard: Mapping[str, Report], view: NetworkState, effects: Effects, ages: Array) -> Report:
        """Everyone's report side by side.

        Args:
            heard: what was heard in this tick.
            view: what the environment sees of all areas.
            effects: what all agents' devices are taken to have done.
            ages: for each agent, the steps since the oldest of what was last heard of its devices.
        """
        said = [heard.get(agent.name) or self._held(agent, view) for agent in self.agents]
        self.last = {agent.name: report for agent, report in zip(self.agents, said, strict=True)}
        observation, cost, violation, reward = (np.concatenate([getattr(report, name) for report in said], axis=1) for name in _COLUMNS)
        details: dict[str, Array | Flags] = {name: np.concatenate([report.details[name] for report in said], axis=1) for name in said[0].details}
        age = np.maximum(details["age"], ages)
        stale = age > view.age[:, None]
        details["age"] = age
        joint = Report(observation, cost, violation, reward, self._masks(said), details)
        return self._audited(joint, heard, view, effects, stale) if stale.any() else joint

    def _held(self, agent: GridAgent, view: NetworkState) -> Report:
        """The agent's last report, a step older; one that shows nothing where there never was one."""
        last = self.last.get(agent.name)
        if last is not None:
            older: dict[str, Array | Flags] = {**last.details, "age": np.add(last.details["age"], 1.0)}
            return attrs.evolve(last, details=older)
        batch = len(view.age)
        low, high = (np.array([getattr(slot, end) for slot in agent.slots], dtype=float) for end in ("low", "high"))
        nothing = np.zeros((batch, 1))
        live = np.ones((batch, 1), dtype=bool)
        details: dict[str, Array | Flags] = {"age": view.age[:, None] + 1.0, "energised": live, "unserved_mwh": nothing}
        return Report(np.clip(np.zeros((batch, len(low))), low, high), nothing, nothing, nothing, None, details)

    def _audited(self, joint: Report, heard: Collection[str], view: NetworkState, effects: Effects, stale: Flags) -> Report:
        """The report with violations and rewards no better, where it is stale, than the environment's own grade of the same step."""
        cost, grade = self.reporting.audit(view, effects)
        missing = np.array([agent.name not in heard for agent in self.agents])
        return attrs.evolve(
            joint,
            cost=np.where(stale & missing, cost, joint.cost),
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
