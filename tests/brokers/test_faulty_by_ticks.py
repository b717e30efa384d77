"""Simulated faults whose time follows the ticks: what is in time, late or lost."""

import math

import numpy as np
import pytest

from pgcore.brokers.faulty import FaultyBroker
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.faults.bandwidth import Bandwidth
from pgcore.builtin.faults.duplication import Duplication
from pgcore.builtin.faults.jitter import Jitter
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.loss import Loss
from pgcore.builtin.faults.partition import Partition
from pgcore.mailbox import Mailbox
from pgcore.messages import ENVIRONMENT, Proposal, Silence
from tests.links import CHANNELS, Sender, accepted, heard, paced, send
from tests.wire import Wire

REPORTS = CHANNELS.reports()


def test_what_is_in_time_goes_on_at_once_as_it_is() -> None:
    broker, base = paced(Latency(latency_ms=500))
    sent = Sender().report(1)
    send(broker, sent)
    assert base.sent == [sent]
    assert base.sent[0][1] is sent[1]


def test_a_loss_leaves_a_silence_in_the_same_envelope() -> None:
    broker, base = paced(Loss(rate=1.0))
    channel, message = Sender().report(7, episode=3)
    send(broker, (channel, message))
    [(silent_channel, silence)] = base.sent
    assert isinstance(silence.body, Silence)
    assert silence.body.of == "Answer"
    assert silent_channel == channel
    envelope = ("env_id", "episode", "tick", "sender", "recipient", "epoch", "seq")
    assert [getattr(silence, part) for part in envelope] == [getattr(message, part) for part in envelope]


def test_a_late_content_goes_on_before_the_next_message_and_is_accepted() -> None:
    broker, base = paced(Latency(latency_ms=900, until_s=2.0))
    mg1 = Sender()
    send(broker, *(mg1.report(tick) for tick in (1, 2, 3)))
    assert heard(base.sent) == [(1, None), (1, 1), (2, 2), (3, 3)]
    assert accepted(base.sent) == [message for _, message in base.sent]


def test_a_late_content_that_is_not_due_yet_waits_for_a_later_tick() -> None:
    broker, base = paced(Latency(latency_ms=2500, until_s=2.0), Loss(rate=1.0, from_s=2.0))
    mg1 = Sender()
    send(broker, *(mg1.report(tick) for tick in (1, 2, 3, 4)))
    assert heard(base.sent) == [(1, None), (2, None), (3, None), (1, 1), (4, None)]
    assert len(accepted(base.sent)) == 5


def test_a_late_content_that_was_overtaken_is_refused_by_its_number() -> None:
    broker, base = paced(Latency(latency_ms=2500, until_s=2.0))
    mg1 = Sender()
    send(broker, *(mg1.report(tick) for tick in (1, 2, 3, 4)))
    assert heard(base.sent) == [(1, None), (2, 2), (3, 3), (1, 1), (4, 4)]
    assert heard((REPORTS, m) for m in accepted(base.sent)) == [(1, None), (2, 2), (3, 3), (4, 4)]
    assert broker.counts()["reordered"] == 1


def test_a_late_content_goes_on_before_the_next_message_of_its_link_on_any_channel() -> None:
    broker, base = paced(Latency(latency_ms=900, until_s=2.0))
    mg1, update = Sender(), CHANNELS.state_updates()
    send(broker, mg1.report(1), (update, mg1.message(update, ENVIRONMENT, 2)))
    assert [(channel, message.tick) for channel, message in base.sent] == [(REPORTS, 1), (REPORTS, 1), (update, 2)]


def test_both_copies_of_a_message_bear_the_same_number() -> None:
    broker, base = paced(Duplication(rate=1.0))
    mg1 = Sender()
    send(broker, mg1.report(1), mg1.report(2))
    assert [message.seq for _, message in base.sent] == [1, 1, 2, 2]


def test_of_two_late_copies_one_is_accepted() -> None:
    broker, base = paced(Duplication(rate=1.0), Latency(latency_ms=900))
    mg1 = Sender()
    send(broker, mg1.report(1), mg1.report(2))
    assert heard(base.sent) == [(1, None), (1, 1), (1, 1), (2, None)]
    assert heard((REPORTS, m) for m in accepted(base.sent)) == [(1, None), (1, 1), (2, None)]


def test_copies_multiply_and_a_loss_takes_them_all() -> None:
    broker, base = paced(Duplication(rate=1.0), Duplication(rate=1.0), Loss(rate=1.0, from_s=2.0))
    mg1 = Sender()
    send(broker, mg1.report(1), mg1.report(2))
    assert heard(base.sent) == [(1, 1)] * 4 + [(2, None)]


def test_delays_add_up_and_never_fall_below_nothing() -> None:
    base = Wire()
    broker = FaultyBroker(base, [Latency(latency_ms=1), Jitter(jitter_ms=500)], seed=2)
    mg1 = Sender()
    send(broker, *(mg1.report(1) for _ in range(50)))
    at_once = len(base.sent)
    broker.advance(0.501)
    assert 10 < at_once < 40
    assert len(base.sent) == 50


