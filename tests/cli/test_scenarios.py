"""``pgcore scenarios`` lists ready-made specs and copies them to files that a user can edit."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.contracts.scenario import Scenario
from pgcore.hookspecs import hookimpl


def town(n: int, name: str) -> str:
    if n > 9:
        raise ValueError(f"n is {n}, expected at most 9")
    return f"spec: 1  # {n} houses of {name}\n"


class Towns:
    @hookimpl
    def pgcore_scenarios(self) -> Sequence[Scenario]:
        return [Scenario("town", "Houses in a row.", town, {"n": 3, "name": "Aville"})]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pgcore(*args: str) -> Result:
    return CliRunner().invoke(main, ["scenarios", *args], obj=Catalog.of(Towns()))


def test_list_shows_name_parameters_and_doc() -> None:
    said = pgcore("list").output
    for words in ("town", "n=3", "name=Aville", "Houses in a row."):
        assert words in said


def test_list_as_json_names_the_plugin() -> None:
    (row,) = json.loads(pgcore("list", "--json").output)
    assert (row["name"], row["params"], row["provenance"]["plugin"]) == ("town", {"n": 3, "name": "Aville"}, "Towns")


def test_copy_writes_a_file_of_the_scenarios_name(folder: Path) -> None:
    assert pgcore("copy", "town").exit_code == 0
    assert (folder / "town.yaml").read_text() == "spec: 1  # 3 houses of Aville\n"


def test_copy_into_a_folder_keeps_the_name(folder: Path) -> None:
    (folder / "specs").mkdir()
    assert pgcore("copy", "town", "specs").exit_code == 0
    assert (folder / "specs" / "town.yaml").exists()


def test_copy_takes_parameters_of_the_type_of_their_defaults(folder: Path) -> None:
    assert pgcore("copy", "town", "t.yaml", "--set", "n=5", "--set", "name=7").exit_code == 0
    assert (folder / "t.yaml").read_text() == "spec: 1  # 5 houses of 7\n"


def test_copy_refuses_to_overwrite(folder: Path) -> None:
    (folder / "town.yaml").write_text("mine")
    result = pgcore("copy", "town")
    assert result.exit_code == 2
    assert "town.yaml exists" in result.output
    assert (folder / "town.yaml").read_text() == "mine"


def test_copy_overwrites_when_forced(folder: Path) -> None:
    (folder / "town.yaml").write_text("mine")
    assert pgcore("copy", "town", "--force").exit_code == 0
    assert (folder / "town.yaml").read_text().startswith("spec: 1")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("n=many", "expected a value of type int"),
        ("n=10", "n is 10, expected at most 9"),
        ("m=1", "has no parameter m; it has: n, name"),
        ("n", "expected PATH=VALUE"),
    ],
)
def test_copy_refuses_a_bad_parameter_and_writes_nothing(folder: Path, setting: str, words: str) -> None:
    result = pgcore("copy", "town", "--set", setting)
    assert result.exit_code == 2
    assert words in result.output
    assert not list(folder.iterdir())


def test_copy_of_an_unknown_scenario_says_what_was_meant() -> None:
    result = pgcore("copy", "twon")
    assert result.exit_code == 2
    assert "did you mean 'town'?" in result.output


def test_copy_into_a_folder_that_is_not_there_is_refused() -> None:
    result = pgcore("copy", "town", "no/such/folder/t.yaml")
    assert result.exit_code == 2
    assert "No such file or directory" in result.output
