"""``--mode`` and ``--actors`` of ``pgcore run`` and ``pgcore bench``, ``--trace``, and what a run says of its messages."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main
from tests.teams import DOCUMENTS, PROFILES
from tests.toys import toy_catalog, toy_spec

LOSSY = "run.broker={type: in_memory, faults: [{type: loss, rate: 0.5}]}"


@pytest.fixture
def spec(tmp_path: Path) -> str:
    file = tmp_path / "toy.yaml"
    file.write_text(json.dumps(toy_spec(DOCUMENTS["masks"]["agents"], profiles=PROFILES)), encoding="utf-8")
    return str(file)


def call(*args: str) -> Result:
    return CliRunner().invoke(main, args, obj=toy_catalog())


def test_bench_shows_messages_and_the_ratio_to_centralized(spec: str) -> None:
    shown = call("bench", spec, "--steps", "4", "--mode", "distributed", "--actors", "devices").output
    for words in ("distributed, actors are devices", "messages", "state_updates", "bytes a step", "times a centralized step", "µs for each message"):
        assert words in shown, words


def test_bench_takes_the_mode_of_the_spec(spec: str) -> None:
    result = call("bench", spec, "--steps", "4", "--json", "--set", "run.mode=distributed", "--set", "run.broker={type: in_memory}")
    found = json.loads(result.stdout)
    assert found["mode"] == "distributed, actors are agents"
    assert found["overhead"]["sent"]["messages"] == 12
    assert found["overhead"]["us_per_message"] == pytest.approx(found["overhead"]["added_ms"] * 1e3 / 12)


def test_a_broker_of_the_spec_is_kept(spec: str) -> None:
    found = json.loads(call("run", spec, "--mode", "distributed", "--set", LOSSY, "--json").stdout)
    assert found["mishaps"]["lost"] > 0


def test_a_run_on_a_bad_network_says_what_went_wrong_in_one_line(spec: str) -> None:
    shown = call("run", spec, "--mode", "distributed", "--set", LOSSY).output
    line = next(line for line in shown.splitlines() if line.startswith("communication: "))
    assert " lost" in line
    assert " missed by actors" in line


@pytest.mark.parametrize("mode", ["centralized", "distributed"])
def test_a_run_in_which_nothing_went_wrong_says_nothing_of_it(spec: str, mode: str) -> None:
    assert "communication" not in call("run", spec, "--mode", mode).output
    assert json.loads(call("run", spec, "--mode", mode, "--json").stdout)["mishaps"] == {}


def test_every_message_is_traced_and_can_be_looked_at(spec: str, tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    shown = call("run", spec, "--mode", "distributed", "--trace", str(file))
    assert shown.exit_code == 0, shown.output
    assert f"pgcore trace {file}" in shown.output
    assert "Episode 0, step 2: 12 messages" in call("trace", str(file), "--tick", "2").output


def test_a_trace_of_centralized_mode_is_refused(spec: str, tmp_path: Path) -> None:
    result = call("run", spec, "--trace", str(tmp_path / "trace.jsonl"))
    assert result.exit_code == 2
    assert "send no messages to trace; add --mode distributed" in result.output


def test_distributed_mode_changes_no_number_of_a_run(spec: str) -> None:
    modes = [[], ["--mode", "distributed"], ["--mode", "distributed", "--actors", "devices"]]
    found = [json.loads(call("run", spec, "--policy", "random", "--json", *mode).stdout) for mode in modes]
    for one in found:
        for name in ("seconds", "steps_per_s"):
            del one[name]
    assert found[0] == found[1] == found[2]
