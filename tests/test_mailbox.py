"""A mailbox sends and reads what is its actor's own, in order, once, and of this episode."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.channels import ChannelError, ChannelManager
from pgcore.contracts.broker import BrokerFault
from pgcore.mailbox import Forbidden, Mailbox
from pgcore.messages import ENVIRONMENT, Action, Body, Farewell, Hello, Message, Proposal, Report, Silence, Start, StateUpdate

CHANNELS = ChannelManager("0")
TO_MG1 = CHANNELS.action(ENVIRONMENT, "MG1")
FROM_DSO = CHANNELS.action("DSO", "MG1")
CONTROL = CHANNELS.control("MG1")
UPDATES = CHANNELS.state_updates()
AGENT = (TO_MG1, FROM_DSO, CHANNELS.power_flow_results("MG1"), CHANNELS.invitations("MG1"), CONTROL)
WORLD = (UPDATES, CHANNELS.reports(), CHANNELS.offers(), CHANNELS.presence())


def action(value: float = 1.0) -> Action:
    return Action(vector=np.full((1, 1), value))


def start(episode_row: int = 0) -> Start:
    return Start(((7, 0),), np.array([episode_row], dtype=np.intp))


@pytest.fixture
def broker() -> Iterator[InMemoryBroker]:
    with InMemoryBroker() as made:
        yield made


def agent(broker: InMemoryBroker, actor_id: str = "MG1", incoming: tuple[str, ...] = AGENT, epoch: int = 0) -> Mailbox:
    mailbox = Mailbox(broker, CHANNELS, actor_id, incoming, epoch)
    mailbox.begin(0)
    return mailbox


def world(broker: InMemoryBroker) -> Mailbox:
    return agent(broker, ENVIRONMENT, WORLD)


def from_world(seq: int, body: Body | None = None, episode: int = 0, epoch: int = 0) -> Message:
    return Message("0", episode, 1, ENVIRONMENT, "MG1", epoch, seq, body or action(seq))


def values(mailbox: Mailbox) -> list[float]:
    return [message.body.vector[0, 0] for _, message in mailbox.receive()]  # type: ignore[union-attr, index]


def test_what_one_sends_the_other_reads_with_its_channel(broker: InMemoryBroker) -> None:
    here, there = world(broker), agent(broker)
    here.send(TO_MG1, action(0.5), "MG1", episode=0, tick=3)
    ((channel, message),) = there.receive()
    assert (channel.name, channel.kind, channel.sender) == (TO_MG1, "action", ENVIRONMENT)
    assert (message.env_id, message.episode, message.tick, message.sender, message.recipient) == ("0", 0, 3, ENVIRONMENT, "MG1")
    assert message.body.vector.tolist() == [[0.5]]  # type: ignore[union-attr]
    assert there.receive() == []


def test_messages_of_one_sender_are_numbered_on_each_channel(broker: InMemoryBroker) -> None:
    mailbox = agent(broker, epoch=4)
    for name, body in ((UPDATES, StateUpdate(np.zeros((1, 1, 1)), ())), (CHANNELS.presence(), Hello()), (CHANNELS.presence(), Hello())):
        mailbox.send(name, body, ENVIRONMENT, 0, 1)
    sent = broker.consume(WORLD, ENVIRONMENT)
    assert [(message.epoch, message.seq) for message in sent] == [(4, 1), (4, 1), (4, 2)]


def test_arrays_that_were_sent_can_no_longer_be_written(broker: InMemoryBroker) -> None:
    body = StateUpdate(np.zeros((1, 1, 1)), ({"soc": np.zeros(1)},))
    agent(broker).send(UPDATES, body, ENVIRONMENT, 0, 1)
    assert not body.effects.flags.writeable
    assert not body.states[0]["soc"].flags.writeable


@pytest.mark.parametrize("name", [TO_MG1, CHANNELS.action("MG2", "MG2.ess"), CHANNELS.power_flow_results("MG1"), CHANNELS.control("MG2")])
def test_an_actor_writes_only_its_own_channels(broker: InMemoryBroker, name: str) -> None:
    with pytest.raises(Forbidden, match="'MG1' may not write"):
        agent(broker).send(name, action(), "MG1", 0, 1)


def test_the_environment_does_not_write_what_its_actors_write(broker: InMemoryBroker) -> None:
    with pytest.raises(Forbidden, match="'environment' may not write 'env_0__reports'; 'the actors' may"):
        world(broker).send(CHANNELS.reports(), Hello(), ENVIRONMENT, 0, 1)


@pytest.mark.parametrize("name", [CHANNELS.action(ENVIRONMENT, "MG2"), CHANNELS.control("MG1.ess"), CHANNELS.reports()])
def test_an_actor_reads_only_its_own_channels(broker: InMemoryBroker, name: str) -> None:
    with pytest.raises(Forbidden, match="'MG1' may not read"):
        Mailbox(broker, CHANNELS, "MG1", [CONTROL, name])


def test_a_channel_of_another_environment_is_refused(broker: InMemoryBroker) -> None:
    elsewhere = ChannelManager("1")
    with pytest.raises(ChannelError, match="belongs to environment '1'"):
        Mailbox(broker, CHANNELS, "MG1", [elsewhere.control("MG1")])
    with pytest.raises(ChannelError, match="belongs to environment '1'"):
        agent(broker).send(elsewhere.presence(), Hello(), ENVIRONMENT, 0, 0)


def test_a_message_to_somebody_who_does_not_read_there_is_refused(broker: InMemoryBroker) -> None:
    with pytest.raises(Forbidden, match="sent a Action to 'MG2' on 'env_0__action__environment_to_MG1', which does not carry it there"):
        world(broker).send(TO_MG1, action(), "MG2", 0, 1)


def test_a_body_that_does_not_belong_on_a_channel_is_refused(broker: InMemoryBroker) -> None:
    with pytest.raises(Forbidden, match="sent a Hello to 'environment' on 'env_0__reports'"):
        agent(broker).send(CHANNELS.reports(), Hello(), ENVIRONMENT, 0, 1)


def test_a_duplicate_is_left_out_and_counted(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    for seq in (1, 2, 2, 1, 3):
        broker.publish(TO_MG1, from_world(seq))
    assert values(mailbox) == [1.0, 2.0, 3.0]
    assert mailbox.counts() == {"sent": 0, "accepted": 3, "duplicate": 2, "reordered": 0, "stale": 0, "foreign": 0}


def test_a_message_that_was_overtaken_is_left_out_and_counted(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    for seq in (2, 1, 4, 3, 100, 5):
        broker.publish(TO_MG1, from_world(seq))
    assert values(mailbox) == [2.0, 4.0, 100.0]
    assert mailbox.counts()["reordered"] == 3
    assert mailbox.counts()["duplicate"] == 0


def test_numbers_of_different_channels_and_senders_are_apart(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    for name, message in (
        (TO_MG1, from_world(5)),
        (FROM_DSO, replace(from_world(5), sender="DSO")),
        (CONTROL, from_world(1, Farewell())),
    ):
        broker.publish(name, message)
    assert [channel.name for channel, _ in mailbox.receive()] == [TO_MG1, FROM_DSO, CONTROL]


def test_a_sender_that_was_started_again_counts_anew_and_its_former_life_is_stale(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    for seq, epoch in ((7, 0), (1, 1), (8, 0), (2, 1)):
        broker.publish(TO_MG1, from_world(seq, epoch=epoch))
    assert values(mailbox) == [7.0, 1.0, 2.0]
    assert mailbox.counts()["stale"] == 1


@pytest.mark.parametrize("episode", [4, 6])
def test_other_episodes_are_foreign_except_on_control_channels(broker: InMemoryBroker, episode: int) -> None:
    mailbox = agent(broker)
    mailbox.begin(5)
    broker.publish(TO_MG1, from_world(1, episode=episode))
    broker.publish(CONTROL, from_world(1, Farewell(), episode=episode))
    broker.publish(TO_MG1, from_world(2, episode=5))
    assert [channel.kind for channel, _ in mailbox.receive()] == ["control", "action"]
    assert mailbox.counts()["foreign"] == 1


def test_a_start_begins_its_episode_for_what_comes_behind_it(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    broker.publish(CONTROL, from_world(1, start(), episode=3))
    broker.publish(TO_MG1, from_world(1, episode=3))
    assert len(mailbox.receive()) == 2
    assert mailbox.episode == 3


def test_an_old_start_that_comes_again_changes_nothing(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    for seq, episode in ((1, 3), (2, 4), (1, 3)):
        broker.publish(CONTROL, from_world(seq, start(), episode=episode))
    assert len(mailbox.receive()) == 2
    assert mailbox.episode == 4


FOREIGN = {
    "a sender that may not write there": (UPDATES, Message("0", 0, 1, ENVIRONMENT, ENVIRONMENT, 0, 1, StateUpdate(np.zeros((1, 1, 1)), ()))),
    "a sender whose name is refused": (UPDATES, Message("0", 0, 1, "a__b", ENVIRONMENT, 0, 1, StateUpdate(np.zeros((1, 1, 1)), ()))),
    "a body that this actor does not read": (UPDATES, Message("0", 0, 1, "MG1", ENVIRONMENT, 0, 1, action())),
    "a silence about nothing": (UPDATES, Message("0", 0, 1, "MG1", ENVIRONMENT, 0, 1, Silence())),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_foreign_is_left_out_and_counted(broker: InMemoryBroker, what: str) -> None:
    mailbox = world(broker)
    broker.publish(*FOREIGN[what])
    assert mailbox.receive() == []
    assert mailbox.counts()["foreign"] == 1


@pytest.mark.parametrize("change", [{"env_id": "1"}, {"recipient": "MG2"}, {"sender": "MG2"}])
def test_messages_that_a_careless_broker_hands_out_are_foreign(change: dict[str, Any]) -> None:
    class Careless(InMemoryBroker):
        def consume(self, *_: object) -> list[Message]:
            return [replace(from_world(1), **change)]

    with Careless() as broker:
        mailbox = agent(broker)
        assert mailbox.receive() == []
        assert mailbox.counts()["foreign"] == 1


def test_a_silence_is_read_on_the_channel_of_what_it_stands_for(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    broker.publish(TO_MG1, from_world(1, Silence("Action")))
    broker.publish(CHANNELS.power_flow_results("MG1"), from_world(1, Silence("Results")))
    assert [(channel.kind, message.tick) for channel, message in mailbox.receive()] == [("action", 1), ("power_flow_results", 1)]


def test_waiting_goes_on_past_what_is_left_out() -> None:
    class Staged(InMemoryBroker):
        def consume(self, *_: object) -> list[Message]:
            return [stages.pop(0)]

    stages = [from_world(1), from_world(1), from_world(2)]
    with Staged() as broker:
        mailbox = agent(broker)
        assert values(mailbox) == [1.0]
        assert [message.seq for _, message in mailbox.receive(timeout_s=60.0)] == [2]
        assert mailbox.counts()["duplicate"] == 1


def test_nothing_in_time_is_an_empty_list(broker: InMemoryBroker) -> None:
    assert agent(broker).receive(timeout_s=0.001) == []


def test_a_closed_broker_is_said_to_the_reader_and_to_the_sender(broker: InMemoryBroker) -> None:
    mailbox = agent(broker)
    broker.close()
    for use in (mailbox.receive, lambda: mailbox.send(CHANNELS.presence(), Hello(), ENVIRONMENT, 0, 0)):
        with pytest.raises(BrokerFault, match="closed"):
            use()


def test_two_actors_talk_only_through_the_environment(broker: InMemoryBroker) -> None:
    mailbox, one = agent(broker), np.zeros((1, 1))
    mailbox.send(CHANNELS.offers(), Proposal(0, 0, {}), ENVIRONMENT, 0, 1)
    mailbox.send(CHANNELS.reports(), Report(one, one, one, one, None), ENVIRONMENT, 0, 1)
    assert [channel.kind for channel, _ in world(broker).receive()] == ["offers", "reports"]
    assert agent(broker, "MG2", (CHANNELS.control("MG2"),)).receive() == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 80)), max_size=60))
def test_every_message_is_accepted_or_counted_once_and_numbers_only_rise(arrivals: list[tuple[int, int]]) -> None:
    with InMemoryBroker() as broker:
        mailbox = agent(broker)
        for epoch, seq in arrivals:
            broker.publish(TO_MG1, from_world(seq, epoch=epoch))
        accepted = [(message.epoch, message.seq) for _, message in mailbox.receive()]
        counts = mailbox.counts()
    assert accepted == sorted(set(accepted))
    assert sum(counts.values()) == len(arrivals)
    lives = [arrivals[i] for i in range(len(arrivals)) if all(arrivals[k][0] <= arrivals[i][0] for k in range(i))]
    assert counts["stale"] == len(arrivals) - len(lives)
    rising = [arrival for i, arrival in enumerate(lives) if all(arrival > before for before in lives[:i])]
    assert accepted == rising
