"""Files of keys hold what was written, are nobody else's to read, and what is wrong with one is said without a secret."""

import json
import math
from pathlib import Path

import pytest

from pgcore.brokers.keyfile import format_keys, parse_keys, parse_time, read_keys, write_keys
from pgcore.brokers.keys import Key, KeyringError, new_keys

SECRET = bytes(range(32))
ENTRY = {"id": "k", "sender": "MG1", "secret": SECRET.hex()}


def document(**changes: object) -> str:
    return json.dumps({"pgcore_keys": 1, "keys": [{**ENTRY, **changes}]})


def fields(key: Key) -> tuple[object, ...]:
    return key.id, key.sender, key.secret, key.recipient, key.not_before, key.not_after


def test_what_is_written_is_read(tmp_path: Path) -> None:
    keys = (Key("k1", "environment", SECRET, "MG1", 0.5, 1e9), *new_keys(["MG1"])["MG1"])
    write_keys(tmp_path / "keys.json", keys)
    assert list(map(fields, read_keys(tmp_path / "keys.json"))) == list(map(fields, keys))


def test_a_file_is_made_for_its_owner_alone_and_not_over_another(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    write_keys(path, [Key("k1", "MG1", SECRET)])
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_keys(path, [Key("k2", "MG1", SECRET)])
    write_keys(path, [Key("k3", "MG1", SECRET)], replace=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [key.id for key in read_keys(path)] == ["k3"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_get_at_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    write_keys(path, [Key("k1", "MG1", SECRET)])
    path.chmod(mode)
    with pytest.raises(KeyringError, match=rf"its mode is {mode:04o}, expected 0600\); run: chmod 600 .*keys.json"):
        read_keys(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}", 'expected {"pgcore_keys": 1'),
        ("[]", "not a file of keys"),
        ('{"pgcore_keys": 2, "keys": []}', "not a file of keys"),
        ("{\n\n'", "line 3 is not JSON"),
        (document(colour="red"), "f: key 1: found the entries 'colour', 'id', 'secret', 'sender', expected id, secret, sender"),
        ('{"pgcore_keys": 1, "keys": ["x"]}', "f: key 1: found a str"),
        (document(id=3), "f: key 1: id is not text"),
        (document(secret=SECRET.hex() + "xy"), "f: key 1: its secret is not written in hexadecimal"),
        (document(secret="ab"), "f: key 1: key 'k': a secret of 1 bytes"),
        (document(not_before="soon"), "f: key 1: found 'soon', expected a time with its zone"),
        (document(not_before="2026-11-22T14:00:00"), "expected a time with its zone such as 2026-11-22T14:00:00Z"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_without_its_secrets(text: str, complaint: str) -> None:
    with pytest.raises(KeyringError) as refused:
        parse_keys(text, "f")
    assert complaint in str(refused.value)
    assert SECRET.hex()[:10] not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(KeyringError, match="this is not text"):
        read_keys(path)


def test_times_are_kept_and_left_out_where_there_are_none() -> None:
    text = format_keys([Key("k1", "MG1", SECRET, not_before=0.0)])
    (entry,) = json.loads(text)["keys"]
    assert entry["not_before"] == "1970-01-01T00:00:00+00:00"
    assert "not_after" not in entry
    assert parse_keys(text, "f")[0].not_after == math.inf


def test_a_time_is_read_in_its_zone() -> None:
    assert parse_time("1970-01-01T01:00:00+01:00") == 0.0
    assert parse_time("1970-01-01T00:00:10Z") == 10.0
