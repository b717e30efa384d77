"""``pgcore new-plugin`` makes a package, says what is next, and refuses names that would not do."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore import builtin
from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.testing.kits import KITS
from tests.lamps import Lighting


def pgcore(folder: Path, name: str, *kinds: str, options: tuple[str, ...] = ()) -> Result:
    words = [word for kind in kinds for word in ("--kind", kind)]
    return CliRunner().invoke(main, ["new-plugin", name, *words, "--dest", str(folder), *options], obj=Catalog.of(builtin, Lighting()))


def test_it_makes_a_package_and_names_three_commands(tmp_path: Path) -> None:
    result = pgcore(tmp_path / "new", "My-Heater", "device")
    assert result.exit_code == 0
    assert (tmp_path / "new" / "pgcore-my-heater" / "pgcore_my_heater" / "device.py").exists()
    commands = [line.strip() for line in result.output.splitlines() if line.startswith("  ")]
    folder = tmp_path / "new" / "pgcore-my-heater"
    assert commands == [f"cd {folder} && pip install -e '.[test,dev]'", "pytest", "pgcore plugins check my_heater --kind device"]


@pytest.mark.parametrize(
    ("kind", "last"),
    [
        ("scenario", "pgcore run my_heater --policy random"),
        ("command", "pgcore my-heater"),
        ("vertical", "pgcore plugins {} my_heater --kind vertical"),
    ],
)
def test_the_last_command_fits_the_kind(kind: str, last: str, tmp_path: Path) -> None:
    said = pgcore(tmp_path, "my-heater", kind).output.splitlines()[-1].strip()
    assert said == last.format("check" if kind in KITS else "show")


def test_it_makes_several_kinds_at_once(tmp_path: Path) -> None:
    assert pgcore(tmp_path, "pool", "horizontal", "reward", "horizontal").exit_code == 0
    assert {path.stem for path in (tmp_path / "pgcore-pool" / "pgcore_pool").glob("*.py")} == {"__init__", "horizontal", "reward"}


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pgcore-pool").mkdir()
    (tmp_path / "pgcore-pool" / "mine.txt").write_text("precious", encoding="utf-8")
    result = pgcore(tmp_path, "pool", "reward")
    assert result.exit_code == 2
    assert "exists; choose another name, or another folder to make it in with --dest" in result.output
    assert [path.name for path in (tmp_path / "pgcore-pool").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("battery", "device", "the device 'battery' is provided by plugin 'pgcore.builtin' already"),
        ("lamp", "profile", "the profile 'lamp' is provided by plugin 'Lighting'"),
        ("run", "command", "pgcore has a command 'run' of its own"),
        ("new-plugin", "command", "pgcore has a command 'new-plugin' of its own"),
        ("effect", "device", "would be a class Effect"),
        ("3d", "device", "is no name for a plugin"),
        ("class", "device", "means something else"),
        ("hvac", "device", "pgcore-hvac is a first-party plugin"),
        ("framework", "device", "pgcore's own"),
    ],
)
def test_a_name_that_will_not_do_is_refused_before_anything_is_written(name: str, kind: str, words: str, tmp_path: Path) -> None:
    result = pgcore(tmp_path, name, kind)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


def test_a_type_of_another_kind_may_be_had_again(tmp_path: Path) -> None:
    assert pgcore(tmp_path, "battery", "reward").exit_code == 0


def test_a_kind_is_required_and_one_that_there_is_not_is_refused(tmp_path: Path) -> None:
    assert "--kind" in pgcore(tmp_path, "pool").output
    assert pgcore(tmp_path, "pool", "gadget").exit_code == 2


def test_without_a_terminal_the_licence_is_not_asked_for(tmp_path: Path) -> None:
    pgcore(tmp_path, "one", "device")
    pgcore(tmp_path, "other", "device", options=("--license", "none"))
    assert [(tmp_path / f"pgcore-{name}" / "LICENSE").exists() for name in ("one", "other")] == [True, False]
