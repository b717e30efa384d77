"""Layout: the agents of a spec, depth first, each with its devices and with the part of the network that it may see."""

from collections.abc import Iterator, Mapping

import numpy as np
from attrs import define, field

from pgcore.columns import Index
from pgcore.contracts.network import Branches
from pgcore.spec.flaws import Flaw, problems_of
from pgcore.spec.linked import AgentPlan, PlacedDevice
from pgcore.spec.model import AgentEntry
from pgcore.spec.placing import Placer
from pgcore.spec.problems import Path

LOWEST_LEVEL = 2
"""Level of an agent with no agents below it (1 is a device's)."""


@define
class Layout:
    """Agents and devices in their final order, with the path in the spec that each device comes from."""

    placer: Placer
    agents: list[AgentPlan] = field(factory=list)
    devices: list[PlacedDevice] = field(factory=list)
    paths: list[Path] = field(factory=list)

    def add_agents(self, entries: Mapping[str, AgentEntry], parent: str | None, path: Path) -> int:
        """Add agents and those below them; returns the highest level among them (1 when there are none)."""
        return max((self.add_agent(name, entry, parent, (*path, name)) for name, entry in entries.items()), default=LOWEST_LEVEL - 1)

    def add_agent(self, name: str, entry: AgentEntry, parent: str | None, path: Path) -> int:
        first, slot = len(self.devices), len(self.agents)
        for device, placed in entry.devices.items():
            self.add_devices(self.placer.place(device, name, placed, (*path, "devices", device)), (*path, "devices", device))
        own = tuple(range(first, len(self.devices)))
        level = 1 + self.add_agents(entry.agents, name, (*path, "agents"))
        topology = self.placer.network.topology
        buses = self.area(entry, own, path)
        lines, trafos = within(topology.lines, buses, 2), within(topology.trafos, buses, 1)
        plan = AgentPlan(name, parent, tuple(entry.agents), level, entry.vertical, own, buses, lines, trafos, entry.forecast_steps)
        self.agents.insert(slot, plan)
        return level

    def add_devices(self, placed: Iterator[PlacedDevice], path: Path) -> None:
        for device in placed:
            self.devices.append(device)
            self.paths.append(path)

    def area(self, entry: AgentEntry, own: tuple[int, ...], path: Path) -> Index:
        """Positions of the buses that an agent may see: those it is given and those of its devices."""
        topology = self.placer.network.topology
        if entry.area == "all":
            return np.arange(len(topology), dtype=np.intp)
        buses = {self.devices[index].target for index in own if self.devices[index].place == "bus"}
        for index, ref in enumerate(entry.area):
            try:
                buses.add(self.placer.lookups["bus"].position(ref))
            except Flaw as flaw:
                self.placer.problems.extend(problems_of(flaw, (*path, "area", index)))
        return np.array(sorted(buses), dtype=np.intp)


def ends_within(branches: Branches, buses: Index) -> Index:
    """How many ends of each branch lie at the given buses, shape ``(n,)``."""
    inside = np.isin(branches.from_bus, buses).astype(np.intp) + np.isin(branches.to_bus, buses).astype(np.intp)
    return np.asarray(inside, dtype=np.intp)


def within(branches: Branches, buses: Index, ends: int) -> Index:
    """Positions of the branches with at least ``ends`` ends at the given buses."""
    return np.flatnonzero(ends_within(branches, buses) >= ends)
