"""The kit for network sources bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

import pytest

from pgcore.contracts.network import NetworkSource
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from pgcore.testing.networks import CHECKS, NetworkChecks, subject
from tests.testing.wrong_networks import HINTS, WRONG, Right


class TestRight(NetworkChecks):
    network = Right


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_source_fails_the_check_that_names_the_mistake(kind: type[NetworkSource]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_source_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}
