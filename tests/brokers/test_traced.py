"""A traced broker writes down every message, counts them, and never ends a run."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.brokers.traced import TracedBroker
from pgcore.codec import decode
from pgcore.messages import Answer, Message, Silence
from tests.wire import CHANNELS, REPORTS, TO_MG1, Wire, letter

FULL_DISK = Path("/dev/full")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_published_message_is_a_line(tmp_path: Path) -> None:
    with TracedBroker(Wire(), tmp_path / "trace.jsonl") as traced:
        traced.publish(REPORTS, letter(body=Answer(np.array([[0.5, np.inf]]))))
        traced.publish(TO_MG1, letter("environment", "MG1"))
    first, second = lines(tmp_path / "trace.jsonl")
    assert list(first) == ["t_us", "channel", "bytes", "message"]
    assert (first["channel"], second["channel"]) == (REPORTS, TO_MG1)
    assert isinstance(first["t_us"], int)
    assert isinstance(second["t_us"], int)
    assert 0 <= first["t_us"] <= second["t_us"]


def test_the_message_in_a_line_can_be_decoded_to_the_last_bit(tmp_path: Path) -> None:
    settings = np.random.default_rng(0).normal(size=(1, 9))
    with TracedBroker(Wire(), tmp_path / "trace.jsonl") as traced:
        traced.publish(REPORTS, letter(body=Answer(settings)))
    raw = (tmp_path / "trace.jsonl").read_bytes()
    encoded = raw[raw.index(b'"message":') + len(b'"message":') : -2]
    (line,) = lines(tmp_path / "trace.jsonl")
    body = decode(encoded).body
    assert isinstance(body, Answer)
    assert body.settings.tobytes() == settings.tobytes()
    assert line["bytes"] == len(encoded)


def test_messages_go_on_to_the_base_broker_and_back(tmp_path: Path) -> None:
    with TracedBroker(wire := Wire(), tmp_path / "trace.jsonl") as traced:
        assert wire.is_open
        traced.publish(REPORTS, sent := letter())
        assert traced.consume(REPORTS, "environment") == [sent]
        assert traced.ordered is False
    assert not wire.is_open


def test_traffic_is_counted_by_kind_of_channel_and_step() -> None:
    traced = TracedBroker(Wire())
    traced.publish(TO_MG1, letter("environment", "MG1", tick=0))
    for tick in (1, 2, 1, 3):
        traced.publish(CHANNELS.action("environment", "MG1"), letter("environment", "MG1", tick=tick))
    traced.publish(REPORTS, letter(tick=1, episode=1))
    counts = traced.counts()
    assert (counts["messages"], counts["messages action"], counts["messages reports"], counts["messages control"]) == (6, 4, 1, 1)
    assert counts["bytes"] == sum(counts[f"bytes {kind}"] for kind in ("action", "reports", "control")) > 600
    assert counts["steps"] == 4
    messages, size = traced.traffic.per_step()["action"]
    assert (messages, size) == (1.0, counts["bytes action"] / 4)


def test_what_comes_from_another_process_is_traced_when_it_is_consumed(tmp_path: Path) -> None:
    class Remote(Wire):
        remote = True

    with TracedBroker(wire := Remote(), tmp_path / "trace.jsonl") as traced:
        wire.publish(REPORTS, letter())
        wire.publish(CHANNELS.presence(), letter("MG2", body=Answer(np.zeros((1, 1)))))
        traced.publish(REPORTS, letter("MG3"))
        wire.publish(REPORTS, letter(body=Silence("Report")))
        assert len(traced.consume([REPORTS, CHANNELS.presence()], "environment")) == 4
        wire.publish(REPORTS, letter())
        assert len(traced.consume(REPORTS, "environment")) == 1
    found = [(line["channel"], line["message"]["sender"]) for line in lines(tmp_path / "trace.jsonl")]
    assert found == [
        (REPORTS, "MG3"),
        (f"{REPORTS} or {CHANNELS.presence()}", "MG1"),
        (CHANNELS.presence(), "MG2"),
        (REPORTS, "MG1"),
        (REPORTS, "MG1"),
    ]


def test_a_channel_that_is_none_is_counted_as_other() -> None:
    traced = TracedBroker(Wire())
    traced.publish("elsewhere", letter())
    assert traced.counts()["messages other"] == 1
    assert TracedBroker(Wire()).traffic.per_step() == {}


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("messages", [1, 3000])
def test_a_full_disk_is_named_once_and_the_run_goes_on(caplog: pytest.LogCaptureFixture, messages: int) -> None:
    with TracedBroker(wire := Wire(), FULL_DISK) as traced:
        for seq in range(1, messages + 1):
            traced.publish(REPORTS, letter(seq=seq))
    assert len(wire.sent) == traced.counts()["messages"] == messages
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == f"the trace /dev/full ends here, the run goes on: {os.strerror(28)}"


def test_a_file_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TracedBroker(wire := Wire(), tmp_path / "missing" / "trace.jsonl").open()
    assert not wire.is_open


def test_a_message_that_cannot_be_encoded_is_named_and_sent_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with TracedBroker(wire := Wire(), tmp_path / "trace.jsonl") as traced:
        traced.publish(REPORTS, letter(body=Answer(np.array([[np.nan]]))))
        traced.publish(REPORTS, letter(body=Silence()))
        traced.publish(REPORTS, letter(body=Answer(np.array([[np.nan]]))))
    assert len(wire.sent) == 3
    assert traced.counts()["untraced"] == 2
    assert len(caplog.records) == 1
    assert len(lines(tmp_path / "trace.jsonl")) == 1
    assert "a message of MG1 on env_0__reports is not in the trace" in caplog.text


def test_closing_twice_is_harmless_and_the_file_is_closed_when_the_base_fails(tmp_path: Path) -> None:
    class Stuck(Wire):
        def close(self) -> None:
            raise RuntimeError("stuck")

    def sent(message: Message) -> TracedBroker:
        traced = TracedBroker(Stuck(), tmp_path / "trace.jsonl")
        traced.open()
        traced.publish(REPORTS, message)
        return traced

    traced = sent(letter())
    for _ in range(2):
        with pytest.raises(RuntimeError, match="stuck"):
            traced.close()
    assert len(lines(tmp_path / "trace.jsonl")) == 1
