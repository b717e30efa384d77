"""The kit for brokers bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

import re

import pytest

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.contracts.broker import MessageBroker
from pgcore.testing import brokers
from pgcore.testing.brokering import CHECKS, BrokerChecks, subject
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from tests.testing.wrong_brokers import HINTS, WRONG, Right


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never comes is not waited for as long as over a network."""
    monkeypatch.setattr(brokers, "PATIENCE_S", 0.5)


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_broker_fails_the_check_that_names_the_mistake(kind: type[MessageBroker]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_broker_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


def test_a_broker_without_capabilities_is_not_asked_for_them() -> None:
    asked = Examination(CHECKS, subject(Right))
    assert asked.ask("reaches_another_process").message == "it does not declare remote"
    assert asked.ask("messages_survive_a_restart").message == "it does not declare durable"


def test_a_right_broker_passes_everything() -> None:
    assert [found.message for found in Examination(CHECKS, subject(Right)) if not found.good] == []


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_every_check_states_a_law_in_one_line(check: object) -> None:
    assert (check.__doc__ or "").splitlines()[0].endswith(".")


class TestInMemory(BrokerChecks):
    broker = InMemoryBroker


class TestSocket(BrokerChecks):
    broker = SocketBroker


def test_a_class_without_a_broker_says_what_is_missing() -> None:
    with pytest.raises(TypeError, match=re.escape("Nameless does not say which broker it checks; add to it: broker = MyBroker")):
        type("Nameless", (BrokerChecks,), {}).subject()
