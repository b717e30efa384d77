"""The kit for backends bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

import re

import pytest

from pgcore.contracts.backend import Backend
from pgcore.testing.backends import CHECKS, BackendChecks, subject
from pgcore.testing.backends.reference import ReferenceBackend
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from tests.testing.wrong_backends import HINTS, RIGHT, WRONG, CopperPlate

BY_OTHERS = {"entry_module_is_light", "published_feeder"}
"""Asked elsewhere (tests of imports), or implied by another check (balance at every bus) and kept because its source is another."""


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_backend_passes_everything(kind: type[Backend]) -> None:
    assert {found.check: found.message for found in Examination(CHECKS, subject(kind)) if not found.good} == {}


def test_an_approximation_is_not_held_to_the_last_digit() -> None:
    found = {one.check: one for one in Examination(CHECKS, subject(CopperPlate))}
    assert [one.message for one in found.values() if not one.good] == []
    assert found["published_feeder"].message == "it declares exact = False: an approximation is not held to the last digit"
    assert found["a_tap_sets_the_ratio"].message == "it does not declare 'tap' in its controls"


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_backend_fails_the_check_that_names_the_mistake(kind: type[Backend]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_backend() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == BY_OTHERS


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_every_check_states_a_law_in_one_line(check: object) -> None:
    assert (check.__doc__ or "").splitlines()[0].endswith(".")


class TestReference(BackendChecks):
    backend = ReferenceBackend
    examples = (ReferenceBackend(),)


def test_a_class_without_a_backend_says_what_is_missing() -> None:
    with pytest.raises(TypeError, match=re.escape("Nameless does not say which backend it checks; add to it: backend = MyBackend")):
        type("Nameless", (BackendChecks,), {}).subject()
