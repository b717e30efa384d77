"""Distribution: from a linked spec to a team that is reached by messages."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np

from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.papers import Papers, actor, inbox, to_plain
from pgcore.agents.roster import Seat, roster
from pgcore.barrier import Patience
from pgcore.brokered import BrokeredTeam
from pgcore.channels import ChannelManager
from pgcore.columns import Index
from pgcore.contracts.broker import MessageBroker
from pgcore.feeds import Feeds
from pgcore.hosting import Hosting, InProcess
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT
from pgcore.plant import Plant
from pgcore.ranks import Ranks, Unit

Hosts = Callable[[Sequence[Papers], MessageBroker, ChannelManager], Hosting]
"""Starts the actors with these papers, or gets ready to wait for them; the broker is open. Parents come before children."""


def papers_of(agents: Sequence[GridAgent], plant: Plant, inputs: Feeds, step_min: float, actors: str, normalized: bool = True) -> list[Papers]:
    """What each actor is told: ``actors`` is ``agents``, or ``devices`` for one of each device too. Parents come before children."""
    made = []
    for agent, seat in zip(agents, roster(agents).values(), strict=True):
        devices = range(seat.devices.start, seat.devices.stop)
        together = plant.subset(devices) if actors == "agents" and devices else None
        made.append(Papers(agent.name, step_min, inputs.outline(_needs(seat))[0], agent.charter, together, normalized))
        if actors == "devices":
            made += [Papers(plant.names[i], step_min, inputs.outline(plant.needs.of(i))[0], None, plant.subset([i])) for i in devices]
    return made


def ranks_of(agents: Sequence[GridAgent], plant: Plant, inputs: Feeds, step_min: float, papers: Sequence[Papers], steps: int) -> Ranks:
    """Who is on the team. ``steps`` is how long an episode is, with all that is seen beyond its end."""
    place = {name: i for i, name in enumerate(plant.names)}
    units = tuple(_unit(one, one.plant) for one in papers if one.plant is not None)
    owned = sum(len(agent.charter.plant) for agent in agents)
    needs = np.flatnonzero(plant.needs.owners >= owned)
    background = DeviceAgent("background", plant.subset(range(owned, len(plant))), inputs.subset(needs), step_min / 60.0)
    wanted = {name: _needs(seat) for name, seat in roster(agents).items()}
    wanted |= {one.name: plant.needs.of(place[one.name]) for one in papers if one.charter is None}
    series = {name: inputs.outline(needs)[1] for name, needs in wanted.items()}
    return Ranks(tuple(agents), units, plant, inputs, background, step_min, steps, series)


def _needs(seat: Seat) -> Index:
    return np.arange(seat.needs.start, seat.needs.stop)


def in_this_thread(papers: Sequence[Papers], broker: MessageBroker, channels: ChannelManager) -> Hosting:
    """Actors that take turns in the environment's thread."""
    return InProcess([actor(one, inbox(one, broker, channels), channels) for one in papers], broker)


def team(
    ranks: Ranks, papers: Sequence[Papers], broker: MessageBroker, env_id: str, patience: Patience, hosts: Hosts = in_this_thread
) -> BrokeredTeam:
    """The environment's side of a team, whose actors ``hosts`` starts or waits for."""
    broker.open()
    channels = ChannelManager(env_id)
    hosting = hosts(papers, broker, channels)
    told = {one.name: to_plain(one) for one in papers} if hosting.remote else {}
    incoming = [channels.state_updates(), channels.reports(), channels.offers(), channels.presence()]
    return BrokeredTeam(attrs.evolve(ranks, papers=told), Mailbox(broker, channels, ENVIRONMENT, incoming), channels, hosting, patience)


def _unit(papers: Papers, plant: Plant) -> Unit:
    return Unit(papers.name, papers.name.partition(".")[0], plant)
