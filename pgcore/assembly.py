"""Assembly: from a linked spec to an environment, giving every part only what it needs to know."""

from collections.abc import Sequence

import numpy as np

from pgcore.agents.charter import Area, Charter
from pgcore.agents.grid_agent import GridAgent
from pgcore.barrier import Patience
from pgcore.brokered import BrokeredTeam
from pgcore.brokers.wrapped import wrapped
from pgcore.clock import calendar_of
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Port
from pgcore.contracts.network import Topology
from pgcore.contracts.protocol import Horizontal
from pgcore.distribution import in_process, papers_of, ranks_of
from pgcore.env import GridEnv, Role
from pgcore.feeds import Feeds, feeds
from pgcore.labels import Labels, labels
from pgcore.plant import Plant
from pgcore.spec.linked import AgentPlan, Linked, PlacedDevice
from pgcore.team import LocalTeam, Team
from pgcore.world import Meter, Sight, Wiring, World


def assemble(linked: Linked) -> GridEnv:
    """Build the environment of a linked spec. In distributed mode its agents are actors that take turns in this thread.

    Raises:
        ValueError: the backend cannot take the network; the message says what to use instead.
    """
    return _environment(linked, _local(linked) if linked.spec.run.mode == "centralized" else brokered(linked))


def _environment(linked: Linked, team: Team) -> GridEnv:
    calendar = calendar_of(linked.series.values(), linked.spec.episode, linked.spec.forecast_steps)
    levels = {plan.name: plan.level for plan in linked.agents}
    roles = {agent.name: Role(agent.actions, agent.slots, levels[agent.name]) for agent in team.agents}
    return GridEnv(roles, team, _world(linked), linked.spec.horizontal, calendar, linked.spec.episode, linked.spec.reward)


def _local(linked: Linked) -> LocalTeam:
    placed = _ordered(linked)
    calendar = calendar_of(linked.series.values(), linked.spec.episode, linked.spec.forecast_steps)
    return LocalTeam([_agent(plan, linked) for plan in linked.agents], _plant(placed), _feeds(placed, linked), calendar)


def brokered(linked: Linked) -> BrokeredTeam:
    """The team of a linked spec, reached by messages; its actors take turns in this thread."""
    run, step_min, placed = linked.spec.run, linked.spec.episode.step_min, _ordered(linked)
    agents, plant, inputs = [_agent(plan, linked) for plan in linked.agents], _plant(placed), _feeds(placed, linked)
    papers = papers_of(agents, plant, inputs, step_min, run.actors)
    ranks = ranks_of(agents, plant, inputs, step_min, papers)
    assert run.broker is not None  # the spec was refused otherwise
    broker = wrapped(run.broker, run, step_min)
    return in_process(ranks, papers, broker, run.env_id, Patience(run.deadline_s, run.on_silence, run.retries))


def _plant(placed: Sequence[PlacedDevice]) -> Plant:
    return Plant(tuple(d.name for d in placed), tuple(d.device for d in placed))


def _feeds(placed: Sequence[PlacedDevice], linked: Linked) -> Feeds:
    return feeds([d.device for d in placed], [d.feeds for d in placed], linked.series, linked.spec.episode.step_min)


def _agent(plan: AgentPlan, linked: Linked) -> GridAgent:
    placed = [linked.devices[i] for i in plan.devices]
    own = Plant(tuple(d.name.removeprefix(f"{plan.name}.") for d in placed), tuple(d.device for d in placed))
    parent = next((p for p in linked.agents if p.name == plan.parent), None)
    peers = sum(not p.children for p in linked.agents)
    charter = Charter(
        plan.name, plan.parent, plan.children, plan.vertical, linked.spec.reward, own,
        _area(plan, labels(linked.network.topology)), _places(plan, placed),
        parent.vertical.gives if parent else (), _bargains(plan, linked), peers, plan.forecast_steps,
    )  # fmt: skip
    return GridAgent(charter, linked.spec.episode.step_min / 60.0)


def _bargains(plan: AgentPlan, linked: Linked) -> tuple[Horizontal, ...]:
    """Peers are the agents without agents below them."""
    return () if plan.children else linked.spec.horizontal


def _area(plan: AgentPlan, names: Labels) -> Area:
    groups = ((names.buses, plan.area_buses), (names.lines, plan.area_lines), (names.trafos, plan.area_trafos))
    return Area(*(tuple(kind[i] for i in chosen) for kind, chosen in groups))


def _places(plan: AgentPlan, placed: list[PlacedDevice]) -> Index:
    at = [int(np.searchsorted(plan.area_buses, d.target)) if d.place == "bus" else -1 for d in placed]
    return _index(at)


def _world(linked: Linked) -> World:
    ordered = _ordered(linked)
    controllers = [i for i, d in enumerate(ordered) if d.device.control is not None]
    solver = linked.spec.run.backend.compile(linked.network, ports(linked))
    base_p_mw, base_q_mvar = _replaced(ordered, linked.network.topology)
    bus = _index([d.target if d.place == "bus" and not d.device.metered else -1 for d in ordered])
    wiring = Wiring(tuple(d.name for d in ordered), bus, _index(controllers), base_p_mw, base_q_mvar)
    sights = {plan.name: _sight(plan, linked) for plan in linked.agents}
    background = Sight(_background_buses(linked), _index([]), _index([]), ())
    return World(solver, wiring, sights, background, labels(linked.network.topology))


def _background_buses(linked: Linked) -> Index:
    """A bus for each device of the background; any bus for one that is not at a bus."""
    return _index([d.target if d.place == "bus" else 0 for d in linked.devices if not d.owner])


def ports(linked: Linked) -> tuple[Port, ...]:
    """What the devices of a linked spec can change at the solver besides injections, in device order."""
    return tuple(Port(d.device.control, d.target, d.place) for d in _ordered(linked) if d.device.control is not None)


def _ordered(linked: Linked) -> list[PlacedDevice]:
    """Agents' devices first, then the background's."""
    return [d for d in linked.devices if d.owner] + [d for d in linked.devices if not d.owner]


def _replaced(ordered: list[PlacedDevice], topology: Topology) -> tuple[Array, Array]:
    """Power that takes out the network loads for which devices stand."""
    base_p_mw, base_q_mvar = np.zeros(len(topology)), np.zeros(len(topology))
    for load in [d.takes_load for d in ordered if d.takes_load is not None]:
        base_p_mw[topology.loads.bus[load]] += topology.loads.p_mw[load]
        base_q_mvar[topology.loads.bus[load]] += topology.loads.q_mvar[load]
    return base_p_mw, base_q_mvar


def _sight(plan: AgentPlan, linked: Linked) -> Sight:
    meters = tuple(_meter(linked.devices[i], plan, linked.network.topology) for i in plan.devices if linked.devices[i].device.metered)
    return Sight(plan.area_buses, plan.area_lines, plan.area_trafos, meters)


def _index(positions: Sequence[int]) -> Index:
    return np.array(positions, dtype=np.intp)


def _meter(placed: PlacedDevice, plan: AgentPlan, topology: Topology) -> Meter:
    """A branch is read at its from end; the power counts into the area, so it is negated where that end lies inside."""
    if placed.place == "bus":
        return Meter("bus", placed.target, 1.0)
    inside = bool(np.isin(topology.branches(placed.place).from_bus[placed.target], plan.area_buses))
    return Meter(placed.place, placed.target, -1.0 if inside else 1.0)
