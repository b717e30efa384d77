"""Distribution: from a linked spec to a team that is reached by messages."""

from collections.abc import Sequence

import numpy as np

from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.papers import Papers, actor, inbox
from pgcore.agents.roster import roster
from pgcore.barrier import Patience
from pgcore.brokered import BrokeredTeam, Ranks, Unit
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import MessageBroker
from pgcore.feeds import Feeds
from pgcore.hosting import Hosting, InProcess
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT
from pgcore.plant import Plant


def papers_of(agents: Sequence[GridAgent], plant: Plant, inputs: Feeds, step_min: float, actors: str) -> list[Papers]:
    """What each actor is told: ``actors`` is ``agents``, or ``devices`` for one of each device too. Parents come before children."""
    made = []
    for agent, seat in zip(agents, roster(agents).values(), strict=True):
        needs = np.arange(seat.needs.start, seat.needs.stop)
        devices = range(seat.devices.start, seat.devices.stop)
        together = plant.subset(devices) if actors == "agents" and devices else None
        made.append(Papers(agent.name, step_min, inputs.subset(needs), agent.charter, together))
        if actors == "devices":
            made += [Papers(plant.names[i], step_min, inputs.subset(plant.needs.of(i)), None, plant.subset([i])) for i in devices]
    return made


def ranks_of(agents: Sequence[GridAgent], plant: Plant, inputs: Feeds, step_min: float, papers: Sequence[Papers]) -> Ranks:
    """Who is on the team."""
    place = {name: i for i, name in enumerate(plant.names)}
    units = tuple(_unit(one, place) for one in papers if one.plant is not None)
    owned = sum(len(agent.charter.plant) for agent in agents)
    rest = range(owned, len(plant))
    needs = np.flatnonzero(plant.needs.owners >= owned)
    background = DeviceAgent("background", plant.subset(rest), inputs.subset(needs), step_min / 60.0)
    return Ranks(tuple(agents), units, plant, inputs, background)


def in_process(ranks: Ranks, papers: Sequence[Papers], broker: MessageBroker, env_id: str, patience: Patience) -> BrokeredTeam:
    """A team whose actors take turns in this thread."""
    broker.open()
    channels = ChannelManager(env_id)
    actors = [actor(one, inbox(one, broker, channels), channels) for one in papers]
    return team(ranks, broker, channels, InProcess(actors, broker), patience)


def team(
    ranks: Ranks, broker: MessageBroker, channels: ChannelManager, hosting: Hosting, patience: Patience, own_policies: bool = False
) -> BrokeredTeam:
    """The environment's side of a team."""
    incoming = [channels.state_updates(), channels.reports(), channels.offers(), channels.presence()]
    return BrokeredTeam(ranks, Mailbox(broker, channels, ENVIRONMENT, incoming), channels, hosting, patience, own_policies)


def _unit(papers: Papers, place: dict[str, int]) -> Unit:
    assert papers.plant is not None
    first = place[papers.plant.names[0]]
    return Unit(papers.name, papers.name.partition(".")[0], slice(first, first + len(papers.plant)), papers.plant)
