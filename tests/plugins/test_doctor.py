"""The doctor names what is wrong with installed plugins, whose fault it is and how to mend it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pgcore.catalog import Catalog
from pgcore.cli.group import COMMANDS
from pgcore.cli.plugins import plugins
from pgcore.plugins.doctor import Diagnosis, Examined, examined
from pgcore.plugins.loading import Provenance
from tests.installed import Site, site

KETTLE = """
from attrs import frozen
import pgcore
from pgcore.contracts.device import Device, Effect

@frozen
class Kettle(Device):
    '''Boils water.'''
    type = "kettle"
    def step(self, state, action, exo, dt_h):
        return state, Effect()

@pgcore.hookimpl
def pgcore_devices():
    return [Kettle]
"""
FITTING = "pgcore-framework>=0.1,<1"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


def diagnosis(here: Site, environ: Mapping[str, str] | None = None, added: Mapping[str, str] | None = None) -> Diagnosis:
    """What the doctor says of what is installed in ``here``; ``added`` are commands, each with its plugin."""
    found, environ = here.found(), environ or {}
    commands = [(name, Provenance(plugin, f"pgcore-{plugin}", "1.0")) for name, plugin in (added or {}).items()]
    return examined(Catalog.discover(environ, found), found, environ, commands, COMMANDS)


def the(found: Diagnosis, plugin: str) -> Examined:
    return next(one for one in found.plugins if one.plugin == plugin)


def said(found: Diagnosis, plugin: str) -> str:
    return "\n".join(f"{trouble.what} | {trouble.mend}" for trouble in the(found, plugin).troubles)


def test_a_plugin_without_fault_is_well(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    found = diagnosis(here)
    kettle = the(found, "kettle")
    assert (kettle.state, kettle.distribution, kettle.version, kettle.requires, kettle.fits) == ("well", "pgcore-kettle", "1.0", ">=0.1,<1", True)
    assert kettle.provides == {"device": ("kettle",)}
    assert kettle.import_s is not None
    assert found.grave == 0


def test_a_plugin_for_another_core_says_what_to_install_and_is_not_imported(here: Site) -> None:
    here.install("kettle", KETTLE, requires="pgcore-framework>=99")
    found = diagnosis(here)
    assert (the(found, "kettle").fits, the(found, "kettle").import_s, the(found, "kettle").state) == (False, None, "to mend")
    assert 'pip install "pgcore-framework>=99"' in said(found, "kettle")


def test_a_missing_library_is_named_with_who_should_require_it(here: Site) -> None:
    here.install("kettle", "import no_such_library", requires=FITTING)
    assert "No module named 'no_such_library' | run pip install no_such_library" in said(diagnosis(here), "kettle")
    assert "pgcore-kettle should require it" in said(diagnosis(here), "kettle")


def test_an_entry_point_into_nothing_says_to_install_again(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING, value="lost_kettle")
    assert "pip install --force-reinstall --no-deps pgcore-kettle" in said(diagnosis(here), "kettle")


def test_an_exception_is_told_by_its_last_line(here: Site) -> None:
    here.install("kettle", "def (:", requires=FITTING)
    what = the(diagnosis(here), "kettle").troubles[0].what
    assert what == "importing fake_kettle: SyntaxError: invalid syntax"


def test_what_loads_is_listed_beside_what_does_not(here: Site) -> None:
    here.install("kettle", KETTLE.replace("[Kettle]", "[Kettle, 3]"), requires=FITTING)
    found = diagnosis(here)
    assert the(found, "kettle").provides == {"device": ("kettle",)}
    assert said(found, "kettle").startswith("pgcore_devices(): it returned 3 of type int")


def test_a_conflict_names_both_distributions(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    here.install("teapot", KETTLE, requires=FITTING)
    found = diagnosis(here)
    assert "pgcore-kettle 1.0" in said(found, "teapot")
    assert "pgcore-teapot 1.0" in said(found, "teapot")
    assert found.grave == 1


def test_a_heavy_entry_module_is_noted_and_nothing_worse(here: Site) -> None:
    here.install("kettle", "import pandas\n" + KETTLE, requires=FITTING)
    found = diagnosis(here)
    assert "pandas" in the(found, "kettle").heavy
    assert "brings along pandas" in said(found, "kettle")
    assert (found.grave, the(found, "kettle").state) == (0, "see below")


def test_a_slow_entry_module_is_noted(here: Site) -> None:
    work = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 0.4: pass\n"
    here.install("kettle", work + KETTLE, requires=FITTING)
    found = diagnosis(here)
    assert (the(found, "kettle").import_s or 0.0) > 0.4
    assert "expected at most 0.3 s" in said(found, "kettle")


def test_a_plugin_that_names_no_core_is_told_what_to_require(here: Site) -> None:
    here.install("kettle", KETTLE)
    assert '"pgcore-framework>=0.1,<1"' in said(diagnosis(here), "kettle")
    assert diagnosis(here).grave == 0


def test_what_the_allow_list_leaves_out_is_not_imported(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    here.install("teapot", "1 / 0", requires=FITTING)
    found = diagnosis(here, {"PGCORE_PLUGINS": "kettle"})
    assert (the(found, "teapot").state, the(found, "teapot").import_s) == ("left out", None)
    assert found.grave == 0


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PGCORE_PLUGINS", "ketle", "names 'ketle', and there is no such plugin; did you mean kettle?"),
        ("PGCORE_PLUGINS_STRICT", "false", "PGCORE_PLUGINS_STRICT is 'false', which counts as 1"),
        ("PGCORE_PLUGIN", "kettle", "PGCORE_PLUGIN is set and means nothing; did you mean PGCORE_PLUGINS?"),
        ("PGCORE_PLUGINS_STRIKT", "1", "did you mean PGCORE_PLUGINS_STRICT?"),
    ],
)
def test_a_misspelt_variable_or_name_is_told(here: Site, variable: str, value: str, words: str) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    (trouble,) = diagnosis(here, {variable: value}).troubles
    assert words in trouble.what
    assert trouble.grave


def test_commands_that_cannot_be_called_are_told(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    found = diagnosis(here, added={"run": "kettle", "boil": "kettle"})
    assert the(found, "kettle").commands == ("run", "boil")
    assert [trouble.what for trouble in the(found, "kettle").troubles] == ["its command 'run' cannot be called: pgcore has one of that name itself"]


def doctor(*options: str, **environ: str) -> tuple[int, str]:
    result = CliRunner().invoke(plugins, ["doctor", *options], env=environ)
    return result.exit_code, result.stdout


def test_the_command_answers_1_when_something_is_to_mend(here: Site) -> None:
    here.install("kettle", "raise RuntimeError('no current')", requires=FITTING)
    status, shown = doctor(PGCORE_PLUGINS="kettle")
    assert status == 1
    assert "kettle (pgcore-kettle 1.0): importing fake_kettle: RuntimeError: no current" in shown
    assert "1 thing to mend" in shown


def test_the_command_answers_0_when_all_is_well_and_survives_strict_mode(here: Site) -> None:
    here.install("kettle", KETTLE, requires=FITTING)
    assert doctor(PGCORE_PLUGINS="kettle", PGCORE_PLUGINS_STRICT="1")[0] == 0
    here.install("teapot", "1 / 0", requires=FITTING)
    assert doctor(PGCORE_PLUGINS="teapot", PGCORE_PLUGINS_STRICT="1")[0] == 1


def test_as_json_it_holds_the_same(here: Site) -> None:
    shadowing = 'import click, pgcore\n@pgcore.hookimpl\ndef pgcore_commands(cli):\n    print("hello")\n    cli.add_command(click.Command("run"))\n'
    here.install("kettle", shadowing, requires=FITTING)
    status, shown = doctor("--json", PGCORE_PLUGINS="kettle")
    data: dict[str, Any] = json.loads(shown)
    kettle = next(one for one in data["plugins"] if one["plugin"] == "kettle")
    assert (status, data["grave"], kettle["state"]) == (1, 1, "to mend")
    assert "'run' cannot be called" in kettle["troubles"][0]["what"]


def test_a_command_hook_that_fails_is_told_with_its_plugin(here: Site) -> None:
    here.install("kettle", "import pgcore\n@pgcore.hookimpl\ndef pgcore_commands(cli):\n    raise KeyError('cli')\n", requires=FITTING)
    status, shown = doctor(PGCORE_PLUGINS="kettle")
    assert status == 1
    assert "kettle (pgcore-kettle 1.0): pgcore_commands(): KeyError: 'cli'" in shown
