"""Assembly: from a linked spec to an environment, giving every part only what it needs to know."""

from collections.abc import Sequence

import attrs
import numpy as np

from pgcore.agents.charter import Area, Charter
from pgcore.agents.grid_agent import GridAgent
from pgcore.barrier import Patience
from pgcore.brokered import BrokeredTeam
from pgcore.brokers.wrapped import wrapped
from pgcore.clock import calendar_of
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Port
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.network import Topology
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.distribution import Hosts, in_this_thread, papers_of, ranks_of, team
from pgcore.env import GridEnv, Role
from pgcore.feeds import Feeds, feeds
from pgcore.labels import Labels, labels
from pgcore.plant import Plant
from pgcore.quantity import Slot, bound
from pgcore.spec.linked import AgentPlan, Linked, PlacedDevice
from pgcore.spec.model import Run
from pgcore.team import LocalTeam, Team
from pgcore.world import Meter, Sight, Wiring, World


def assemble(linked: Linked, broker: MessageBroker | None = None, hosts: Hosts | None = None) -> GridEnv:
    """Build the environment of a linked spec. In distributed mode its agents are actors that take turns in this thread, or live where ``hosts`` says.

    Args:
        linked: the spec and all that it names.
        broker: moves the messages of distributed mode instead of the spec's own.
        hosts: starts the actors, or waits for them, elsewhere; the mode is distributed then, whatever the spec says.

    Raises:
        ValueError: the backend cannot take the network; the message says what to use instead.
        AgentSilent: some actors did not join in time; the message names them.
    """
    if hosts is None and linked.spec.run.mode == "centralized":
        return _environment(linked, _local(linked))
    reached = brokered(linked, broker, hosts or in_this_thread)
    try:
        env = _environment(linked, reached)  # meanwhile, actors elsewhere start
        reached.wait_for_all()
    except BaseException:
        reached.close()
        raise
    return env


def _environment(linked: Linked, reached: Team) -> GridEnv:
    calendar = calendar_of(linked.series.values(), linked.spec.episode, linked.spec.forecast_steps)
    levels = {plan.name: plan.level for plan in linked.agents}
    roles = {agent.name: Role(agent.actions, agent.slots, levels[agent.name]) for agent in reached.agents}
    return GridEnv(roles, reached, _world(linked), linked.spec.horizontal, calendar, linked.spec.episode, linked.spec.reward)


def _local(linked: Linked) -> LocalTeam:
    placed = _ordered(linked)
    return LocalTeam(_agents(linked), _plant(placed), _feeds(placed, linked), linked.spec.episode.step_min)


def brokered(linked: Linked, broker: MessageBroker | None = None, hosts: Hosts = in_this_thread) -> BrokeredTeam:
    """The team of a linked spec, reached by messages; ``hosts`` says where its actors live."""
    run, step_min, placed = linked.spec.run, linked.spec.episode.step_min, _ordered(linked)
    agents, plant, inputs = _agents(linked), _plant(placed), _feeds(placed, linked)
    papers = papers_of(agents, plant, inputs, step_min, run.actors, run.actions == "normalized")
    steps = linked.spec.episode.steps + 1 + linked.spec.forecast_steps
    ranks = ranks_of(agents, plant, inputs, step_min, papers, steps)
    moves = _own_broker(run, step_min) if broker is None else broker
    return team(ranks, papers, moves, run.env_id, Patience(run.deadline_s, run.on_silence, run.retries), hosts)


def _own_broker(run: Run, step_min: float) -> MessageBroker:
    if run.broker is None:
        raise ValueError("Message broker is not initialized: add run.broker to the spec, such as {type: in_memory}, or pass a broker")
    return wrapped(run.broker, run, step_min)


def _plant(placed: Sequence[PlacedDevice]) -> Plant:
    return Plant(tuple(d.name for d in placed), tuple(d.device for d in placed))


def _feeds(placed: Sequence[PlacedDevice], linked: Linked) -> Feeds:
    return feeds([d.device for d in placed], [d.feeds for d in placed], linked.series, linked.spec.episode.step_min)


def _agents(linked: Linked) -> list[GridAgent]:
    names, plans = labels(linked.network.topology), {plan.name: plan for plan in linked.agents}
    peers = sum(not plan.children for plan in linked.agents)
    return [_agent(plan, linked, names, plans.get(plan.parent or ""), peers) for plan in linked.agents]


def _agent(plan: AgentPlan, linked: Linked, names: Labels, parent: AgentPlan | None, peers: int) -> GridAgent:
    placed = [linked.devices[i] for i in plan.devices]
    own = Plant(tuple(d.name.removeprefix(f"{plan.name}.") for d in placed), tuple(d.device for d in placed))
    charter = Charter(
        plan.name, plan.parent, plan.children, plan.vertical, linked.spec.reward, own,
        _area(plan, names), _places(plan, placed),
        _told(parent.vertical) if parent else (), _bargains(plan, linked), peers, plan.forecast_steps,
    )  # fmt: skip
    return GridAgent(charter, linked.spec.episode.step_min / 60.0)


def _told(vertical: Vertical) -> tuple[Slot, ...]:
    """What a parent gives, with bounds as numbers: to an agent below, the names of the parent's options mean nothing."""
    return tuple(attrs.evolve(slot, low=bound(vertical, slot.low), high=bound(vertical, slot.high)) for slot in vertical.gives)


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
