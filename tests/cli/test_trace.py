from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main
from tests.traces import record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "trace.jsonl")


def traced(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, ["trace", *map(str, args)])


def test_a_step_is_drawn_for_the_terminal(path: Path) -> None:
    shown = traced(path)
    assert shown.exit_code == 0
    assert shown.output.startswith("Episode 0, step 1: 12 messages")
    assert "│─ Farewell ─>│" in shown.output
    assert "MG1.ess" in shown.output


def test_step_and_agent_are_chosen(path: Path) -> None:
    shown = traced(path, "--tick", 2, "--episode", 0, "--agent", "MG2").output
    assert shown.startswith("Episode 0, step 2: 6 messages")
    assert "MG1" not in shown


@pytest.mark.parametrize(("form", "sign"), [("mermaid", "sequenceDiagram"), ("svg", "<svg")])
def test_pictures_are_written_to_a_file(path: Path, tmp_path: Path, form: str, sign: str) -> None:
    shown = traced(path, "--format", form, "--out", tmp_path / "picture")
    assert shown.output == f"wrote {tmp_path / 'picture'}\n"
    assert sign in (tmp_path / "picture").read_text()
    assert traced(path, "--format", form).output == (tmp_path / "picture").read_text()


def test_a_bad_file_has_status_2_and_names_the_line(path: Path) -> None:
    with path.open("a") as file:
        file.write("oops\n")
    shown = traced(path)
    assert shown.exit_code == 2
    assert "trace.jsonl:37: not a line of a trace" in shown.output


def test_a_missing_file_and_a_missing_step_have_status_2(path: Path, tmp_path: Path) -> None:
    assert traced(tmp_path / "none").output.endswith("none: No such file or directory\n")
    shown = traced(path, "--tick", 99)
    assert shown.exit_code == 2
    assert "there is no step 99" in shown.output
