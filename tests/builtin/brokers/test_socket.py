"""The socket broker: the environment's process and those of agents, here threads of one."""

import logging
import os
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client, Connection
from pathlib import Path

import attrs
import pytest
from msgspec.structs import replace

from pgcore import builtin
from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.builtin.brokers.sockets.parcels import MESSAGE, Parcel, pack
from pgcore.catalog import Catalog
from pgcore.codec import encode
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import ENVIRONMENT
from tests.builtin.brokers.talk import KEY, REPORTS, claimed, control, eventually, numbers, read, said

Connect = Callable[..., SocketBroker]


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCORE_BROKER_KEY", KEY)


@pytest.fixture
def hub() -> Iterator[SocketBroker]:
    with SocketBroker(capacity=50) as opened:
        yield opened


@pytest.fixture
def connect(hub: SocketBroker) -> Iterator[Connect]:
    """Makes another process's end."""
    made: list[SocketBroker] = []

    def one(**options: object) -> SocketBroker:
        client = attrs.evolve(hub, address=hub.bound_address, **options)
        client.open(hub=False)
        made.append(client)
        return client

    yield one
    for client in made:
        client.close()


def dialled(hub: SocketBroker) -> Connection:
    """A bare connection that knows the key and may say anything."""
    host, _, port = hub.bound_address.rpartition(":")
    made = Client((host, int(port)), authkey=KEY.encode())
    assert isinstance(made, Connection)
    return made


# ---- messages --------------------------------------------------------------------------------------------------------------------------------------


