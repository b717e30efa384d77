"""The kit for faults bites: all of the core's pass it, and each wrong one fails the check that names its mistake."""

import pytest

import pgcore.builtin
from pgcore.catalog import Catalog
from pgcore.contracts.fault import Fault
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from pgcore.testing.faults import CHECKS, FaultChecks, subject
from tests.testing.wrong_faults import HINTS, WRONG, Right


class TestRight(FaultChecks):
    fault = Right


@pytest.mark.parametrize("kind", Catalog.of(pgcore.builtin).types("fault").values(), ids=lambda kind: kind.type)
def test_a_fault_of_the_core_passes_everything(kind: type[Fault]) -> None:
    asked = [check for check in CHECKS if name_of(check) != "entry_module_is_light"]
    assert [found.message for found in Examination(asked, subject(kind)) if not found.good] == []


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_fault_fails_the_check_that_names_the_mistake(kind: type[Fault]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_fault_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}
