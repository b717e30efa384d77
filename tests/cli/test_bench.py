"""``pgcore bench``, ``describe`` and ``compare-backends`` on the toy network."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main
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
