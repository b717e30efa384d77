"""``pgcore bench``, ``describe`` and ``compare-backends`` on the toy network."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main, suite_view
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Figure, Finding
from pgcore.running.suite.machine import Machine
from pgcore.running.suite.rows.table import ROWS, Row
from pgcore.running.suite.run import Run
from tests.toys import toy_catalog, toy_spec

AGENTS = {
    "M": {
        "area": ["B", "C"],
        "devices": {
            "ess": {"type": "battery", "bus": "B", "capacity_mwh": 2.0, "p_max_mw": 0.5},
            "cap": {"type": "shunt", "bus": "C", "steps": 2, "q_mvar_per_step": 0.1},
        },
    }
}


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "toy.yaml"
    file.write_text(json.dumps(toy_spec(AGENTS)), encoding="utf-8")
    return str(file)


def call(*args: str) -> Result:
    return CliRunner().invoke(main, args, obj=toy_catalog())


def read(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_bench_splits_the_time_of_a_step(spec: str) -> None:
    found = read(call("bench", spec, "--steps", "20", "--json"))
    assert (found["agents"], found["devices"], found["buses"], found["backend"]) == (1, 2, 4, "toy")
    assert set(found["parts_ms"]) == {"solver", "devices", "protocols", "observations", "rest"}
    assert all(found["parts_ms"][part] > 0 for part in ("solver", "devices", "observations", "rest"))
    assert 0 < found["outside_solver_ms"] < found["step_ms"]


def test_bench_prints_a_row_for_each_part(spec: str) -> None:
    shown = call("bench", spec, "--steps", "5").output
    assert all(row in shown for row in ("solver", "devices", "protocols", "observations", "rest", "outside the solver", "steps/s"))


def test_describe_lists_every_action_and_slot_with_its_unit(spec: str) -> None:
    found = read(call("describe", spec, "--json"))["M"]
    assert [(one["name"], one["unit"], one["discrete"]) for one in found["actions"]] == [("ess.p_mw", "MW", False), ("cap.step", "1", True)]
    slots = {slot["name"]: slot["unit"] for slot in found["observation"]}
    assert {"ess.soc": "1", "B.vm_pu": "pu", "T.loading_percent": "%", "time.sin": "1"}.items() <= slots.items()


def test_describe_shows_agents_and_spaces(spec: str) -> None:
    shown = call("describe", spec).output
    assert "GridAgent" in shown
    assert "MultiDiscrete([3])" in shown
    assert "1 agents, 6 steps of 60 min" in shown


def test_a_backend_compared_with_itself_differs_nowhere(spec: str) -> None:
    found = read(call("compare-backends", spec, "--with", "toy", "--json"))
    assert found["convergence_differs_in_steps"] == []
    assert {row["quantity"]: row["largest"] for row in found["differences"]}["vm_pu"] == 0.0


def test_an_unknown_second_backend_is_refused_with_the_known_ones(spec: str) -> None:
    result = call("compare-backends", spec, "--with", "nosuch")
    assert result.exit_code == 2
    assert "Known: auto, toy" in result.output


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "give the spec to measure, such as three_microgrids, or --suite"),
        (("three_microgrids", "--suite"), "the suite has specs of its own"),
        (("three_microgrids", "--quick"), "--quick, --only and --out belong to --suite"),
        (("--suite", "--only", "sngle"), "found 'sngle', expected one of single, grid2op"),
    ],
)
def test_a_call_that_cannot_be_meant_says_what_to_do(args: tuple[str, ...], said: str) -> None:
    result = call("bench", *args)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


class Measured:
    """Stands in for the suite's run: rows with a figure each, or none."""

    def __init__(self, failed: str = "") -> None:
        self.failed = failed
        self.rows: list[str] = []

    def run(self, rows: Sequence[Row], effort: Effort, python: str, starting: Callable[[Row], None], done: Callable[[Finding], None]) -> Run:
        self.rows = [row.name for row in rows]
        findings = [Finding(row.name, (Figure("loop : env", 120.0), Figure("env step", 200.0, "µs")), failed=self.failed) for row in rows]
        for row, finding in zip(rows, findings, strict=True):
            starting(row)
            done(finding)
        return Run(Machine("a processor", 2, "Linux", "3.11.7", {}), effort.name, "2026-11-23", tuple(findings))


def test_the_suite_fills_pages_and_leaves_its_figures_beside_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured()
    monkeypatch.setattr(suite_view, "run", measured.run)
    page, readme = tmp_path / "docs" / "speed.md", tmp_path / "README.md"
    readme.write_text("# Mine\n<!-- suite: headline -->\n<!-- end of suite -->\n", encoding="utf-8")
    result = call("bench", "--suite", "--out", str(page), "--out", str(readme))
    assert result.exit_code == 0, result.output
    assert "120 times as long" in readme.read_text(encoding="utf-8")
    assert "| loop : env | 120 |" in page.read_text(encoding="utf-8")
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["effort"] == "full"
    assert measured.rows == list(ROWS)


def test_some_rows_alone_leave_the_others_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_view, "run", Measured().run)
    page = tmp_path / "speed.md"
    assert call("bench", "--suite", "--out", str(page)).exit_code == 0
    assert call("bench", "--suite", "--only", "modes", "--out", str(page)).exit_code == 0
    kept = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert [finding["row"] for finding in kept["findings"]] == list(ROWS)


def test_a_row_that_fails_ends_the_suite_with_status_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite_view, "run", Measured("0.1 pu apart").run)
    result = call("bench", "--suite", "--only", "single", "--quick")
    assert result.exit_code == 1
    assert "failed: 0.1 pu apart" in result.output
