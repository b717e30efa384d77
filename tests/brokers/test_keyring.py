"""A keyring finds the newest key to sign with and every key in force to check against."""

import json
import pickle
from pathlib import Path

import pytest

from pgcore.brokers.keyfile import format_keys, write_keys
from pgcore.brokers.keyring import Keyring
from pgcore.brokers.keys import Key, KeyringError
from pgcore.brokers.refusals import Refused

FIRST, SECOND = bytes(range(32)), bytes(range(1, 33))


class Hand:
    """A clock that a test sets."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def refusal(ring: Keyring, key_id: str = "k1", sender: str = "MG1", recipient: str = "environment") -> str:
    with pytest.raises(Refused) as refused:
        ring.checker(key_id, sender, recipient)
    return refused.value.reason


def signed(ring: Keyring, sender: str, recipient: str) -> tuple[str, bytes]:
    key_id, mac = ring.signer(sender, recipient)
    return key_id, mac.digest()


def test_what_one_ring_signs_with_another_checks_against() -> None:
    master = Key("k1", "*", FIRST)
    here, there = Keyring([master]), Keyring([master.of_sender("MG1"), master.of_sender("environment").to_recipient("MG1")])
    assert signed(there, "MG1.ess", "environment") == ("k1", here.checker("k1", "MG1.ess", "environment").digest())
    assert signed(here, "environment", "MG1") == ("k1", there.checker("k1", "environment", "MG1").digest())


def test_each_message_is_signed_from_the_start() -> None:
    ring = Keyring([Key("k1", "*", FIRST)])
    ring.signer("MG1", "environment")[1].update(b"one")
    assert signed(ring, "MG1", "environment")[1] == Keyring([Key("k1", "*", FIRST)]).checker("k1", "MG1", "environment").digest()


def test_the_newest_key_in_force_signs_from_the_moment_on() -> None:
    clock = Hand()
    ring = Keyring([Key("new", "MG1", SECOND, not_before=100.0), Key("old", "MG1", FIRST, not_after=200.0)], clock=clock)
    signed_with = {}
    for clock.now in (0.0, 99.9, 100.0, 199.9, 200.0, 1e9, 50.0):
        signed_with[clock.now] = ring.signer("MG1", "environment")[0]
    assert signed_with == {0.0: "old", 99.9: "old", 100.0: "new", 199.9: "new", 200.0: "new", 1e9: "new", 50.0: "old"}


def test_the_closest_of_several_keys_signs() -> None:
    ring = Keyring([Key("own", "MG1.ess", FIRST), Key("agents", "MG1", SECOND)])
    assert ring.signer("MG1.ess", "environment")[0] == "own"
    assert ring.signer("MG1.pv", "environment")[0] == "agents"


def test_a_key_is_accepted_in_its_time_and_a_minute_around_it() -> None:
    clock = Hand()
    ring = Keyring([Key("k1", "MG1", FIRST, not_before=1000.0, not_after=2000.0)], clock=clock, skew_s=60.0)
    for clock.now in (940.0, 1000.0, 2059.0):
        assert ring.checker("k1", "MG1", "environment").digest_size == 32
    for clock.now in (939.0, 2060.0):
        assert refusal(ring) == "expired_key"


def test_a_key_that_is_not_held_is_unknown_and_one_of_others_is_foreign() -> None:
    ring = Keyring([Key("k1", "MG1", FIRST), Key("k2", "environment", SECOND, "MG1")])
    assert refusal(ring, "k3") == "unknown_key"
    assert refusal(ring, "k1", "MG2") == "foreign"
    assert refusal(ring, "k2", "environment", "MG2") == "foreign"


def test_signing_without_a_key_names_what_is_held_and_no_secret() -> None:
    ring = Keyring([Key("k1", "MG1", FIRST, not_after=10.0)], clock=Hand(20.0))
    with pytest.raises(KeyringError, match=r"Keyring\(k1: MG1 -> \*\) cannot sign what MG2 says to environment: it holds no key for that"):
        ring.signer("MG2", "environment")
    with pytest.raises(KeyringError, match="none of its keys for that is in force now"):
        ring.signer("MG1", "environment")


def test_renewed_keys_hold_from_now_on() -> None:
    ring = Keyring([Key("k1", "MG1", FIRST)])
    assert ring.signer("MG1", "environment")[0] == "k1"
    ring.renew([Key("k2", "MG1", SECOND)])
    assert ring.signer("MG1", "environment")[0] == "k2"
    assert refusal(ring, "k1") == "unknown_key"


def test_no_keys_and_keys_of_one_name_are_refused() -> None:
    with pytest.raises(KeyringError, match="without keys"):
        Keyring([])
    with pytest.raises(KeyringError, match="two keys are named 'k1' and are of MG1 to \\*"):
        Keyring([Key("k1", "MG1", FIRST), Key("k1", "MG1", SECOND)])


def test_names_that_a_forger_makes_up_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgcore.brokers.keyring._MOST_LINKS", 10)
    ring = Keyring([Key("k1", "*", FIRST)])
    for number in range(35):
        ring.checker("k1", f"forger{number}", "environment")
    assert len(ring._held.checking) <= 10


def test_a_ring_shows_few_of_many_keys_and_is_not_pickled() -> None:
    ring = Keyring([Key(f"k{i}", "MG1", FIRST) for i in range(20)])
    ring.signer("MG1", "environment")
    assert repr(ring).endswith("k7: MG1 -> *, and 12 more)")
    assert FIRST.hex() not in repr(ring._held)
    assert repr(FIRST) not in repr(ring._held)
    with pytest.raises(TypeError, match="a keyring is not pickled"):
        pickle.dumps(ring)


def test_keys_come_from_a_file_or_an_environment_variable(tmp_path: Path) -> None:
    keys = [Key("k1", "MG1", FIRST)]
    write_keys(tmp_path / "keys.json", keys)
    for ring in (Keyring.from_file(tmp_path / "keys.json"), Keyring.from_environment("KEYS", environ={"KEYS": format_keys(keys)})):
        assert signed(ring, "MG1", "environment") == signed(Keyring(keys), "MG1", "environment")


def test_a_variable_that_is_not_set_or_wrong_is_named() -> None:
    with pytest.raises(KeyringError, match="environment variable KEYS is not set"):
        Keyring.from_environment("KEYS", environ={})
    with pytest.raises(KeyringError, match="environment variable KEYS: not a file of keys"):
        Keyring.from_environment("KEYS", environ={"KEYS": json.dumps([FIRST.hex()])})
