"""Refused messages are counted, and named once."""

import logging

import pytest

from pgcore.brokers.refusals import MOST_SENDERS, OTHERS, Refusals, Refused


def test_they_are_counted_by_reason_and_sender() -> None:
    refusals = Refusals()
    for reason, sender in [("tampered", "MG1"), ("tampered", "MG1"), ("tampered", "MG2"), ("replayed", "MG1")]:
        refusals.add(Refused(reason, "why"), sender, "channel")
    assert refusals.by_sender == {("tampered", "MG1"): 2, ("tampered", "MG2"): 1, ("replayed", "MG1"): 1}
    counts = refusals.counts()
    assert (counts["refused"], counts["tampered"], counts["replayed"], counts["stale"]) == (4, 3, 1, 0)


def test_each_reason_and_sender_is_named_in_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    for sender in ("MG1", "MG1", "MG2"):
        refusals.add(Refused("tampered", "its signature is wrong"), sender, "env_0__reports")
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "'MG1' on env_0__reports: tampered: its signature is wrong" in caplog.messages[0]


def test_made_up_senders_are_counted_together_once_there_are_many() -> None:
    refusals = Refusals()
    for number in range(MOST_SENDERS + 50):
        refusals.add(Refused("foreign", "why"), f"forger{number}", "channel")
    assert len(refusals.by_sender) == MOST_SENDERS + 1
    assert refusals.by_sender["foreign", OTHERS] == 50


def test_a_name_cannot_forge_lines_in_a_log_or_be_endless(caplog: pytest.LogCaptureFixture) -> None:
    Refusals().add(Refused("foreign", "why"), "MG1\nall is well" + "x" * 500, "channel")
    assert "\n" not in caplog.messages[0]
    assert len(caplog.messages[0]) < 300
