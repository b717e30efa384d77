"""Simulated faults are the same in whatever order links are used, and nothing is unaccounted for."""

import math
from itertools import combinations
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.brokers.faulty import FaultyBroker
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.faults.burst_loss import BurstLoss
from pgcore.builtin.faults.duplication import Duplication
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.loss import Loss
from pgcore.builtin.faults.reordering import Reordering
from pgcore.contracts.fault import Fault
from pgcore.messages import ENVIRONMENT, Message, Silence
from tests.links import ALL, CHANNELS, Sender, accepted, balance, by_link, day, paced, send, sized
from tests.wire import Wire

REPORTS = CHANNELS.reports()


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (
            Loss(rate=0.0),
            Duplication(rate=0.0),
            Reordering(rate=0.0, hold_ms=9.0),
            BurstLoss(p_good_to_bad=0.0, p_bad_to_good=1.0),
            Latency(latency_ms=0),
        ),
    ],
    ids=["none", "of no effect"],
)
def test_without_faults_the_very_messages_pass_in_the_same_order(faults: tuple[Fault, ...]) -> None:
    sent = day(["MG1", "MG2"], 20)
    for broker, base in (paced(*faults), (FaultyBroker(clocked := Wire(), faults), clocked)):
        send(broker, *sent)
        assert [(channel, id(message)) for channel, message in base.sent] == [(channel, id(message)) for channel, message in sent]


@given(st.randoms(use_true_random=False), st.integers(0, 99))
def test_the_same_seed_gives_the_same_fates_in_whatever_order_links_are_used(shuffle: Any, seed: int) -> None:
    sent = day(["MG1", "MG2", "MG3"], 12)
    straight, mixed = paced(*ALL, seed=seed), paced(*ALL, seed=seed)
    send(straight[0], *sent)
    queues: dict[tuple[str, str], list[tuple[str, Message]]] = {}
    for channel, message in sent:
        queues.setdefault((message.sender, message.recipient), []).append((channel, message))
    turns = [link for link, queue in queues.items() for _ in queue]
    shuffle.shuffle(turns)
    send(mixed[0], *(queues[link].pop(0) for link in turns))
    assert by_link(straight[1].sent) == by_link(mixed[1].sent)


def test_the_same_seed_gives_the_same_fates_however_actors_are_spread_over_processes() -> None:
    sent = day(["MG1", "MG2", "MG3"], 40)
    together, base = paced(*ALL, seed=5)
    send(together, *sent)
    apart = {name: paced(*ALL, seed=5) for name in (ENVIRONMENT, "MG1", "MG2", "MG3")}
    for channel, message in sent:
        apart[message.sender][0].publish(channel, message)
    assert by_link(base.sent) == by_link([entry for _, own in apart.values() for entry in own.sent])


def test_another_seed_gives_other_fates() -> None:
    sent = day(["MG1"], 40)
    one, other = paced(Loss(rate=0.5), seed=1), paced(Loss(rate=0.5), seed=2)
    send(one[0], *sent)
    send(other[0], *sent)
    assert by_link(one[1].sent) != by_link(other[1].sent)


def test_links_kinds_of_channel_and_ticks_have_fates_of_their_own() -> None:
    """Half of all is lost; of any two of them as many are lost together as of independent ones, a quarter."""
    ticks = 2000
    broker, base = paced(Loss(rate=0.5), seed=1)
    send(broker, *day(["MG1", "MG2"], ticks))
    lost: dict[tuple[str, str], set[int]] = {}
    for channel, message in base.sent:
        if isinstance(message.body, Silence):
            lost.setdefault((channel, message.sender), set()).add(message.tick)
    assert len(lost) == 8
    for one, other in combinations(lost.values(), 2):
        assert abs(len(one & other) - ticks / 4) < 5 * math.sqrt(ticks * 0.25 * 0.75)


