import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main
from pgcore.recording.rows import RowFormat
from tests.teams import DOCUMENTS, PROFILES
from tests.toys import toy_catalog, toy_spec

LOSSY = "run.broker={type: in_memory, faults: [{type: loss, rate: 0.5}]}"


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "toy.yaml"
    file.write_text(json.dumps(toy_spec(DOCUMENTS["masks"]["agents"], profiles=PROFILES)), encoding="utf-8")
    return str(file)


def call(*args: str, processes: int = 0) -> Result:
    return CliRunner().invoke(main, ["compare", *args, "--processes", str(processes)], obj=toy_catalog())


def test_equal_modes_end_with_the_digest_and_status_0(spec: str) -> None:
    shown = call(spec)
    assert shown.exit_code == 0, shown.output
    assert "equal: 3 ways, 6 steps, digest " in shown.stdout
    assert all(word in shown.stdout for word in ("centralized", "in memory, agents", "in memory, devices", "messages a step", "bytes a step"))


def test_child_processes_are_two_ways_more(spec: str) -> None:
    shown = call(spec, processes=2)
    assert shown.exit_code == 0, shown.output
    assert "equal: 5 ways, 6 steps, digest " in shown.stdout
    assert all(word in shown.stdout for word in ("processes, agents", "processes, devices"))


def test_one_seed_gives_one_digest_and_another_seed_another(spec: str) -> None:
    digests = [json.loads(call(spec, "--seed", seed, "--steps", "2", "--json").stdout)["digest"] for seed in ("5", "5", "6")]
    assert digests[0] == digests[1] != digests[2]


def test_json_holds_the_paces(spec: str) -> None:
    found = json.loads(call(spec, "--steps", "2", "--json").stdout)
    assert (found["equal"], found["steps"], found["difference"]) == (True, 2, None)
    assert [pace["sent"] and pace["sent"]["messages"] for pace in found["paces"]] == [None, 12.0, 23.0]


def test_a_difference_is_named_with_status_1(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, calls = RowFormat.row, []

    def row(self: RowFormat, record: Any, b: int = 0) -> Any:
        calls.append(record)
        found = right(self, record, b)
        if len(calls) == 5:
            found[-1] += 1.0
        return found

    monkeypatch.setattr(RowFormat, "row", row)
    shown = call(spec)
    assert shown.exit_code == 1
    assert "different: in memory, agents: episode 0, step 1, agent M3: observation.M3." in shown.stdout


def test_faults_are_left_out_and_that_is_said(spec: str) -> None:
    shown = call(spec, "--set", LOSSY, "--steps", "2")
    assert shown.exit_code == 0, shown.output
    assert "compared without the simulated faults of the spec (loss)" in shown.stderr
