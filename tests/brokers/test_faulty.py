"""Simulated faults around a broker: by the clock, what they touch, and what is counted."""

import math

import pytest

from pgcore.brokers.faulty import FaultyBroker, LatencyMessageBroker
from pgcore.builtin.faults.jitter import Jitter
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.loss import Loss
from pgcore.builtin.faults.partition import Partition
from pgcore.builtin.faults.reordering import Reordering
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import ENVIRONMENT, Message, Silence
from pgcore.quantity import QuantityError
from tests.links import ALL, CHANNELS, Sender, accepted, balance, content, day, heard, paced, send
from tests.wire import Wire

REPORTS = CHANNELS.reports()


def test_a_message_can_be_consumed_once_its_time_has_come() -> None:
    broker, mg1 = FaultyBroker(Wire(), [Latency(latency_ms=80)]), Sender()
    send(broker, mg1.report(1))
    broker.advance(0.079)
    assert broker.consume(REPORTS, ENVIRONMENT) == []
    broker.advance(0.0011)
    assert [content(message) for message in broker.consume(REPORTS, ENVIRONMENT)] == [1]


def test_messages_arrive_in_the_order_in_which_they_are_due() -> None:
    base, mg1 = Wire(), Sender()
    broker = FaultyBroker(base, [Latency(latency_ms=100), Jitter(jitter_ms=90)], seed=1)
    for tick in range(1, 60):
        send(broker, mg1.report(tick))
        broker.advance(0.01)
    broker.advance(1.0)
    order = [content(message) for _, message in base.sent]
    assert sorted(order) == list(range(1, 60)) != order
    counts = broker.counts()
    assert counts["reordered"] == sum(number < max(order[:n], default=0) for n, number in enumerate(order)) > 0


def test_what_was_overtaken_is_known_by_its_number() -> None:
    broker, mg1 = FaultyBroker(base := Wire(), [Reordering(rate=0.5, hold_ms=15)], seed=3), Sender()
    for tick in range(1, 60):
        send(broker, mg1.report(tick))
        broker.advance(0.01)
    numbers = [content(message) for message in accepted(base.sent)]
    assert numbers == sorted(numbers)
    assert len(base.sent) - len(numbers) == broker.counts()["reordered"] > 0


def test_without_a_pace_a_loss_leaves_nothing() -> None:
    broker, mg1 = FaultyBroker(base := Wire(), [Loss(rate=1.0)]), Sender()
    send(broker, mg1.report(1))
    broker.advance(9.0)
    assert base.sent == []


def test_a_fault_by_the_clock_counts_its_seconds_from_the_beginning_of_the_episode() -> None:
    broker, mg1 = FaultyBroker(base := Wire(), [Loss(rate=1.0, until_s=10.0)]), Sender()
    for tick in (1, 2, 3):
        send(broker, mg1.report(tick))
        broker.advance(7.0)
    send(broker, mg1.report(1, episode=1))
    assert heard(base.sent) == [(3, 3)]


def test_a_new_episode_drops_what_is_in_flight() -> None:
    broker, mg1 = FaultyBroker(base := Wire(), [Latency(latency_ms=500)]), Sender()
    send(broker, mg1.report(9), mg1.report(0, episode=1))
    broker.advance(1.0)
    assert [(m.episode, content(m)) for _, m in base.sent] == [(1, 2)]
    assert (broker.counts()["dropped"], balance(broker.counts())) == (1, 0)


def test_a_new_episode_of_one_environment_leaves_the_others_in_flight() -> None:
    broker, here, there = FaultyBroker(base := Wire(), [Latency(latency_ms=500)]), Sender(), Sender(env_id="1")
    send(broker, here.report(9), there.report(9), here.report(0, episode=1))
    broker.advance(1.0)
    assert sorted((m.env_id, m.episode) for _, m in base.sent) == [("0", 1), ("1", 0)]


@pytest.mark.parametrize("dt_s", [-0.1, math.inf, math.nan])
def test_time_never_runs_backwards(dt_s: float) -> None:
    with pytest.raises(ValueError, match="dt_s is .*, expected a number of seconds >= 0"):
        FaultyBroker(Wire()).advance(dt_s)


