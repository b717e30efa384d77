from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore.brokers.keyfile import read_keys
from pgcore.brokers.keyring import Keyring
from pgcore.cli import main


def made(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["keys", "new", "--to", str(folder / "keys"), *args])


def test_each_actor_gets_a_file_that_works_with_the_environments(tmp_path: Path) -> None:
    result = made(tmp_path, "OP", "MG1", "--link", "OP:MG1")
    assert result.exit_code == 0
    assert result.output.splitlines() == [f"wrote {tmp_path / 'keys' / name}.json" for name in ("environment", "OP", "MG1")]
    rings = {name: Keyring.from_file(tmp_path / "keys" / f"{name}.json") for name in ("environment", "OP", "MG1")}
    for sender, recipient in (("MG1", "environment"), ("environment", "MG1"), ("OP", "MG1")):
        key_id, mac = rings[sender].signer(sender, recipient)
        assert mac.digest() == rings[recipient].checker(key_id, sender, recipient).digest()


def test_no_secret_is_printed(tmp_path: Path) -> None:
    output = made(tmp_path, "MG1").output
    assert not any(key.secret.hex() in output for name in ("MG1", "environment") for key in read_keys(tmp_path / "keys" / f"{name}.json"))


def test_files_that_exist_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    made(tmp_path, "MG1")
    before = (tmp_path / "keys" / "environment.json").read_text()
    result = made(tmp_path, "MG2")
    assert result.exit_code == 2
    assert "environment.json exists; choose another folder with --to, or add" in result.output
    assert (tmp_path / "keys" / "environment.json").read_text() == before
    assert not (tmp_path / "keys" / "MG2.json").exists()


def test_keys_are_added_for_a_time(tmp_path: Path) -> None:
    made(tmp_path, "MG1", "--id", "k1", "--until", "2027-01-02T00:00:00Z")
    assert made(tmp_path, "MG1", "--id", "k2", "--from", "2027-01-01T00:00:00Z", "--add").exit_code == 0
    first, _, second, _ = read_keys(tmp_path / "keys" / "MG1.json")
    assert (first.id, second.id) == ("k1", "k2")
    assert first.not_after - second.not_before == 86_400


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["../MG1"], "is no actor's name"),
        (["environment"], "the environment gets its keys anyway"),
        (["MG1", "--link", "MG2"], "--link MG2: expected SENDER:RECIPIENT"),
        (["MG1", "--link", "OP:MG1"], "found a link with 'OP'"),
        (["MG1", "--from", "tomorrow"], "found 'tomorrow', expected a time with its zone"),
        (["MG1", "--id", "a b"], "key id 'a b': expected"),
    ],
)
def test_what_cannot_be_done_has_status_2_and_writes_nothing(tmp_path: Path, args: list[str], complaint: str) -> None:
    result = made(tmp_path, *args)
    assert result.exit_code == 2
    assert complaint in result.output
    assert not (tmp_path / "keys").exists()


def test_adding_keys_of_the_same_id_is_refused(tmp_path: Path) -> None:
    made(tmp_path, "MG1", "--id", "k1")
    result = made(tmp_path, "MG1", "--id", "k1", "--add")
    assert result.exit_code == 2
    assert "already holds keys named 'k1'" in result.output
