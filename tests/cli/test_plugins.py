"""``pgcore plugins`` tells what is installed, what is broken, and what a type's options are."""

import json
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner, Result

from pgcore import builtin
from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.cli.sheet_view import _reflowed
from pgcore.contracts.device import Device
from pgcore.hookspecs import hookimpl
from tests.installed import site
from tests.lamps import Lighting


class Faulty:
    @hookimpl
    def pgcore_devices(self) -> Sequence[type[Device]]:
        raise RuntimeError("no current")


def pgcore(*args: str) -> Result:
    return CliRunner().invoke(main, ["plugins", *args], obj=Catalog.of(Lighting(), Faulty()))


def test_list_shows_what_each_plugin_provides() -> None:
    said = pgcore("list").output
    assert "device: lamp" in said
    assert "profile: lamp" in said


def test_list_and_show_know_faults() -> None:
    core = Catalog.of(builtin)
    said = " ".join(CliRunner().invoke(main, ["plugins", "list"], obj=core).output.split())
    assert "fault: bandwidth, burst_loss, duplication, jitter, latency, lognormal_latency, loss, partition, reordering" in said
    for name in core.names("fault"):
        page = json.loads(CliRunner().invoke(main, ["plugins", "show", name, "--kind", "fault", "--json"], obj=core).output)[0]
        assert {"links", "from_s", "until_s"} < {option["name"] for option in page["options"]}
        assert all(option["doc"] for option in page["options"])


def test_list_points_to_what_is_broken() -> None:
    assert "1 broken: see `pgcore plugins list --broken`" in pgcore("list").output


def test_broken_shows_plugin_stage_error_and_traceback() -> None:
    said = pgcore("list", "--broken").output
    assert "plugin 'Faulty' is broken (pgcore_devices): RuntimeError: no current" in said
    assert "Traceback" in said


def test_list_as_json_holds_the_same() -> None:
    data = json.loads(pgcore("list", "--json").output)
    assert data["plugins"][0] == {
        "plugin": "Lighting",
        "distribution": "",
        "version": "",
        "provides": {"device": ["lamp"], "profile": ["lamp"], "scenario": ["evening"]},
    }
    assert data["broken"][0]["error"] == "RuntimeError: no current"


def test_show_tells_options_and_knobs() -> None:
    said = pgcore("show", "lamp", "--kind", "device").output
    for words in ("Gives light.", "p_max_mw", "MW", "> 0", "required", "rated [power]", "set point"):
        assert words in said


def test_show_joins_paragraphs_and_keeps_formulas_as_they_are() -> None:
    assert _reflowed("One\ntwo.\n\n    a = b\n    c = d") == "One two.\n\n    a = b\n    c = d"


def test_show_tells_every_kind_that_shares_the_name() -> None:
    assert [page["kind"] for page in json.loads(pgcore("show", "lamp", "--json").output)] == ["device", "profile"]


def test_show_of_an_unknown_type_says_what_was_meant() -> None:
    result = pgcore("show", "lmap")
    assert result.exit_code == 2
    assert "did you mean 'lamp'?" in result.output


def test_show_of_a_first_party_type_says_what_to_install() -> None:
    assert "pip install pgcore-hvac" in CliRunner().invoke(main, ["plugins", "show", "hvac"], obj=Catalog.of()).output


def test_show_of_an_unknown_kind_names_the_kinds() -> None:
    result = pgcore("show", "lamp", "--kind", "gadget")
    assert result.exit_code == 2
    assert "the kinds are: device, vertical" in result.output


def test_what_a_plugin_prints_while_it_loads_stays_out_of_the_output(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        here.install("chatty", "print('hello from a plugin')")
        result = CliRunner().invoke(main, ["plugins", "list", "--json"])
    assert "chatty" in {entry["plugin"] for entry in json.loads(result.stdout)["broken"]}
    assert "hello from a plugin" in result.stderr
