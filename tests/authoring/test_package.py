"""What ``pgcore new-plugin`` makes is complete: clean by its own rules, typed, and its tests pass at once."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pgcore.authoring.kinds import KINDS, Kind
from pgcore.authoring.names import LONGEST, Names
from pgcore.authoring.package import Draft, classes_in, drafted, written
from pgcore.catalog import KINDS as CATALOG_KINDS

ROOT = Path(__file__).parents[2]
SHORT, LONG = Names("a_b"), Names("l" * LONGEST)


def made(folder: Path, names: Names, *kinds: Kind, author: str = "", licence: str = "Apache-2.0") -> Path:
    """A package in a folder of its own below ``folder``."""
    target = folder / names.distribution
    written(target, drafted(Draft(names, kinds, "0.1.0", author, licence)))
    return target


def run(folder: Path, *words: str) -> str:
    """What a tool says of the package in ``folder``; it has to end well."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def metadata(folder: Path) -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def test_there_is_a_template_for_every_kind_of_the_catalog_and_for_commands() -> None:
    assert set(KINDS) == {*CATALOG_KINDS, "command"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_tests_of_a_kind_pass_at_once(kind: Kind, tmp_path: Path) -> None:
    said = run(made(tmp_path, Names(f"my_{kind.name}"), kind), "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in said


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with all kinds in it."""
    return made(tmp_path_factory.mktemp("whole"), Names("my_plugin"), *KINDS.values())


def test_all_kinds_together_are_strictly_typed(whole: Path, tmp_path: Path) -> None:
    assert "Success" in run(whole, "mypy", "--strict", "--cache-dir", str(tmp_path), "pgcore_my_plugin", "tests")


@pytest.mark.parametrize("names", [SHORT, LONG], ids=["short", "long"])
@pytest.mark.parametrize("kinds", [[kind] for kind in KINDS.values()] + [list(KINDS.values())], ids=lambda kinds: "+".join(k.name for k in kinds))
def test_it_is_clean_and_formatted_whatever_it_is_called(names: Names, kinds: list[Kind], tmp_path: Path) -> None:
    folder = made(tmp_path, names, *kinds)
    assert "All checks passed!" in run(folder, "ruff", "check", "--no-cache", "--no-fix", ".")
    assert "already formatted" in run(folder, "ruff", "format", "--no-cache", "--check", ".")


def test_one_hook_serves_both_kinds_of_protocol(tmp_path: Path) -> None:
    folder = made(tmp_path, SHORT, KINDS["vertical"], KINDS["horizontal"])
    text = (folder / "pgcore_a_b" / "__init__.py").read_text(encoding="utf-8")
    assert text.count("@pgcore.hookimpl") == 1
    assert "return [ABVertical, ABHorizontal]" in text


def test_no_placeholder_is_left(whole: Path) -> None:
    for file in (path for path in whole.rglob("*") if path.is_file() and path.name != "LICENSE"):
        text = file.read_text(encoding="utf-8")
        assert "acme" not in text.lower() + file.name.lower(), file
        assert "$" not in text, file


def test_the_metadata_say_what_it_needs_and_how_it_is_found(whole: Path) -> None:
    project = metadata(whole)
    assert project["name"] == "pgcore-my-plugin"
    assert project["entry-points"] == {"pgcore": {"my_plugin": "pgcore_my_plugin"}}
    assert "pgcore-framework>=0.1,<1" in str(project["dependencies"])
    assert "pgcore-framework[testing]>=0.1,<1" in str(project["optional-dependencies"])


def test_author_and_licence_stand_in_the_metadata_however_they_are_spelt(tmp_path: Path) -> None:
    project = metadata(made(tmp_path, SHORT, KINDS["device"], author='Zoë "Acme" O\\Neil <z@example.org>'))
    assert project["authors"] == [{"name": 'Zoë "Acme" O\\Neil', "email": "z@example.org"}]
    assert project["license"] == "Apache-2.0"


def test_without_a_licence_nothing_speaks_of_one(tmp_path: Path) -> None:
    folder = made(tmp_path, SHORT, KINDS["device"], licence="none")
    assert not (folder / "LICENSE").exists()
    assert "license" not in metadata(folder)
    assert "icence" not in (folder / "README.md").read_text(encoding="utf-8")


def test_names_that_a_class_would_hide_are_known() -> None:
    assert {"Device", "Effect", "Knob"} <= classes_in(KINDS["device"])
