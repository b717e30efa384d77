"""The tutorial "Your first device in fifteen minutes", followed from start to end in a folder of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tutorials" / "your-first-device.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^<!-- not run: (?P<name>[^,\n]+), used by [^\n]* -->\n^```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS: Mapping[str, str] = {match["name"]: match["text"] for match in _BLOCK.finditer(TEXT)}
PGCORE = re.compile(r"^pgcore .*$", re.MULTILINE)


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python in the package's folder, where pgcore finds it as if it were installed."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False, env=environ)


def installed_in_place(package: Path) -> None:
    """What ``pip install -e`` leaves behind, without an installer: metadata that lead to the entry module."""
    info = package / "pgcore_flywheel-0.1.0.dist-info"
    info.mkdir()
    needs = "Requires-Dist: pgcore-framework>=0.1,<1\n"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pgcore-flywheel\nVersion: 0.1.0\n{needs}", encoding="utf-8")
    (info / "entry_points.txt").write_text("[pgcore]\nflywheel = pgcore_flywheel\n", encoding="utf-8")


def mended(text: str) -> str:
    """The device after the page's change: each line with a minus gives way to the one below it with a plus."""
    lines = BLOCKS["the lines to mend"].splitlines()
    for old, new in zip(lines[::2], lines[1::2], strict=True):
        assert (old[0], new[0]) == ("-", "+")
        assert text.count(old[1:]) == 1, old
        text = text.replace(old[1:], new[1:])
    return text


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    done = call(folder, "pgcore", "new-plugin", "flywheel", "--kind", "device", "--author", "Jane Doe <jane@example.org>")
    assert done.returncode == 0, done.stderr
    installed_in_place(folder / "pgcore-flywheel")
    return folder / "pgcore-flywheel"


@pytest.fixture(scope="module")
def wrong(package: Path) -> subprocess.CompletedProcess[str]:
    """What the check says of the device as it is first written."""
    (package / "pgcore_flywheel" / "device.py").write_text(BLOCKS["pgcore_flywheel/device.py"], encoding="utf-8")
    return call(package, "pgcore", "plugins", "check", "flywheel")


@pytest.fixture(scope="module")
def right(package: Path, wrong: object) -> Path:
    """The package once the device is mended, with the page's test and spec."""
    device = package / "pgcore_flywheel" / "device.py"
    device.write_text(mended(BLOCKS["pgcore_flywheel/device.py"]), encoding="utf-8")
    for name in ("tests/test_device.py", "flywheel.yaml"):
        (package / name).write_text(BLOCKS[name], encoding="utf-8")
    return package


def test_the_check_finds_that_it_makes_energy_from_nothing(wrong: subprocess.CompletedProcess[str]) -> None:
    assert wrong.returncode == 1
    assert "energy comes from nothing" in wrong.stdout
    assert "1 failed" in wrong.stdout


def test_the_check_shows_the_numbers_that_the_page_shows(wrong: subprocess.CompletedProcess[str]) -> None:
    shown = re.search(r"energy comes from nothing:[^,]*,[^,]*,", TEXT)
    assert shown is not None
    assert shown[0] in wrong.stdout


def test_the_mended_device_passes_every_check(right: Path) -> None:
    done = call(right, "pgcore", "plugins", "check", "flywheel")
    assert done.returncode == 0, done.stdout


def test_the_mended_package_passes_its_tests(right: Path) -> None:
    done = call(right, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout


def test_what_is_on_the_page_is_clean_and_typed(right: Path, tmp_path: Path) -> None:
    for words in (("ruff", "check", "--no-cache", "--no-fix", "."), ("mypy", "--strict", "--cache-dir", str(tmp_path), "pgcore_flywheel")):
        done = call(right, *words)
        assert done.returncode == 0, done.stdout


def test_the_spec_uses_it(right: Path) -> None:
    for line in PGCORE.findall(TEXT[TEXT.index("## Use it") : TEXT.index("## Publish it")]):
        done = call(right, *line.split())
        assert done.returncode == 0, done.stderr
    assert "Village.wheel" in done.stdout


def test_the_doctor_finds_nothing_wrong_with_it(right: Path) -> None:
    said = call(right, "pgcore", "plugins", "doctor", "--json").stdout
    assert re.search(r'"plugin": "flywheel",.*?"state": "well"', said, re.DOTALL)
