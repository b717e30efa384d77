"""A trace is read line by line, and a step is picked from it."""

from pathlib import Path

import pytest

from pgcore.tracing.trace import TraceError, entries, pick
from tests.traces import record

LINE = (
    '{"t_us":1,"channel":"c","bytes":9,"message":{"v":1,"env_id":"0","episode":0,"tick":1,"sender":"MG1","recipient":"environment",'
    '"epoch":0,"seq":1,"body":{"type":"Hello"}}}\n'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "trace.jsonl")


def test_every_line_is_an_entry(path: Path) -> None:
    found = list(entries(path))
    assert len(found) == 3 * 12 == len(path.read_text().splitlines())
    assert (found[0].sender, found[0].recipient, found[0].body, found[0].tick) == ("environment", "MG1", "Farewell", 0)
    assert all(entry.bytes > 100 for entry in found)
    assert [entry.t_us for entry in found] == sorted(entry.t_us for entry in found)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nonsense\n", "JSON is malformed"),
        ("{}\n", "missing required field `t_us`"),
        (LINE.replace('"tick":1', '"tick":"x"'), r"Expected `int`, got `str` - at `\$.message.tick`"),
        (LINE.replace('"sender":"MG1",', ""), r"missing required field `sender`"),
        ("[" * 100_000 + "\n", "not a line of a trace"),
        ("\n", "not a line of a trace"),
    ],
)
def test_a_line_that_is_none_of_a_trace_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(LINE * 2 + line + LINE)
    with pytest.raises(TraceError, match=rf"trace.jsonl:3: not a line of a trace: .*{complaint}|trace.jsonl:3: {complaint}"):
        list(entries(path))


def test_a_file_of_something_else_is_refused_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(TraceError, match=r"picture.png:1: not a line of a trace"):
        list(entries(path))


def test_a_last_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(LINE + LINE[:50])
    assert len(list(entries(path))) == 1


def test_the_first_step_of_the_first_episode_is_picked(path: Path) -> None:
    step = pick(path)
    assert (step.env_id, step.episode, step.tick, len(step.entries)) == ("0", 0, 1, 12)


def test_a_step_and_an_episode_are_picked(tmp_path: Path) -> None:
    path = record(tmp_path / "trace.jsonl", episodes=(3, 4))
    assert (pick(path).episode, pick(path).tick) == (3, 1)
    step = pick(path, episode=4, tick=0)
    assert {(entry.episode, entry.tick) for entry in step.entries} == {(4, 0)}
    assert len(step.entries) == 12


def test_the_reset_is_shown_if_there_is_no_step(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(LINE.replace('"tick":1', '"tick":0'))
    assert pick(path).tick == 0


def test_an_agent_is_shown_with_its_devices_and_a_device_alone(path: Path) -> None:
    names = {name for entry in pick(path, agent="MG1").entries for name in (entry.sender, entry.recipient)}
    assert names == {"environment", "MG1", "MG1.ess", "MG1.pv"}
    assert len(pick(path, agent="MG1.ess").entries) == 2


def test_what_is_not_there_is_said_with_what_is(path: Path, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="there is no episode 7; there are: episode 0 with steps 0 to 2"):
        pick(path, episode=7)
    with pytest.raises(TraceError, match="there is no step 9 in that episode; there are: episode 0 with steps 0 to 2"):
        pick(path, tick=9)
    with pytest.raises(TraceError, match=r"nobody is called 'MG' in step 1 of episode 0; there are: MG1, MG1.ess, MG1.pv, MG2"):
        pick(path, agent="MG")
    (tmp_path / "empty").touch()
    with pytest.raises(TraceError, match="the trace is empty"):
        pick(tmp_path / "empty")


def test_of_several_environments_the_first_is_shown_and_the_others_named(tmp_path: Path) -> None:
    step = pick(record(tmp_path / "trace.jsonl", env_ids=("b", "a")))
    assert {entry.env_id for entry in step.entries} == {"b"}
    assert step.notes == ("environment b is shown; the trace also holds a",)
