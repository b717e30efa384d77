"""``pgcore plugins check`` asks a type all checks of its kind, and its exit status says whether something has to be mended."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import frozen
from click.testing import CliRunner, Result

import pgcore.builtin
from pgcore.catalog import KINDS, Catalog
from pgcore.cli import main
from pgcore.contracts.device import Device
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.hookspecs import hookimpl
from pgcore.testing.kits import KITS, NoKit, examination
from tests.lamps import Flat
from tests.testing.wrong_devices import BeyondItsRating, Heater
from tests.testing.wrong_horizontals import Generous
from tests.testing.wrong_verticals import Level


class Right:
    @hookimpl
    def pgcore_devices(self) -> Sequence[type[Device]]:
        return [Heater]

    @hookimpl
    def pgcore_profiles(self) -> Sequence[type[Flat]]:
        return [Flat]


class Wrong:
    @hookimpl
    def pgcore_devices(self) -> Sequence[type[Device]]:
        return [BeyondItsRating]


class Dear(Generous):
    """A market that pays more than it takes, under a name that another kind has too."""

    type = "level"


class Protocols:
    @hookimpl
    def pgcore_protocols(self) -> Sequence[type[Vertical] | type[Horizontal]]:
        return [Level, frozen(Dear)]


def check(plugin: object, *args: str) -> Result:
    return CliRunner().invoke(main, ["plugins", "check", *args], obj=Catalog.of(plugin))


def test_a_right_device_passes() -> None:
    ran = check(Right(), "heater")
    assert ran.exit_code == 0
    assert "energy_ledger_closes                            passed" in ran.output
    assert "allowed_settings_lie_in_bounds                  not asked because it has no discrete knob" in ran.output
    assert " 0 failed" in ran.output


def test_a_wrong_device_fails_with_status_1_and_says_whose_bug_it_is() -> None:
    ran = check(Wrong(), "heater")
    assert ran.exit_code == 1
    assert "power_stays_within_rating                       failed" in ran.output
    assert "whose bug: the plugin's" in ran.output


def test_both_kinds_of_a_name_are_checked_each_with_its_own_kit() -> None:
    ran = check(Protocols(), "level")
    assert ran.exit_code == 1
    assert "vertical level" in ran.output
    assert "unknown_signals_change_no_dial                  passed" in ran.output
    assert "horizontal level" in ran.output
    assert "budget_is_balanced                              failed" in ran.output


def test_verbose_says_the_laws() -> None:
    assert "Law 4: an hour of constant action" in check(Right(), "heater", "--verbose").output


def test_json_holds_every_finding() -> None:
    (page,) = json.loads(check(Wrong(), "heater", "--json").output)
    assert (page["kind"], page["type"], page["good"]) == ("device", "heater", False)
    verdicts = {found["check"]: found["verdict"] for found in page["checks"]}
    assert (verdicts["power_stays_within_rating"], verdicts["shapes"]) == ("failed", "passed")


def test_an_expected_failure_is_no_failure() -> None:
    ran = check(Wrong(), "heater", "--expect", "power_stays_within_rating=it is thermal")
    assert ran.exit_code == 0
    assert "expected because it is thermal" in ran.output


def test_an_expectation_without_a_reason_or_of_no_check_is_refused() -> None:
    assert "expected CHECK=REASON" in check(Right(), "heater", "--expect", "shapes").output
    ran = check(Right(), "heater", "--expect", "shape=why")
    assert ran.exit_code == 2
    assert "expected_failures names shape" in ran.output


def test_examples_are_imported() -> None:
    assert check(Right(), "heater", "--examples", "tests.cli.test_check:examples").exit_code == 0
    assert "has no 'nothing'" in check(Right(), "heater", "--examples", "tests.cli.test_check:nothing").output


def examples() -> list[Device]:
    return [Heater(p_max_mw=0.25)]


def test_every_kind_of_class_has_a_kit() -> None:
    assert set(KITS) == {*KINDS} - {"scenario"}
    with pytest.raises(NoKit, match="there are no checks for a scenario"):
        examination("scenario", object)


def test_an_entry_of_a_spec_is_an_example(tmp_path: Path) -> None:
    (tmp_path / "sun.csv").write_text("time,pv\n0,0.1\n1,0.7\n", encoding="utf-8")
    ran = check(pgcore.builtin, "csv", "--entry", f"{{file: {tmp_path / 'sun.csv'}, column: pv}}")
    assert ran.exit_code == 0, ran.output
    assert "files_are_named_when_they_are_wrong             passed" in ran.output


def test_an_entry_that_is_none_is_refused() -> None:
    ran = check(pgcore.builtin, "csv", "--entry", "{file: nowhere.csv, colum: pv}")
    assert ran.exit_code == 2
    assert "there is no such file" in ran.output
    assert "did you mean column?" in ran.output
    assert "is no YAML" in check(pgcore.builtin, "csv", "--entry", "{").output


def test_without_an_example_it_says_how_to_give_one() -> None:
    ran = check(pgcore.builtin, "csv")
    assert ran.exit_code == 1
    assert "--entry" in ran.output
