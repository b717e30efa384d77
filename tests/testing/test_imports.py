"""What the import of an entry module costs is told from a fresh process."""

from pathlib import Path

import pytest

from pgcore.testing.checks import Breach, Examination, Verdict
from pgcore.testing.devices import CHECKS, subject
from pgcore.testing.imports import cost, entry_module, entry_module_of
from tests.testing.wrong_devices import Heater


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that modules are found in, with a stand-in for a heavy library."""
    (tmp_path / "pandas.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_a_heavy_library_is_named(site: Path) -> None:
    (site / "pgcore_heavy.py").write_text("import pandas\n")
    assert cost("pgcore_heavy").heavy == ["pandas"]


def test_a_device_whose_plugin_is_heavy_fails_the_check_of_the_entry_module(site: Path) -> None:
    (site / "pgcore_heavy.py").write_text("import pandas\n")
    found = Examination(CHECKS, subject(Heater, module="pgcore_heavy")).ask("entry_module_is_light")
    assert found.verdict is Verdict.FAILED
    assert "pgcore_heavy, the plugin's entry module, imports pandas" in found.message


def test_a_slow_module_fails_it_too(site: Path) -> None:
    (site / "pgcore_slow.py").write_text("import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end:\n    pass\n")
    found = Examination(CHECKS, subject(Heater, module="pgcore_slow")).ask("entry_module_is_light")
    assert "takes 0.4" in found.message


def test_a_light_module_passes(site: Path) -> None:
    (site / "pgcore_light.py").write_text("import pgcore\n")
    assert Examination(CHECKS, subject(Heater, module="pgcore_light")).ask("entry_module_is_light").verdict is Verdict.PASSED


def test_a_module_that_prints_is_measured_all_the_same(site: Path) -> None:
    (site / "pgcore_chatty.py").write_text("print('{hello}')\n")
    assert cost("pgcore_chatty").heavy == []


def test_a_module_that_cannot_be_imported_says_why(site: Path) -> None:
    (site / "pgcore_broken.py").write_text("import no_such_library\n")
    with pytest.raises(Breach, match="No module named 'no_such_library'"):
        cost("pgcore_broken")


def test_a_class_of_no_installed_plugin_is_not_asked() -> None:
    found = Examination(CHECKS, subject(Heater)).ask("entry_module_is_light")
    assert (found.verdict, found.message) == (Verdict.NOT_ASKED, "no installed plugin has the package tests")


def test_entry_modules_of_installed_plugins_are_found() -> None:
    from pgcore.builtin.devices.battery import Battery

    assert entry_module(Battery) == "pgcore.builtin"
    assert entry_module_of("builtin", "pgcore-framework") == "pgcore.builtin"
    assert entry_module_of("nobody", "pgcore-framework") == ""
