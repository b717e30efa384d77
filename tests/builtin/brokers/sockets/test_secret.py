"""Keys of the socket broker: where they are found, and that they are never shown."""

from pathlib import Path

import pytest

from pgcore.builtin.brokers.sockets.secret import Secret
from pgcore.contracts.broker import BrokerFault

KEY = "0123456789abcdef"


def test_a_key_comes_from_the_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    assert Secret.read(None, "SOME_KEY").key == KEY.encode()


def test_a_file_goes_before_the_variable_and_its_last_newline_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_KEY", "f" * 16)
    (tmp_path / "key").write_text(KEY + "\n")
    (tmp_path / "key").chmod(0o600)
    assert Secret.read(tmp_path / "key", "SOME_KEY").key == KEY.encode()


def test_a_key_is_not_shown() -> None:
    assert KEY not in repr(Secret(KEY.encode(), "here"))


def test_no_key_is_refused_and_the_message_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(BrokerFault, match=r"no key in the environment variable SOME_KEY: .*secrets.token_hex\(32\)"):
        Secret.read(None, "SOME_KEY")


def test_a_short_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "tiny")
    with pytest.raises(BrokerFault, match="has 4 bytes, expected at least 16") as caught:
        Secret.read(None, "SOME_KEY")
    assert "tiny" not in str(caught.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(BrokerFault, match=r"others can read the key file .*key \(mode 640\): run chmod 600"):
        Secret.read(tmp_path / "key", "SOME_KEY")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerFault, match=r"the key file .*nowhere cannot be read: No such file"):
        Secret.read(tmp_path / "nowhere", "SOME_KEY")