def test_a_message_reaches_another_process_and_the_answer_comes_back_bit_for_bit(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    claimed(hub, client, control("MG1"), "MG1")
    hub.publish(control("MG1"), said(1, "MG1"))
    there = read(client, control("MG1"), "MG1", 1)
    client.publish(REPORTS, replace(there[0], sender="MG1", recipient=ENVIRONMENT))
    back = read(hub, REPORTS, ENVIRONMENT, 1)
    assert encode(replace(back[0], sender=ENVIRONMENT, recipient="MG1")) == encode(said(1, "MG1"))


def test_what_is_sent_before_anyone_reads_waits_and_keeps_its_order(hub: SocketBroker, connect: Connect) -> None:
    for seq in range(1, 6):
        hub.publish(control("MG1"), said(seq, "MG1"))
    client = connect()
    assert numbers(read(client, control("MG1"), "MG1", 5)) == [1, 2, 3, 4, 5]
    assert hub.counts()["waiting"] == 0


def test_messages_of_several_channels_that_waited_come_in_the_order_of_arrival(hub: SocketBroker, connect: Connect) -> None:
    channels = [control("MG1"), "env_0__invitations__MG1"]
    for seq in range(1, 7):
        hub.publish(channels[seq % 2], said(seq, "MG1"))
    assert numbers(read(connect(), channels, "MG1", 6)) == [1, 2, 3, 4, 5, 6]


def test_what_waits_is_bounded_and_the_error_names_who_is_missing(hub: SocketBroker) -> None:
    for seq in range(50):
        hub.publish(control("MG1"), said(seq, "MG1"))
    with pytest.raises(BrokerFault, match=r"MG1 is not connected and 50 messages wait for it, the last for env_0__control__MG1: start its process"):
        hub.publish(control("MG1"), said(51, "MG1"))


def test_readers_of_one_process_talk_without_the_hub(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    channel = "env_0__action__MG1_to_MG1.ess"
    claimed(hub, client, channel, "MG1.ess")
    client.publish(channel, said(1, "MG1.ess", sender="MG1"))
    assert numbers(client.consume(channel, "MG1.ess", 1.0)) == [1]
    assert hub.counts()["received"] == 0


def test_processes_talk_to_each_other_through_the_hub(hub: SocketBroker, connect: Connect) -> None:
    one, other = connect(), connect()
    channel = "env_0__action__MG1_to_MG1.ess"
    claimed(hub, other, channel, "MG1.ess")
    one.publish(channel, said(1, "MG1.ess", sender="MG1"))
    assert numbers(read(other, channel, "MG1.ess", 1)) == [1]


def test_a_shorter_way_that_opens_later_lets_no_message_overtake(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    channel = "env_0__action__MG1_to_MG1.ess"
    client.publish(channel, said(1, "MG1.ess", sender="MG1"))
    got = client.consume(channel, "MG1.ess")
    for seq in range(2, 20):
        client.publish(channel, said(seq, "MG1.ess", sender="MG1"))
    assert numbers([*got, *read(client, channel, "MG1.ess", 19 - len(got))]) == list(range(1, 20))


def test_actors_of_the_same_name_in_two_environments_get_their_own_messages(hub: SocketBroker, connect: Connect) -> None:
    clients = {env_id: connect() for env_id in ("a", "b")}
    for env_id, client in clients.items():
        client.consume(control("MG1", env_id), "MG1")
    for seq, env_id in enumerate(clients):
        hub.publish(control("MG1", env_id), said(seq, "MG1", env_id=env_id))
    got = {env_id: numbers(read(client, control("MG1", env_id), "MG1", 1)) for env_id, client in clients.items()}
    assert got == {"a": [0], "b": [1]}


def test_many_threads_that_publish_at_once_keep_each_senders_order(hub: SocketBroker, connect: Connect) -> None:
    client = connect(capacity=10_000)
    claimed(hub, client, control("MG1"), "MG1")
    senders = [f"S{k}" for k in range(6)]

    def publish(sender: str) -> None:
        for seq in range(200):
            hub.publish(control("MG1"), said(seq, "MG1", sender=sender))

    threads = [threading.Thread(target=publish, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    got = read(client, control("MG1"), "MG1", 1200)
    for thread in threads:
        thread.join()
    assert {s: [m.seq for m in got if m.sender == s] for s in senders} == {s: list(range(200)) for s in senders}


def test_a_large_message_passes(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    hub.publish(control("MG1"), said(1, "MG1", values=200_000))
    (found,) = read(client, control("MG1"), "MG1", 1)
    assert encode(found) == encode(said(1, "MG1", values=200_000))


def test_a_sender_learns_that_the_hub_had_no_room(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    for seq in range(51):
        client.publish(control("MG2"), said(seq, "MG2", sender="MG1"))
    assert eventually(lambda: hub.counts()["undeliverable"] == 1)

    def refused() -> bool:
        client.publish(control("MG2"), said(99, "MG2", sender="MG1"))
        return False

    with pytest.raises(BrokerFault, match="an earlier message was not delivered: MG2 is not connected and 50 messages wait"):
        eventually(refused)  # the word comes back in its own time


@pytest.mark.parametrize("end", ["hub", "client"])
def test_a_message_on_a_channel_of_another_environment_is_refused_at_once(hub: SocketBroker, connect: Connect, end: str) -> None:
    with pytest.raises(BrokerFault, match="'environment' sent a message of environment '1' on 'env_0__control__MG1', a channel of another"):
        (hub if end == "hub" else connect()).publish(control("MG1"), said(1, "MG1", env_id="1"))


# ---- who is there ----------------------------------------------------------------------------------------------------------------------------------


def test_a_lost_connection_is_named_once_and_the_next_one_gets_what_was_sent_since(hub: SocketBroker, connect: Connect) -> None:
    first = connect()
    claimed(hub, first, control("MG1"), "MG1")
    assert hub.gone() == []
    first.close()
    assert eventually(lambda: hub.connected() == set())
    assert (hub.gone(), hub.gone()) == (["MG1"], [])
    hub.publish(control("MG1"), said(7, "MG1"))
    assert numbers(read(connect(), control("MG1"), "MG1", 1)) == [7]
    assert hub.connected() == {"MG1"}


def test_the_newest_connection_takes_over_a_name_and_the_older_one_is_told(hub: SocketBroker, connect: Connect) -> None:
    old, new = connect(), connect()
    claimed(hub, old, control("MG1"), "MG1")
    new.consume(control("MG1"), "MG1")
    with pytest.raises(BrokerFault, match="another process took the place of MG1 at the hub at 127.0.0.1"):
        read(old, control("MG1"), "MG1", 1)
    hub.publish(control("MG1"), said(1, "MG1"))
    assert numbers(read(new, control("MG1"), "MG1", 1)) == [1]
    old.close()
    assert hub.gone() == []


def test_nobody_takes_the_place_of_a_reader_in_the_hubs_own_process(hub: SocketBroker, connect: Connect) -> None:
    hub.consume(REPORTS, ENVIRONMENT)
    impostor, agent = connect(), connect()
    with pytest.raises(BrokerFault, match="took the place of environment"):
        read(impostor, REPORTS, ENVIRONMENT, 1)
    agent.publish(REPORTS, said(1, ENVIRONMENT, sender="MG1"))
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 1)) == [1]


def test_only_the_hub_knows_who_is_connected(connect: Connect) -> None:
    with pytest.raises(BrokerFault, match="only the hub knows"):
        connect().connected()


# ---- ends ------------------------------------------------------------------------------------------------------------------------------------------


def test_a_client_reads_what_was_sent_last_and_then_hears_that_the_hub_is_gone(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    claimed(hub, client, control("MG1"), "MG1")
    hub.publish(control("MG1"), said(1, "MG1"))
    hub.close()
    assert numbers(read(client, control("MG1"), "MG1", 1)) == [1]
    with pytest.raises(BrokerFault, match=r"the hub at 127.0.0.1:\d+ is gone \(the other end hung up\)"):
        client.consume(control("MG1"), "MG1", 5.0)
    with pytest.raises(BrokerFault, match="is gone"):
        client.publish(REPORTS, said(1, ENVIRONMENT, sender="MG1"))


def test_what_a_client_sent_last_arrives_although_it_closes_at_once(hub: SocketBroker, connect: Connect) -> None:
    client = connect()
    for seq in range(40):
        client.publish(REPORTS, said(seq, ENVIRONMENT, sender="MG1"))
    client.close()
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 40)) == list(range(40))


@pytest.mark.parametrize("end", ["hub", "client"])
def test_closing_wakes_a_reader_that_waits(hub: SocketBroker, connect: Connect, end: str) -> None:
    broker = hub if end == "hub" else connect()
    heard: list[str] = []
    entered = threading.Event()

    def wait() -> None:
        entered.set()
        try:
            broker.consume(control("MG1"), "MG1", 30.0)
        except BrokerFault as error:
            heard.append(str(error))

    reader = threading.Thread(target=wait)
    reader.start()
    entered.wait()
    broker.close()
    reader.join(2.0)
    assert len(heard) == 1
    assert "closed" in heard[0]


def test_closing_takes_under_a_second_and_leaves_no_thread_and_no_descriptor() -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = threading.active_count(), descriptors()
    for _ in range(3):
        hub = SocketBroker()
        hub.open()
        clients = [attrs.evolve(hub, address=hub.bound_address) for _ in range(4)]
        for k, client in enumerate(clients):
            client.open(hub=False)
            claimed(hub, client, control(f"MG{k}"), f"MG{k}")
        silent = socket.create_connection(hub.bound_address.split(":"))
        clients[0].close()
        started = time.monotonic()
        hub.close()
        assert time.monotonic() - started < 1.0
        silent.close()
        for client in clients:
            client.close()
    assert (threading.active_count(), descriptors()) == before


def test_closing_twice_and_opening_twice_are_harmless(hub: SocketBroker) -> None:
    address = hub.bound_address
    hub.open()
    assert hub.bound_address == address
    hub.close()
    hub.close()
    with pytest.raises(BrokerFault, match="closed"):
        hub.publish(control("MG1"), said(1, "MG1"))


def test_a_broker_that_is_not_open_says_so() -> None:
    with pytest.raises(BrokerFault, match=r"the socket broker is not open: call open\(\)"):
        SocketBroker().consume(control("MG1"), "MG1")


# ---- strangers -------------------------------------------------------------------------------------------------------------------------------------


def test_a_pickle_is_refused_unread_and_the_connection_goes_on(hub: SocketBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    peer = dialled(hub)
    peer.send(Trap())
    peer.send(Trap())
    assert eventually(lambda: hub.counts()["malformed"] == 2)
    assert not (tmp_path / "sprung").exists()
    assert [record.levelno for record in caplog.records if "is no message" in record.message] == [logging.WARNING]
    peer.send_bytes(pack([Parcel(MESSAGE, REPORTS, ENVIRONMENT, encode(said(5, ENVIRONMENT)))]))
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 1)) == [5]
    peer.close()


def test_a_message_that_cannot_be_read_costs_no_other_in_its_frame(hub: SocketBroker) -> None:
    hub.consume(REPORTS, ENVIRONMENT)
    good = Parcel(MESSAGE, REPORTS, ENVIRONMENT, encode(said(5, ENVIRONMENT)))
    for_another = Parcel(MESSAGE, REPORTS, ENVIRONMENT, encode(said(6, "MG1")))
    peer = dialled(hub)
    peer.send_bytes(pack([Parcel(MESSAGE, REPORTS, ENVIRONMENT, b"{"), for_another, good]))
    assert numbers(read(hub, REPORTS, ENVIRONMENT, 1)) == [5]
    assert hub.counts()["malformed"] == 2
    peer.close()


def test_rubbish_that_waited_for_a_reader_of_the_hub_does_not_stop_it(hub: SocketBroker) -> None:
    peer = dialled(hub)
    peer.send_bytes(pack([Parcel(MESSAGE, REPORTS, ENVIRONMENT, b"{")]))
    assert eventually(lambda: hub.counts()["waiting"] == 1)
    assert hub.consume(REPORTS, ENVIRONMENT) == []
    assert hub.counts()["malformed"] == 1
    peer.close()


def test_a_wrong_key_is_refused_in_words_at_both_ends(
    hub: SocketBroker, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTHER_KEY", "f" * 32)
    words = r"the key in the environment variable OTHER_KEY does not match that of the hub at 127.0.0.1:\d+: both ends need the same secret"
    with pytest.raises(BrokerFault, match=words):
        connect(key_env="OTHER_KEY")
    assert eventually(lambda: hub.counts()["refused"] == 1)
    assert "does not match that in the environment variable PGCORE_BROKER_KEY" in caplog.text
    assert KEY not in caplog.text
    assert "f" * 32 not in caplog.text


def test_a_stranger_who_says_nothing_holds_up_nobody(hub: SocketBroker, connect: Connect) -> None:
    host, _, port = hub.bound_address.rpartition(":")
    with socket.create_connection((host, int(port))):
        client = connect()
        claimed(hub, client, control("MG1"), "MG1")
        hub.publish(control("MG1"), said(1, "MG1"))
        assert numbers(read(client, control("MG1"), "MG1", 1)) == [1]


def test_without_a_hub_the_error_says_what_to_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = SocketBroker(address=f"127.0.0.1:{port}", connect_timeout_s=0.2)
    with pytest.raises(BrokerFault, match=r"no hub at 127.0.0.1:\d+ within 0.2 s \(.*refused.*\): start the environment first"):
        client.open(hub=False)


def test_a_hub_that_starts_later_is_found(hub: SocketBroker, tmp_path: Path) -> None:
    address = f"unix:{tmp_path / 'hub'}"
    client, late = SocketBroker(address=address), SocketBroker(address=address)
    opening = threading.Thread(target=client.open, args=(False,))
    opening.start()
    late.open()
    opening.join(5.0)
    claimed(late, client, control("MG1"), "MG1")
    client.close()
    late.close()


def test_port_0_is_for_the_hub_alone() -> None:
    with pytest.raises(BrokerFault, match="port 0, which only the hub may use"):
        SocketBroker().open(hub=False)


def test_a_taken_address_is_named(hub: SocketBroker) -> None:
    with pytest.raises(BrokerFault, match=r"cannot listen at 127.0.0.1:\d+: .*in use.*; give another `address`"):
        SocketBroker(address=hub.bound_address).open()


# ---- options ---------------------------------------------------------------------------------------------------------------------------------------


def test_it_is_among_the_built_in_brokers() -> None:
    assert Catalog.of(builtin).get("broker", "socket") is SocketBroker


def test_options_are_compared_hashed_and_pickled_and_hold_no_key(hub: SocketBroker) -> None:
    copy = pickle.loads(pickle.dumps(hub))
    assert (copy, hash(copy)) == (hub, hash(hub))
    assert KEY.encode() not in pickle.dumps(hub)
    assert KEY not in repr(hub)
    with pytest.raises(BrokerFault, match="not open"):
        copy.counts()


def test_a_unix_socket_serves_its_owner_alone_and_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "hub"
    with SocketBroker(address=f"unix:{path}") as hub:
        assert path.stat().st_mode & 0o777 == 0o600
        client = SocketBroker(address=hub.bound_address)
        client.open(hub=False)
        claimed(hub, client, control("MG1"), "MG1")
        client.close()
    assert not path.exists()
