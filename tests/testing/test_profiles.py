"""The kit for profile sources bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

from pathlib import Path

import pytest

from pgcore.builtin.profiles.csv_file import CsvProfile
from pgcore.builtin.profiles.values import ValuesProfile
from pgcore.contracts.profile import ProfileSource
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from pgcore.testing.profiles import CHECKS, ProfileChecks, subject
from tests.testing.wrong_profiles import HINTS, WRONG, Right

HERE = Path(__file__).parent


class TestRight(ProfileChecks):
    profile = Right


class TestValues(ProfileChecks):
    profile = ValuesProfile
    examples = (ValuesProfile((0.1, 0.7)), ValuesProfile((1.0,), step_min=15.0, days=2, start="2016-02-29"))


CSV = HERE.parent.parent / "pgcore" / "testing" / "backends" / "data" / "case33bw.csv"
"""A file with columns of numbers."""


class TestCsv(ProfileChecks):
    profile = CsvProfile
    examples = (CsvProfile(CSV, "p_load_kw"), CsvProfile(CSV, "r_ohm", step_min=60.0, start="2016-01-01", scale=0.5))


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_source_fails_the_check_that_names_the_mistake(kind: type[ProfileSource], tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text("1 2 3", encoding="utf-8")
    examples = (kind(file=tmp_path / "right.txt"),) if hasattr(kind, "file") else ()  # type: ignore[call-arg]
    found = Examination(CHECKS, subject(kind, examples)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_source_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


def test_without_an_example_it_says_how_to_give_one() -> None:
    found = Examination(CHECKS, subject(CsvProfile)).ask("made_from_its_options")
    assert "examples = [CsvProfile(...)] in the test class" in found.message
