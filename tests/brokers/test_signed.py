"""A signed broker delivers what its sender signed, once, where it belongs, and nothing else."""

import hmac
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from pgcore.brokers.keyring import Keyring
from pgcore.brokers.keys import Key, new_keys
from pgcore.brokers.signed import SignedBroker, mac_input
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import ENVIRONMENT, Answer, Farewell, Message, Sealed
from tests.wire import CHANNELS, REPORTS, TO_MG1, Wire, letter, seal_of, with_seal

KEYS = new_keys(["MG1", "MG2"], key_id="k1")
UPDATES = CHANNELS.state_updates()


class Site:
    """The environment's broker and an agent's, on one wire."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.environment = SignedBroker(self.wire, Keyring(KEYS[ENVIRONMENT]))
        self.mg1 = SignedBroker(self.wire, Keyring(KEYS["MG1"]))
        self.mg2 = SignedBroker(self.wire, Keyring(KEYS["MG2"]))

    def heard(self, channel: str | list[str] = REPORTS) -> list[Message]:
        return self.environment.consume(channel, ENVIRONMENT)

    def refused(self) -> dict[tuple[str, str], int]:
        return self.environment.refusals.by_sender


@pytest.fixture
def site() -> Site:
    return Site()


def forged(message: Message, channel: str, key: Key, payload: bytes | None = None) -> Message:
    """``message`` as someone who has ``key`` and no scruples would seal it."""
    given = seal_of(message)
    payload = given.payload if payload is None else payload
    secret = key.link_secret(key.sender, message.recipient)
    return replace(message, body=Sealed(payload, key.id, hmac.digest(secret, mac_input(message, channel, key.id, payload), "sha256")))


def test_a_message_arrives_as_it_was_sent_both_ways(site: Site) -> None:
    site.mg1.publish(REPORTS, letter(body=Answer(np.array([[0.1, -0.0, np.inf]]))))
    (message,) = site.heard()
    assert (message.env_id, message.episode, message.tick, message.sender, message.recipient, message.epoch, message.seq) == (
        *("0", 0, 1, "MG1", ENVIRONMENT, 0, 1),
    )
    assert isinstance(message.body, Answer)
    assert message.body.settings.tobytes() == np.array([[0.1, -0.0, np.inf]]).tobytes()
    site.environment.publish(TO_MG1, letter(ENVIRONMENT, "MG1"))
    assert [m.sender for m in site.mg1.consume(TO_MG1, "MG1")] == [ENVIRONMENT]


def test_a_device_speaks_with_the_key_of_its_agent(site: Site) -> None:
    site.mg1.publish(UPDATES, letter("MG1.ess"))
    assert [m.sender for m in site.heard(UPDATES)] == ["MG1.ess"]


def test_the_wire_shows_the_envelope_and_a_seal(site: Site) -> None:
    site.mg1.publish(REPORTS, letter(seq=5))
    _, message = site.wire.take()
    assert (message.sender, message.recipient, message.tick, message.seq) == ("MG1", ENVIRONMENT, 1, 5)
    assert seal_of(message).key_id == "k1"


def test_a_change_of_any_byte_of_the_payload_or_the_signature_is_refused(site: Site) -> None:
    site.mg1.publish(REPORTS, letter(body=Answer(np.array([[0.25]]))))
    channel, message = site.wire.take()
    tried = 0
    for part in ("payload", "mac"):
        whole: bytes = getattr(seal_of(message), part)
        for place in range(len(whole)):
            for bit in (0x01, 0x80):
                changed = bytearray(whole)
                changed[place] ^= bit
                site.wire.publish(channel, with_seal(message, **{part: bytes(changed)}))
                assert site.heard() == []
                tried += 1
    assert site.environment.counts()["refused"] == tried > 300
    site.wire.publish(channel, message)
    assert len(site.heard()) == 1


@pytest.mark.parametrize(
    "changes",
    [{"episode": 1}, {"tick": 2}, {"tick": -1}, {"epoch": 1}, {"seq": 2}, {"seq": 1 << 70}, {"sender": "MG2"}, {"sender": "MG1.ess"}],
)
def test_a_changed_envelope_is_tampered(site: Site, changes: dict[str, Any]) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.spoil(lambda message: replace(message, **changes))
    assert site.heard() == []
    assert [reason for reason, _ in site.refused()] == ["tampered"]


@pytest.mark.parametrize("cut", [{"mac": b""}, {"mac": bytes(31)}, {"payload": b""}, {"payload": b"\xff\xfe\n{}"}, {"payload": b"no break"}])
def test_a_seal_that_is_cut_short_is_refused(site: Site, cut: dict[str, Any]) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.spoil(lambda message: with_seal(message, **cut))
    assert site.heard() == []
    assert site.environment.counts()["refused"] == 1


def test_a_sender_that_can_be_no_actor_is_forbidden(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.spoil(lambda message: replace(message, sender="a\ud800"))
    assert site.heard() == []
    assert [reason for reason, _ in site.refused()] == ["forbidden"]


def test_the_same_message_again_is_replayed(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    copy = site.wire.sent[0]
    assert len(site.heard()) == 1
    site.wire.publish(*copy)
    assert site.heard() == []
    assert site.refused() == {("replayed", "MG1"): 1}


def test_messages_out_of_order_are_all_delivered(site: Site) -> None:
    for seq in (3, 1, 2, 900, 4):
        site.mg1.publish(REPORTS, letter(seq=seq))
    assert [m.seq for m in site.heard()] == [3, 1, 2, 900, 4]


def test_a_message_of_an_earlier_life_is_stale(site: Site) -> None:
    site.mg1.publish(REPORTS, letter(seq=8))
    old = site.wire.take()
    site.mg1.publish(REPORTS, letter(seq=1, epoch=1))
    assert len(site.heard()) == 1
    site.wire.publish(*old)
    assert site.heard() == []
    assert site.refused() == {("stale", "MG1"): 1}


def test_a_message_moved_to_another_channel_is_foreign(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.publish(UPDATES, site.wire.take()[1])
    assert site.heard(UPDATES) == []
    assert site.refused() == {("foreign", "MG1"): 1}


def test_a_message_that_names_another_channel_in_its_payload_is_tampered(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    _, message = site.wire.take()
    site.wire.publish(UPDATES, with_seal(message, payload=seal_of(message).payload.replace(REPORTS.encode(), UPDATES.encode())))
    assert site.heard(UPDATES) == []
    assert site.refused() == {("tampered", "MG1"): 1}


def test_several_channels_at_once_keep_their_own_numbers(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    site.mg1.publish(UPDATES, letter())
    assert len(site.heard([REPORTS, UPDATES])) == 2


def test_a_message_moved_to_another_environment_is_refused(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    _, message = site.wire.take()
    other = REPORTS.replace("env_0", "env_1")
    site.wire.publish(other, message)
    site.wire.publish(other, replace(message, env_id="1"))
    site.wire.publish(REPORTS, replace(message, env_id="1"))
    assert site.heard(other) == site.heard(REPORTS) == []
    assert site.refused() == {("foreign", "MG1"): 3}


def test_a_message_for_someone_else_is_foreign(site: Site) -> None:
    site.environment.publish(TO_MG1, letter(ENVIRONMENT, "MG1"))
    to_mg2 = CHANNELS.control("MG2")
    site.wire.publish(to_mg2, replace(site.wire.take()[1], recipient="MG2"))
    assert site.mg2.consume(to_mg2, "MG2") == []
    assert site.mg2.refusals.by_sender == {("foreign", ENVIRONMENT): 1}


def test_an_agent_cannot_sign_as_another(site: Site) -> None:
    with pytest.raises(BrokerFault, match="cannot sign what MG2 says to environment: it holds no key for that"):
        site.mg1.publish(REPORTS, letter("MG2"))
    site.mg2.publish(REPORTS, letter("MG2"))
    site.wire.spoil(lambda message: forged(message, REPORTS, KEYS["MG1"][0]))
    assert site.heard() == []
    assert site.refused() == {("tampered", "MG2"): 1}


def test_what_an_agent_holds_to_check_the_environment_does_not_forge_it_to_another(site: Site) -> None:
    told = KEYS["MG1"][1]
    assert told.sender == ENVIRONMENT
    site.environment.publish(CHANNELS.control("MG2"), letter(ENVIRONMENT, "MG2"))
    site.wire.spoil(lambda message: forged_with(message, told.secret))
    assert site.mg2.consume(CHANNELS.control("MG2"), "MG2") == []
    assert site.mg2.refusals.by_sender == {("tampered", ENVIRONMENT): 1}


def forged_with(message: Message, secret: bytes) -> Message:
    payload = seal_of(message).payload
    return with_seal(message, mac=hmac.digest(secret, mac_input(message, CHANNELS.control("MG2"), "k1", payload), "sha256"))


def test_a_key_of_another_sender_is_foreign() -> None:
    wire, own, others = Wire(), Key("k1", "MG1", bytes(32)), Key("k2", "MG2", bytes(range(32)))
    broker = SignedBroker(wire, Keyring([own, others]))
    broker.publish(REPORTS, letter())
    wire.spoil(lambda message: forged(message, REPORTS, others))
    assert broker.consume(REPORTS, ENVIRONMENT) == []
    assert broker.refusals.by_sender == {("foreign", "MG1"): 1}


def test_a_key_that_nobody_holds_is_unknown(site: Site) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.spoil(lambda message: with_seal(message, key_id="k9"))
    assert site.heard() == []
    assert site.refused() == {("unknown_key", "MG1"): 1}


def test_a_message_without_a_seal_is_unsigned(site: Site) -> None:
    site.wire.publish(REPORTS, letter())
    assert site.heard() == []
    assert site.refused() == {("unsigned", "MG1"): 1}


def test_a_message_signed_with_a_key_that_has_ended_is_refused() -> None:
    wire, key, now = Wire(), Key("k1", "*", bytes(32), not_after=100.0), 0.0
    here, there = (SignedBroker(wire, Keyring([key], clock=clock)) for clock in (lambda: 0.0, lambda: now))
    here.publish(REPORTS, letter(seq=1))
    here.publish(REPORTS, letter(seq=2))
    (_, late), now = wire.take(), 50.0
    assert len(there.consume(REPORTS, ENVIRONMENT)) == 1
    wire.publish(REPORTS, late)
    now = 1000.0
    assert there.consume(REPORTS, ENVIRONMENT) == []
    assert there.refusals.by_sender == {("expired_key", "MG1"): 1}


def test_the_access_rules_hold_in_memory(site: Site) -> None:
    with pytest.raises(BrokerFault, match="MG1 may not write the channel env_0__control__MG2"):
        site.mg1.publish(CHANNELS.control("MG2"), letter(recipient="MG2"))
    assert site.wire.sent == []
    site.mg1.publish(REPORTS, letter())
    site.environment.publish(TO_MG1, letter(ENVIRONMENT, "MG1"))
    assert [m.sender for m in site.mg1.consume([TO_MG1, REPORTS], "MG1")] == [ENVIRONMENT]
    assert site.mg1.consume(REPORTS, "MG1") == []
    assert site.mg1.refusals.by_sender == {("forbidden", "MG1"): 2}


def test_a_signed_message_on_a_channel_that_its_sender_may_not_write_is_forbidden(site: Site) -> None:
    to_mg2 = CHANNELS.control("MG2")
    broker = SignedBroker(site.wire, Keyring(KEYS[ENVIRONMENT]))
    site.mg1.publish(REPORTS, letter())
    _, message = site.wire.take()
    payload = seal_of(message).payload.replace(REPORTS.encode(), to_mg2.encode())
    site.wire.publish(to_mg2, forged(replace(message, recipient="MG2"), to_mg2, KEYS["MG1"][0], payload))
    assert broker.consume(to_mg2, "MG2") == []
    assert broker.refusals.by_sender == {("forbidden", "MG1"): 1}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(lambda payload: payload[:-3], "malformed"), (lambda payload: payload.replace(b'"tick":1', b'"tick":2'), "foreign")],
    ids=["cut", "contradicts its envelope"],
)
def test_what_a_sender_signed_and_nobody_can_use_is_refused(site: Site, spoil: Callable[[bytes], bytes], reason: str) -> None:
    site.mg1.publish(REPORTS, letter())
    site.wire.spoil(lambda message: forged(message, REPORTS, KEYS["MG1"][0], spoil(seal_of(message).payload)))
    assert site.heard() == []
    assert site.refused() == {(reason, "MG1"): 1}


def test_keys_are_changed_under_load_and_no_message_is_refused() -> None:
    """A thousand steps both ways over the change, first of the clock from one key to the next, then by new files given to a running system."""
    now, wire = 0.0, Wire()
    old, new = (new_keys(["MG1"], key_id=key_id, not_before=since, not_after=until) for key_id, since, until in (("k1", 0, 600), ("k2", 500, 1e9)))
    rings = {name: Keyring([*old[name], *new[name]], clock=lambda: now) for name in (ENVIRONMENT, "MG1")}
    environment, mg1 = (SignedBroker(wire, ring) for ring in rings.values())
    third, used = new_keys(["MG1"], key_id="k3", not_before=750), set()
    for step in range(1, 1001):
        now = float(step)
        for name, at in (("MG1", 700), (ENVIRONMENT, 720)):
            if step == at:
                rings[name].renew([*new[name], *third[name]])
        mg1.publish(REPORTS, letter(seq=step))
        used.add(seal_of(wire.sent[0][1]).key_id)
        environment.publish(TO_MG1, letter(ENVIRONMENT, "MG1", seq=step))
        assert len(environment.consume(REPORTS, ENVIRONMENT)) == len(mg1.consume(TO_MG1, "MG1")) == 1
    assert environment.counts()["refused"] == mg1.counts()["refused"] == 0
    assert used == {"k1", "k2", "k3"}


def test_refused_messages_do_not_end_the_wait(site: Site) -> None:
    class Late(Wire):
        """Has garbage at once and a message on the third look."""

        def consume(self, channel: object, recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
            self.asked += 1
            assert 0.0 < timeout_s <= 30.0
            return [letter()] if self.asked < 3 else [good]

    site.mg1.publish(REPORTS, letter())
    _, good = site.wire.take()
    late = Late()
    assert len(SignedBroker(late, Keyring(KEYS[ENVIRONMENT])).consume(REPORTS, ENVIRONMENT, 30.0)) == 1
    assert late.asked == 3


def test_each_reason_and_sender_is_named_in_one_warning_without_secrets(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    for seq in (1, 2, 3):
        site.mg1.publish(REPORTS, letter(seq=seq))
        site.wire.spoil(lambda message: with_seal(message, mac=bytes(32)))
    assert site.heard() == []
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "'MG1' on env_0__reports: tampered" in record.getMessage()
    for key in (*KEYS["MG1"], *KEYS[ENVIRONMENT]):
        assert key.secret.hex() not in record.getMessage()


def test_it_opens_and_closes_its_base_and_promises_what_that_does(site: Site) -> None:
    site.environment.open()
    assert site.wire.is_open
    assert site.environment.ordered is False
    assert site.environment.remote is False
    site.heard()
    assert site.environment.counts()["asked"] == 1
    site.environment.close()
    assert not site.wire.is_open


def test_no_two_messages_have_the_same_input_of_their_signature() -> None:
    """Moving a letter from one text to its neighbour changes the input, since each has its length before it."""
    first = mac_input(letter("MG1", "environment"), "ab", "k", b"p")
    assert first.startswith(b"pgcore seal 1\n")
    others = [
        mac_input(letter("MG1e", "nvironment"), "ab", "k", b"p"),
        mac_input(letter("MG1", "environment", env_id="0a"), "b", "k", b"p"),
        mac_input(letter("MG1", "environmentk"), "ab", "", b"p"),
        mac_input(letter("MG1", "environment", tick=0, episode=1), "ab", "k", b"p"),
    ]
    assert len({first, *others}) == 5


def test_a_farewell_of_any_size_is_carried(site: Site) -> None:
    site.mg1.publish(REPORTS, letter(body=Farewell("x" * 100_000)))
    (message,) = site.heard()
    assert isinstance(message.body, Farewell)
    assert len(message.body.reason) == 100_000
