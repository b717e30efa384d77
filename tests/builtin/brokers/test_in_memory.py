"""The in-memory broker: the contract, back-pressure, isolation, and that nothing is left behind."""

import pickle
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest
from hypothesis.stateful import run_state_machine_as_test

from pgcore import builtin
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.catalog import Catalog
from pgcore.channels import ChannelManager
from pgcore.contracts.broker import BrokerFault
from pgcore.quantity import QuantityError
from pgcore.testing.brokers import CHECKS, Factory, letter, machine

CHANNELS = ChannelManager("0")
REPORTS = CHANNELS.reports()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_the_contract(check: Callable[[Factory], None]) -> None:
    check(InMemoryBroker)


def test_random_use_of_two_gives_the_same_messages() -> None:
    run_state_machine_as_test(machine(InMemoryBroker))


def test_specs_can_name_it() -> None:
    assert Catalog.of(builtin).get("broker", "in_memory") is InMemoryBroker


def test_messages_of_several_channels_come_in_order_of_arrival() -> None:
    names = [CHANNELS.reports(), CHANNELS.offers(), CHANNELS.state_updates()]
    with InMemoryBroker() as broker:
        for seq in range(1, 13):
            broker.publish(names[seq * 7 % 3], letter(seq=seq))
        assert [message.seq for message in broker.consume(names, "environment")] == list(range(1, 13))


def test_a_message_of_another_environment_is_refused() -> None:
    with InMemoryBroker() as broker:
        for env_id in ("1", "0__reports", ""):
            with pytest.raises(BrokerFault, match=f"'MG1' sent a message of environment '{env_id}' on 'env_0__reports', a channel of another"):
                broker.publish(REPORTS, letter(env_id=env_id))


def test_a_full_queue_without_another_thread_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with InMemoryBroker(capacity=2, put_timeout_s=1e6) as broker:
        broker.publish(REPORTS, letter(seq=1))
        broker.publish(REPORTS, letter(seq=2))
        with pytest.raises(BrokerFault, match=r"2 messages \(the capacity\) wait on 'env_0__reports' for 'environment' and there is no other thread"):
            broker.publish(REPORTS, letter(seq=3))
        assert [message.seq for message in broker.consume(REPORTS, "environment")] == [1, 2]


def test_a_full_queue_that_nobody_empties_is_refused_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    with InMemoryBroker(capacity=1, put_timeout_s=0.01) as broker:
        broker.publish(REPORTS, letter(seq=1))
        with pytest.raises(BrokerFault, match=r"there was no room within 0.01 s"):
            broker.publish(REPORTS, letter(seq=2))


def test_one_full_queue_does_not_hold_up_another() -> None:
    with InMemoryBroker(capacity=1, put_timeout_s=0.0) as broker:
        broker.publish(REPORTS, letter())
        broker.publish(CHANNELS.offers(), letter())
        broker.publish(CHANNELS.control("MG1"), letter("environment", recipient="MG1"))
        assert broker.counts()["waiting"] == 3


def test_a_fast_sender_is_held_up_until_there_is_room() -> None:
    count = 2_000

    def send() -> None:
        for seq in range(1, count + 1):
            broker.publish(REPORTS, letter(seq=seq))

    with InMemoryBroker(capacity=3, put_timeout_s=30.0) as broker, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        got: list[int] = []
        while len(got) < count:
            found = broker.consume(REPORTS, "environment", 10.0)
            assert 1 <= len(found) <= 3
            got += [message.seq for message in found]
        assert sending.result(10.0) is None
    assert got == list(range(1, count + 1))


def test_closing_wakes_a_sender_that_waits_for_room() -> None:
    with InMemoryBroker(capacity=1, put_timeout_s=60.0) as broker, ThreadPoolExecutor(1) as pool:
        broker.publish(REPORTS, letter(seq=1))
        waiting = pool.submit(broker.publish, REPORTS, letter(seq=2))
        broker.close()
        assert isinstance(waiting.exception(10.0), BrokerFault)


def test_several_readers_of_one_recipient_share_its_messages() -> None:
    with InMemoryBroker() as broker, ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(lambda: list(chain.from_iterable(broker.consume(REPORTS, "environment", 0.02) for _ in range(5)))) for _ in range(4)]
        for seq in range(1, 101):
            broker.publish(REPORTS, letter(seq=seq))
        shared = [message.seq for task in reading for message in task.result(30.0)]
        rest = [message.seq for message in broker.consume(REPORTS, "environment")]
    assert sorted(shared + rest) == list(range(1, 101))


def test_many_environments_share_one_broker_without_meeting() -> None:
    managers = [ChannelManager(str(i)) for i in range(50)]
    with InMemoryBroker() as broker:
        for channels in managers:
            broker.publish(channels.reports(), letter(env_id=channels.env_id))
        for channels in managers:
            assert [message.env_id for message in broker.consume(channels.reports(), "environment")] == [channels.env_id]
        assert broker.counts() == {"published": 50, "consumed": 50, "waiting": 0, "queues": 0}


def test_nothing_is_left_behind_by_a_million_messages() -> None:
    names = [ChannelManager(str(i)).reports() for i in range(100)]
    messages = [letter(env_id=str(i)) for i in range(100)]

    def rounds(count: int) -> None:
        for _ in range(count // 1_000):
            for name, message in zip(names, messages, strict=True):
                for _ in range(10):
                    broker.publish(name, message)
            for name in names:
                assert len(broker.consume(name, "environment")) == 10

    with InMemoryBroker() as broker:
        rounds(980_000)
        tracemalloc.start()
        try:
            rounds(10_000)
            before = tracemalloc.get_traced_memory()[0]
            rounds(10_000)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert broker.counts() == {"published": 1_000_000, "consumed": 1_000_000, "waiting": 0, "queues": 0}
    assert grown < 10_000, f"{grown} bytes more after 10,000 messages than after as many before"


def test_a_reader_whose_time_is_up_leaves_nothing_behind() -> None:
    with InMemoryBroker() as broker:
        for i in range(100):
            assert broker.consume(CHANNELS.control(f"MG{i}"), f"MG{i}", 1e-6) == []
        assert broker._office is not None
        assert broker._office.readers == {}


def test_it_is_its_options_when_compared_and_when_pickled() -> None:
    one, other = InMemoryBroker(capacity=7), InMemoryBroker(capacity=7)
    one.open()
    one.publish(REPORTS, letter())
    again = pickle.loads(pickle.dumps(one))
    assert one == other == again
    assert hash(one) == hash(other)
    assert one != InMemoryBroker(capacity=8)
    with pytest.raises(BrokerFault, match="is not open; call open"):
        again.publish(REPORTS, letter())


def test_a_closed_broker_cannot_be_opened_again() -> None:
    broker = InMemoryBroker()
    broker.close()
    with pytest.raises(BrokerFault, match="is closed; make a new one"):
        broker.open()


@pytest.mark.parametrize("options", [{"capacity": 0}, {"put_timeout_s": -1.0}])
def test_options_outside_their_bounds_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(QuantityError):
        InMemoryBroker(**options)  # type: ignore[arg-type]
