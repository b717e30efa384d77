"""A scene arranges actors and messages, and says what it leaves out."""

from pathlib import Path

import pytest

from pgcore.tracing.scene import scene
from pgcore.tracing.trace import Step, pick
from tests.traces import record


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return pick(record(tmp_path / "trace.jsonl"))


def test_the_environment_comes_first_and_devices_after_their_agents(step: Step) -> None:
    arranged = scene(step)
    assert arranged.names == ("environment", "MG1", "MG1.ess", "MG1.pv", "MG2", "MG2.ess", "MG2.pv")
    assert arranged.spans() == [("MG1", 1, 3), ("MG2", 4, 6)]
    assert arranged.notes == ()


def test_every_message_is_an_arrow_with_the_time_since_the_first(step: Step) -> None:
    arrows = scene(step).arrows
    assert [(arrow.start, arrow.end, arrow.label) for arrow in arrows[:3]] == [(0, 1, "Farewell"), (1, 2, "Farewell"), (2, 0, "StateUpdate")]
    assert len(arrows) == 12
    assert arrows[0].t_us == 0
    assert arrows[-1].t_us == step.entries[-1].t_us - step.entries[0].t_us


def test_a_silence_is_marked_and_says_what_was_lost(step: Step) -> None:
    assert [(arrow.end, arrow.label) for arrow in scene(step).arrows if arrow.silent] == [(4, "Silence (Results)")]


def test_devices_are_drawn_with_their_agents_where_there_are_too_many(step: Step) -> None:
    arranged = scene(step, most=3)
    assert arranged.names == ("environment", "MG1", "MG2")
    assert len(arranged.arrows) == 12
    assert [(arrow.start, arrow.end, arrow.label) for arrow in arranged.arrows[1:3]] == [
        (1, 1, "Farewell to MG1.ess"),
        (1, 0, "StateUpdate of MG1.ess"),
    ]
    assert arranged.notes == ("4 devices are drawn with their agents; --agent shows one agent with its devices",)


def test_agents_are_left_out_with_a_note_where_there_are_still_too_many(tmp_path: Path) -> None:
    step = pick(record(tmp_path / "wide.jsonl", [f"MG{i}" for i in range(1, 1001)]))
    arranged = scene(step, most=5)
    assert arranged.names == ("environment", "MG1", "MG2", "MG3", "MG4")
    assert len(arranged.arrows) == 4 * 6
    assert arranged.notes[-1] == "996 of 1001 actors are not shown; --agent shows one of them"


def test_the_title_counts_what_is_not_shown_too(step: Step) -> None:
    size = sum(entry.bytes for entry in step.entries)
    assert scene(step, most=2).title.startswith(f"Episode 0, step 1: 12 messages, {size:,} bytes, ")


def test_a_step_without_messages_is_an_empty_scene() -> None:
    assert scene(Step("0", 0, 0, ())).title == "Episode 0, reset: 0 messages, 0 bytes, 0.0 ms"