def test_the_simulations_own_channels_are_never_touched() -> None:
    broker, base = paced(Loss(rate=1.0), Partition())
    environment, mg1 = Sender(ENVIRONMENT), Sender()
    control, presence = CHANNELS.control("MG1"), CHANNELS.presence()
    sent = [(control, environment.message(control, "MG1", 1)), (presence, mg1.message(presence, ENVIRONMENT, 1))]
    send(broker, *sent)
    assert base.sent == sent


def test_every_other_kind_of_channel_is_touched() -> None:
    broker, base = paced(Loss(rate=1.0))
    environment, mg1 = Sender(ENVIRONMENT), Sender()
    down = (CHANNELS.action(ENVIRONMENT, "MG1"), CHANNELS.power_flow_results("MG1"), CHANNELS.invitations("MG1"))
    up = (CHANNELS.state_updates(), CHANNELS.offers(), CHANNELS.reports())
    send(broker, *((c, environment.message(c, "MG1", 1)) for c in down), *((c, mg1.message(c, ENVIRONMENT, 1)) for c in up))
    assert heard(base.sent) == [(1, None)] * 6


def test_only_links_that_a_fault_names_are_touched() -> None:
    broker, base = paced(Loss(rate=1.0, links=("MG1 -> environment",)))
    send(broker, *day(["MG1", "MG2"], 1))
    assert {(m.sender, m.recipient) for _, m in base.sent if isinstance(m.body, Silence)} == {("MG1", ENVIRONMENT)}


def test_counts_tell_kinds_and_links_apart() -> None:
    broker, _ = paced(Loss(rate=1.0, links=("MG1 -> environment",)))
    send(broker, *day(["MG1", "MG2"], 5))
    counts = broker.counts()
    assert (counts["published"], counts["lost"], counts["lost/reports"], counts["lost/MG1 -> environment"]) == (40, 15, 5, 15)
    assert counts["published/action"] == counts["delivered/environment -> MG1"] + counts["delivered/environment -> MG2"] == 10
    assert "lost/MG2 -> environment" not in counts


def test_the_base_brokers_own_counts_are_there_too() -> None:
    assert paced()[0].counts()["asked"] == 0


def test_a_message_that_the_base_broker_refuses_is_counted_and_raised() -> None:
    class Full(Wire):
        def publish(self, channel: str, message: Message) -> None:
            raise BrokerFault("full")

    broker = FaultyBroker(Full(), [Latency(latency_ms=0)])
    with pytest.raises(BrokerFault, match="full"):
        send(broker, Sender().report(1))
    assert (broker.counts()["dropped"], balance(broker.counts())) == (1, 0)


def test_everything_else_is_left_to_the_base_broker() -> None:
    base = Wire()
    broker = FaultyBroker(base, ALL)
    assert (broker.remote, broker.durable, broker.ordered) == (False, False, False)
    with broker:
        assert base.is_open
    assert not base.is_open


def test_a_latency_broker_holds_up_and_loses() -> None:
    broker = LatencyMessageBroker(base_broker=Wire(), latency_ms=80, loss_rate=0.25, seed=3)
    mg1 = Sender()
    for tick in range(4000):
        send(broker, mg1.report(tick))
    assert broker.consume(REPORTS, ENVIRONMENT) == []
    broker.advance(0.08)
    counts = broker.counts()
    assert abs(counts["lost"] - 1000) < 4 * math.sqrt(4000 * 0.25 * 0.75)
    assert counts["delivered"] == 4000 - counts["lost"]


def test_a_latency_broker_loses_nothing_unless_told_to() -> None:
    broker = LatencyMessageBroker(base := Wire(), 10)
    send(broker, *day(["MG1"], 50))
    broker.advance(0.01)
    assert len(base.sent) == 200


def test_an_impossible_loss_is_refused() -> None:
    with pytest.raises(QuantityError, match="rate is 1.5, expected >= 0 and <= 1"):
        LatencyMessageBroker(Wire(), latency_ms=1, loss_rate=1.5)
