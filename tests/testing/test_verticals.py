"""The kit for vertical protocols bites: right ones pass all of it, and each wrong one fails exactly the check that names its mistake."""

from typing import Any

import pytest

from pgcore.testing.checks import Examination, Verdict, name_of
from pgcore.testing.verticals import CHECKS, VerticalChecks, subject
from tests.testing.wrong_verticals import RIGHT, WRONG, Direct, Escalating, InPlace


def failures(kind: Any) -> dict[str, str]:
    """What a protocol fails; whole episodes are played by those that are right, or wrong in nothing else: they take the longest."""
    checks = CHECKS if WRONG.get(kind, "both_modes_are_equal") == "both_modes_are_equal" else CHECKS[:-1]
    return {found.check: found.message for found in Examination(checks, subject(kind)) if not found.good}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_protocol_passes_everything(kind: Any) -> None:
    assert failures(kind) == {}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_protocol_fails_exactly_the_check_that_names_the_mistake(kind: Any) -> None:
    found = failures(kind)
    assert list(found) == [WRONG[kind]], found
    assert "whose bug: the plugin's" in found[WRONG[kind]]
    assert "to mend:" in found[WRONG[kind]]


def test_every_check_has_a_wrong_protocol_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


def test_a_breach_names_the_line_and_the_usual_remedy() -> None:
    said = failures(InPlace)["inputs_stay_unchanged"]
    assert "wrong_verticals.py" in said
    assert "action = action + 1, not action += 1" in said


def test_a_breach_says_whom_it_coordinated_and_what_it_was_told() -> None:
    assert "over agents alone, environment 1 of 6, level = -1, told level = -1" in failures(Escalating)["directives_stay_in_their_bounds"]


def test_a_protocol_that_tells_nobody_anything_is_not_asked_about_directives() -> None:
    found = Examination(CHECKS, subject(Direct)).ask("directives_stay_in_their_bounds")
    assert (found.verdict, found.message) == (Verdict.NOT_ASKED, "it tells agents below nothing")


def test_a_class_without_a_protocol_says_what_is_missing() -> None:
    class Nothing(VerticalChecks):
        pass

    with pytest.raises(TypeError, match="Nothing does not say which protocol it checks; add to it: vertical = MyProtocol"):
        Nothing.subject()