def test_a_partition_lasts_from_tick_to_tick() -> None:
    broker, base = paced(Partition(groups=(("MG1",),), from_s=1800.0, until_s=3600.0), step_s=900.0)
    mg1 = Sender()
    send(broker, *(mg1.report(tick) for tick in range(6)))
    assert heard(base.sent) == [(0, 1), (1, 2), (2, None), (3, None), (4, 5), (5, 6)]


def test_a_new_episode_forgets_the_state_of_links() -> None:
    """The queue has room for one message; a new episode finds it empty."""
    broker, base = paced(Bandwidth(bit_per_s=100.0, queue_bytes=150.0))
    mg1 = Sender()
    send(broker, mg1.report(1), mg1.report(1))
    assert broker.counts()["lost"] == 1
    send(broker, mg1.report(0, episode=1))
    assert (broker.counts()["lost"], broker.counts()["late"], broker.counts()["dropped"]) == (1, 2, 1)
    assert base.sent[-1][1].episode == 1


def test_a_restarted_sender_meets_the_fates_that_it_would_have_met() -> None:
    lived, restarted = [paced(Loss(rate=0.5), seed=4) for _ in range(2)]
    first, second, again = Sender(), Sender(), Sender(epoch=1)
    send(lived[0], *(first.report(tick) for tick in range(40)))
    send(restarted[0], *(second.report(tick) for tick in range(20)), *(again.report(tick) for tick in range(20, 40)))
    assert [isinstance(m.body, Silence) for _, m in lived[1].sent] == [isinstance(m.body, Silence) for _, m in restarted[1].sent]
    assert [m.seq for _, m in restarted[1].sent] == [*range(1, 21), *range(1, 21)]


def test_a_restarted_sender_begins_its_numbers_anew() -> None:
    broker, base = paced(Latency(latency_ms=900, until_s=2.0))
    old, new = Sender(), Sender(epoch=1)
    send(broker, old.report(1), old.report(2), new.report(3))
    assert [(m.epoch, m.seq) for _, m in base.sent] == [(0, 1), (0, 2), (0, 3), (1, 1)]


def test_a_repeated_message_changes_nothing_for_later_ticks() -> None:
    plain, repeated = paced(Loss(rate=0.5), seed=4), paced(Loss(rate=0.5), seed=4)
    for (broker, _), times in ((plain, 1), (repeated, 3)):
        mg1 = Sender()
        send(broker, *(mg1.report(1) for _ in range(times)), *(mg1.report(tick) for tick in range(2, 40)))
    assert [isinstance(m.body, Silence) for _, m in plain[1].sent[1:]] == [isinstance(m.body, Silence) for _, m in repeated[1].sent[3:]]


@pytest.mark.parametrize(("step_s", "deadline_s"), [(0.0, 1.0), (-1.0, 1.0), (math.inf, 1.0), (1.0, -1.0), (1.0, math.nan)])
def test_an_impossible_pace_is_refused(step_s: float, deadline_s: float) -> None:
    with pytest.raises(ValueError, match="expected step_s > 0 and deadline_s >= 0"):
        FaultyBroker(Wire()).pace(step_s, deadline_s)


def test_a_pace_comes_before_the_first_message() -> None:
    broker = FaultyBroker(Wire(), [Latency(latency_ms=1)])
    send(broker, Sender().report(1))
    with pytest.raises(RuntimeError, match="call it before the first one"):
        broker.pace(1.0, 1.0)


def test_with_a_pace_time_is_not_advanced_by_hand() -> None:
    with pytest.raises(RuntimeError, match=r"since pace\(\) time follows the ticks"):
        paced()[0].advance(1.0)


def test_time_is_that_of_the_tick() -> None:
    broker, _ = paced(Latency(latency_ms=1), step_s=900.0)
    mg1 = Sender()
    send(broker, mg1.report(4))
    assert broker.now_s == 3600.0
    send(broker, mg1.report(0, episode=1))
    assert broker.now_s == 0.0


def test_mailboxes_read_silences_and_late_contents_and_refuse_what_was_overtaken() -> None:
    broker = FaultyBroker(InMemoryBroker(), [Latency(latency_ms=900, until_s=2.0), Latency(latency_ms=2500, from_s=3.0, until_s=4.0)])
    broker.pace(1.0, 0.5)
    with broker:
        mg1, offers = Mailbox(broker, CHANNELS, "MG1", []), CHANNELS.offers()
        environment = Mailbox(broker, CHANNELS, ENVIRONMENT, [offers])
        environment.begin(0)
        read: list[list[tuple[int, float | None]]] = []
        for tick in range(1, 8):
            mg1.send(offers, Proposal(0, 0, {"p": np.array([float(tick)])}), ENVIRONMENT, 0, tick)
            got = [message for _, message in environment.receive()]
            read.append([(m.tick, float(m.body.offer["p"][0]) if isinstance(m.body, Proposal) else None) for m in got])
    assert read == [[(1, None)], [(1, 1.0), (2, 2.0)], [(3, None)], [(4, 4.0)], [(5, 5.0)], [(6, 6.0)], [(7, 7.0)]]
    left_out = environment.counts()
    assert (left_out["duplicate"] + left_out["reordered"], left_out["foreign"]) == (1, 0)
