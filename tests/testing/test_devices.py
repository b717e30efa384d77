"""The kit for devices bites: right ones pass all of it, and each wrong one fails exactly the check that names its mistake."""

import re
import sys

import pytest

from pgcore.contracts.device import Device
from pgcore.extras import MissingExtra
from pgcore.testing.checks import Examination, name_of
from pgcore.testing.devices import CHECKS, subject
from tests.testing.wrong_devices import HINTS, RIGHT, WRONG


def failures(kind: type[Device]) -> dict[str, str]:
    return {found.check: found.message for found in Examination(CHECKS, subject(kind)) if not found.good}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_device_passes_everything(kind: type[Device]) -> None:
    assert failures(kind) == {}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_device_fails_exactly_the_check_that_names_the_mistake(kind: type[Device]) -> None:
    found = failures(kind)
    assert list(found) == [WRONG[kind]], found
    assert HINTS.get(kind, "") in found[WRONG[kind]]


def test_every_check_has_a_wrong_device_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_every_check_states_a_law_in_one_line(check: object) -> None:
    assert (check.__doc__ or "").splitlines()[0].endswith(".")


def test_checks_say_the_same_every_time() -> None:
    kind = next(iter(kind for kind, check in WRONG.items() if check == "energy_ledger_closes"))
    assert failures(kind) == failures(kind)


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingExtra, match=re.escape('pip install "pgcore-framework[testing]"')):
        list(Examination(CHECKS, subject(RIGHT[0])))
