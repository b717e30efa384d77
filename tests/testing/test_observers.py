"""The kit for observers bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

import logging
from pathlib import Path

import pytest

from pgcore.contracts.observer import Observer, StepRecord
from pgcore.recording.recorder import Recorder
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from pgcore.testing.observers import CHECKS, ObserverChecks, ObserverSubject, check_changes_nothing, check_watches_episodes, played, subject
from pgcore.testing.stage import devices, staged
from tests.testing.wrong_observers import HINTS, WRONG, Right


class TestRight(ObserverChecks):
    observer = Right


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_observer_fails_the_check_that_names_the_mistake(kind: type[Observer]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_observer_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


class Raises(Observer):
    """It raises when it is first told of a step."""

    type = "raises"

    def __init__(self) -> None:
        self.told = 0

    def stepped(self, record: StepRecord) -> None:
        self.told += 1
        raise RuntimeError("out of paper")


def test_one_that_raises_is_dropped_and_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    observer = Raises()
    with caplog.at_level(logging.ERROR, logger="pgcore"):
        watched = played(1, observer)
    assert len(watched) == len(played(1, None))
    assert observer.told == 1
    assert [record.getMessage() for record in caplog.records] == ["observer raises raised in stepped() and is dropped; the run goes on"]


def test_the_recorder_keeps_the_laws_of_observers(tmp_path: Path) -> None:
    spec = staged({"MG1": {"devices": devices("A", "ess", "pv")}, "MG2": {"devices": devices("B", "gen", "home")}})
    asked = ObserverSubject(Recorder, make=lambda folder: Recorder(folder / "run", spec))
    check_watches_episodes(asked)
    check_changes_nothing(asked)
