"""Checks are asked once each, after what they rest on, and what they find says whose bug it is."""

import pickle

import pytest

from pgcore.extras import MissingExtra
from pgcore.testing.checks import Breach, Examination, NotAsked, Owner, Verdict, after, law_of, name_of
from pgcore.testing.kits import KITS, NoKit, examination


def check_it_floats(duck: list[str]) -> None:
    """A duck floats.

    On water, that is.
    """
    duck.append("asked")
    if "stone" in duck:
        raise Breach("it sank", "make it lighter than water", Owner.SPEC)


@after(check_it_floats)
def check_it_swims(duck: list[str]) -> None:
    """A duck swims."""


@after(check_it_swims)
def check_it_dives(duck: list[str]) -> None:
    """A duck dives."""
    if "tame" in duck:
        raise NotAsked("it is tame")


def check_it_quacks(duck: list[str]) -> None:
    """A duck quacks."""
    assert "mute" not in duck, "it is silent"
    if "hoarse" in duck:
        raise OSError("no air")
    if "bare" in duck:
        raise MissingExtra("beak is needed to quack")


CHECKS = (check_it_dives, check_it_swims, check_it_floats, check_it_quacks)


def verdicts(*duck: str, **expected: str) -> dict[str, Verdict]:
    return {found.check: found.verdict for found in Examination(CHECKS, list(duck), expected)}


def found(check: str, *duck: str, **expected: str) -> object:
    return Examination(CHECKS, list(duck), expected).ask(check)


def test_a_check_is_known_by_its_name_and_the_first_line_of_its_text() -> None:
    assert (name_of(check_it_floats), law_of(check_it_floats)) == ("it_floats", "A duck floats.")


def test_all_pass() -> None:
    assert set(verdicts().values()) == {Verdict.PASSED}


def test_what_rests_on_a_failed_check_is_not_asked_however_far_away() -> None:
    said = verdicts("stone")
    assert said["it_floats"] is Verdict.FAILED
    assert said["it_swims"] is said["it_dives"] is Verdict.NOT_ASKED
    assert said["it_quacks"] is Verdict.PASSED


def test_what_is_not_promised_stands_in_nobodys_way() -> None:
    assert verdicts("tame") == {**verdicts(), "it_dives": Verdict.NOT_ASKED}


def test_each_is_asked_once() -> None:
    duck: list[str] = []
    examination = Examination(CHECKS, duck)
    assert list(examination) == list(examination)
    assert duck == ["asked"]


def test_a_breach_says_whose_bug_it_is_and_how_to_mend_it() -> None:
    said = Examination(CHECKS, ["stone"]).ask("it_floats")
    assert said.owner is Owner.SPEC
    assert "whose bug: the spec's" in said.message
    assert "to mend:   make it lighter than water" in said.message


def test_a_plain_assertion_is_a_breach_too() -> None:
    assert Examination(CHECKS, ["mute"]).ask("it_quacks").message.startswith("it is silent")


def test_any_other_error_is_a_finding_that_names_the_line() -> None:
    said = Examination(CHECKS, ["hoarse"]).ask("it_quacks")
    assert (said.verdict, said.owner) == (Verdict.FAILED, Owner.PLUGIN)
    assert "OSError: no air" in said.message
    assert "test_checks.py" in said.message


def test_a_missing_library_is_no_finding() -> None:
    with pytest.raises(MissingExtra):
        found("it_quacks", "bare")


def test_an_expected_failure_is_good_as_long_as_it_fails() -> None:
    assert verdicts("mute", it_quacks="it is a swan")["it_quacks"] is Verdict.EXPECTED
    assert verdicts(it_quacks="it is a swan")["it_quacks"] is Verdict.UNEXPECTED
    assert not Examination(CHECKS, [], {"it_quacks": "it is a swan"}).ask("it_quacks").good


def test_expected_failures_name_checks_and_reasons() -> None:
    assert Examination(CHECKS, [], {"it_quack": "why"}).strangers().startswith("expected_failures names it_quack; the checks are: it_dives")
    assert Examination(CHECKS, [], {"it_quacks": " "}).strangers() == "expected_failures gives no reason for it_quacks"
    assert Examination(CHECKS, [], {"it_quacks": "why"}).strangers() == ""


def test_a_kind_without_a_kit_is_refused_by_name() -> None:
    with pytest.raises(NoKit, match="there are no checks for a poem; there are for: device"):
        examination("poem", int)
    assert "device" in KITS


@pytest.mark.parametrize("error", [Breach("it sank", "lighter", Owner.CORE), NoKit("poem")])
def test_errors_survive_the_way_between_processes(error: Exception) -> None:
    read = pickle.loads(pickle.dumps(error))
    assert (type(read), str(read)) == (type(error), str(error))
