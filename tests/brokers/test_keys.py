"""Keys cover who they are of, and are derived so that nobody gets more than was given."""

import pickle
from copy import deepcopy

import pytest

from pgcore.brokers.keys import Key, KeyringError, covers, hkdf_sha256, new_keys, share

SECRET = bytes(range(32))


def of_hex(text: str) -> bytes:
    return bytes.fromhex(text)


def test_hkdf_gives_the_first_vector_of_rfc_5869() -> None:
    info, salt = of_hex("f0f1f2f3f4f5f6f7f8f9"), of_hex("000102030405060708090a0b0c")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    assert hkdf_sha256(b"\x0b" * 22, info, 42, salt).hex() == okm


def test_hkdf_gives_the_second_vector_of_rfc_5869() -> None:
    secret, salt, info = bytes(range(0x50)), bytes(range(0x60, 0xB0)), bytes(range(0xB0, 0x100))
    okm = (
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    )
    assert hkdf_sha256(secret, info, 82, salt).hex() == okm


def test_hkdf_gives_the_third_vector_of_rfc_5869() -> None:
    okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert hkdf_sha256(b"\x0b" * 22, b"", 42).hex() == okm


def test_hkdf_refuses_more_than_255_blocks() -> None:
    assert len(hkdf_sha256(SECRET, b"", 8160)) == 8160
    with pytest.raises(ValueError, match="at most 8160 bytes"):
        hkdf_sha256(SECRET, b"", 8161)


@pytest.mark.parametrize(
    ("owner", "actor", "expected"),
    [
        ("MG1", "MG1", True),
        ("MG1", "MG1.ess", True),
        ("MG1", "MG12", False),
        ("MG1.ess", "MG1", False),
        ("MG1.ess", "MG1.ess2", False),
        ("*", "x", True),
    ],
)
def test_a_key_covers_its_owner_and_what_belongs_to_it(owner: str, actor: str, expected: bool) -> None:
    assert covers(owner, actor) is expected


def test_every_sender_and_recipient_has_a_secret_of_its_own() -> None:
    master = Key("k", "*", SECRET)
    names = ("environment", "MG1", "MG2", "MG1.ess")
    secrets = {master.link_secret(sender, recipient) for sender in names for recipient in names}
    assert len(secrets | {SECRET}) == len(names) ** 2 + 1


def test_a_derived_key_signs_as_the_one_it_was_derived_from() -> None:
    master = Key("k", "*", SECRET)
    expected = master.link_secret("MG1.ess", "environment")
    for derived in (master.of_sender("MG1"), master.of_sender("MG1.ess"), master.of_sender("MG1").of_sender("MG1.ess").to_recipient("environment")):
        assert derived.link_secret("MG1.ess", "environment") == expected


def test_the_key_to_one_recipient_signs_for_no_other() -> None:
    given = Key("k", "environment", SECRET).to_recipient("MG1")
    assert given.covers("environment", "MG1.ess")
    with pytest.raises(KeyringError, match="key 'k' of environment to MG1 is none of environment to MG2"):
        given.link_secret("environment", "MG2")


def test_a_secret_is_in_no_text_and_in_no_pickle() -> None:
    key = Key("k", "MG1", SECRET)
    assert "secret" not in repr(key)
    for copy in (pickle.dumps, deepcopy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            copy(key)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ({"id": ""}, "key id '': expected 1 to 64 letters"),
        ({"id": "a b"}, "key id 'a b': expected"),
        ({"sender": ""}, "empty sender or recipient"),
        ({"sender": "*", "recipient": "MG1"}, "leave out the recipient 'MG1'"),
        ({"secret": b"short"}, "a secret of 5 bytes, expected at least 32"),
        ({"not_before": 5.0, "not_after": 5.0}, "not_before is 5.0, expected earlier than not_after"),
    ],
)
def test_what_is_no_key_is_refused_in_words_and_without_its_secret(entries: dict[str, object], complaint: str) -> None:
    with pytest.raises(KeyringError, match=complaint) as refused:
        Key(**{"id": "k", "sender": "MG1", "secret": SECRET, **entries})  # type: ignore[arg-type]
    assert "short" not in str(refused.value)


def test_new_keys_let_the_environment_and_an_actor_check_each_other() -> None:
    made = new_keys(["MG1", "MG2"])
    (master,) = made["environment"]
    own, told = made["MG1"]
    assert own.link_secret("MG1", "environment") == master.link_secret("MG1", "environment")
    assert told.link_secret("environment", "MG1") == master.link_secret("environment", "MG1")


def test_new_keys_are_others_each_time() -> None:
    first, second = new_keys(["MG1"]), new_keys(["MG1"])
    assert first["environment"][0].secret != second["environment"][0].secret
    assert first["environment"][0].id != second["environment"][0].id


def test_an_actor_is_given_no_key_to_sign_as_others_to_others() -> None:
    made = new_keys(["OP", "MG1", "MG2", "MG2.ess"], [("OP", "MG1"), ("OP", "MG2")])
    names = ("environment", "OP", "MG1", "MG2")
    allowed = {(s, r) for key in made["MG1"] for s in names for r in names if key.covers(s, r)}
    assert {(s, r) for s, r in allowed if s != "MG1"} == {("environment", "MG1"), ("OP", "MG1")}


def test_a_device_with_keys_of_its_own_can_check_its_agent_and_not_sign_for_it() -> None:
    keys = new_keys(["MG1", "MG1.ess"])["MG1.ess"]
    assert any(key.covers("MG1", "MG1.ess") for key in keys)
    assert not any(key.covers("MG1", "environment") for key in keys)


@pytest.mark.parametrize("name", ["environment", "", "*", "../MG1", "MG1.ess.x"])
def test_keys_are_not_made_for_what_can_be_no_actor(name: str) -> None:
    with pytest.raises(KeyringError, match="the environment gets its keys anyway"):
        new_keys(["MG1", name])


def test_keys_are_not_made_twice_for_one_actor() -> None:
    with pytest.raises(KeyringError, match="found the name 'MG1' twice"):
        new_keys(["MG1", "MG2", "MG1"])


@pytest.mark.parametrize("link", [("OP", "MG1"), ("MG1", "environment")])
def test_a_link_with_someone_unknown_is_refused(link: tuple[str, str]) -> None:
    with pytest.raises(KeyringError, match="found a link with"):
        new_keys(["MG1"], [link])


def test_a_process_gets_of_the_environments_keys_what_it_needs_and_no_more() -> None:
    (master,) = new_keys(["MG1", "MG2"], key_id="k")["environment"]
    mine = share([master], ["MG1"], [("DSO", "MG1")])
    assert [(key.sender, key.recipient) for key in mine] == [("MG1", "*"), ("environment", "MG1"), ("DSO", "MG1")]
    own, told, parent = mine
    assert own.link_secret("MG1.ess", "environment") == master.link_secret("MG1.ess", "environment")
    assert told.link_secret("environment", "MG1.ess") == master.link_secret("environment", "MG1.ess")
    assert parent.link_secret("DSO", "MG1") == master.link_secret("DSO", "MG1")
    assert not any(key.covers("MG2", "environment") or key.covers("environment", "MG2") for key in mine)


def test_keys_that_are_exchanged_are_shared_together() -> None:
    masters = [new_keys(["MG1"], key_id=name)["environment"][0] for name in ("old", "new")]
    assert [key.id for key in share(masters, ["MG1"])] == ["old", "new", "old", "new"]