def test_two_faults_of_a_kind_are_independent() -> None:
    broker, _ = paced(Loss(rate=0.5), Loss(rate=0.5))
    mg1 = Sender()
    send(broker, *(mg1.report(tick) for tick in range(4000)))
    assert abs(broker.counts()["lost"] - 3000) < 4 * math.sqrt(4000 * 0.75 * 0.25)


def test_a_fault_acts_the_same_whatever_acts_beside_it() -> None:
    alone, beside = paced(BurstLoss(p_good_to_bad=0.1, p_bad_to_good=0.3)), paced(BurstLoss(p_good_to_bad=0.1, p_bad_to_good=0.3), Loss(rate=0.5))
    for broker, _ in (alone, beside):
        mg1 = Sender()
        send(broker, *(mg1.report(tick) for tick in range(400)))
    lost_alone, lost_beside = ({m.tick for _, m in base.sent if isinstance(m.body, Silence)} for _, base in (alone, beside))
    assert lost_alone < lost_beside


@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from(ALL), max_size=5),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 3)), max_size=60),
)
def test_nothing_is_unaccounted_for(seed: int, faults: list[Fault], by_ticks: bool, schedule: list[tuple[int, float]]) -> None:
    broker, base = FaultyBroker(Wire(), faults, seed, sized), Wire()
    broker.base_broker = base
    if by_ticks:
        broker.pace(1.0, 0.5)
    senders = [Sender("MG1"), Sender("MG2"), Sender("MG2.ess")]
    for n, (who, wait_s) in enumerate(schedule):
        if not by_ticks:
            broker.advance(wait_s)
        send(broker, senders[who].report(n % 20, episode=n // 20))
        assert balance(broker.counts()) == 0
    counts = broker.counts()
    assert counts["published"] == len(schedule)
    assert counts["delivered"] + counts["silences"] == len(base.sent)
    if not by_ticks:
        broker.advance(1e6)
        assert broker.counts()["in_flight"] == 0


@given(st.integers(0, 10_000))
def test_by_ticks_each_message_sends_exactly_one_sign_of_its_tick_in_time(seed: int) -> None:
    """Whoever waits for a tick of a sender hears of it by its own message or a silence, accepted, before anything of a later tick."""
    broker, base = paced(*ALL, seed=seed)
    mg1 = Sender()
    for tick in range(30):
        broker.publish(*mg1.report(tick))
        assert max(message.tick for message in accepted(base.sent)) == tick


def test_around_an_in_memory_broker_each_recipient_gets_what_was_put_on_the_wire() -> None:
    """The messages themselves, in the same order, for every recipient and channel."""
    sent = day(["MG1", "MG2"], 40)
    on_wire, wire = paced(*ALL, seed=9)
    send(on_wire, *sent)
    in_memory = FaultyBroker(InMemoryBroker(), ALL, 9, sized)
    in_memory.pace(1.0, 0.5)
    with in_memory:
        send(in_memory, *sent)
        for recipient in (ENVIRONMENT, "MG1", "MG2"):
            channels = sorted({channel for channel, message in sent if message.recipient == recipient})
            got = by_link([("", message) for message in in_memory.consume(channels, recipient)])
            assert got == by_link([("", message) for _, message in wire.sent if message.recipient == recipient])


def test_threads_that_send_at_once_meet_the_fates_of_one_that_sends_alone() -> None:
    agents = [f"MG{n}" for n in range(1, 5)]
    sent = [entry for entry in day(agents, 200) if entry[1].sender != ENVIRONMENT]
    alone, base = paced(*ALL, seed=6)
    send(alone, *sent)
    together, shared = paced(*ALL, seed=6)
    own = [[entry for entry in sent if entry[1].sender == name] for name in agents]
    threads = [Thread(target=send, args=(together, *entries)) for entries in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30.0)
    assert by_link(shared.sent) == by_link(base.sent)
    assert together.counts() == alone.counts()
