"""What tests of traces share: a trace of two agents with two devices each, over a reset and two steps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pgcore.brokers.traced import TracedBroker
from pgcore.channels import ChannelManager
from pgcore.messages import Body, Farewell, Message, Silence, StateUpdate
from tests.wire import Wire

DEVICES = ("ess", "pv")


def record(path: Path, agents: Sequence[str] = ("MG1", "MG2"), env_ids: Sequence[str] = ("0",), episodes: Sequence[int] = (0,)) -> Path:
    """Trace what is said; what ``MG2`` is shown in step 1 is lost."""
    with TracedBroker(Wire(), path) as traced:
        for env_id in env_ids:
            for episode in episodes:
                for tick in (0, 1, 2):
                    _say(traced, ChannelManager(env_id), (episode, tick), agents)
    return path


def _say(traced: TracedBroker, channels: ChannelManager, moment: tuple[int, int], agents: Sequence[str]) -> None:
    def say(channel: str, sender: str, recipient: str, body: Body) -> None:
        traced.publish(channel, Message(channels.env_id, *moment, sender, recipient, 0, 1, body))

    update = StateUpdate(np.ones((9, 1, 1)), ())
    for agent in agents:
        say(channels.control(agent), "environment", agent, Farewell())
        for device in DEVICES:
            say(channels.action(agent, f"{agent}.{device}"), agent, f"{agent}.{device}", Farewell())
            say(channels.state_updates(), f"{agent}.{device}", "environment", update)
        say(channels.power_flow_results(agent), "environment", agent, Silence("Results") if (agent, moment) == ("MG2", (0, 1)) else Farewell())
