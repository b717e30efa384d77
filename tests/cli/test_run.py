import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pgcore import extras
from pgcore.cli import main
from pgcore.recording.folder import Recording
from pgcore.recording.manifest import read_manifest
from pgcore.spec.dump import dump
from tests.runs import STEPS, toy_env
from tests.toys import toy_catalog

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs ``pgcore run toy.yaml …`` in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(dump(toy_env(tmp_path).spec))

    def run(*args: str, command: tuple[str, ...] = ("run", "toy.yaml")) -> Result:
        return CliRunner().invoke(main, [*command, *args], obj=toy_catalog())

    return run


@pytest.fixture
def policies(tmp_path: Path) -> str:
    """A module with a policy that presses Ctrl-C, and one that fails."""
    name = f"acting_{tmp_path.name}"
    source = """
import os, signal
from pgcore.running.policies import idle
def stop(observations, infos, env):
    if env.grid.seeds[0][1] == 1 and env.grid.tick == 2:
        os.kill(os.getpid(), signal.SIGINT)
    return idle(observations, infos, env)
def fail(observations, infos, env):
    if env.grid.tick == 3:
        raise ArithmeticError("no more")
    return idle(observations, infos, env)
"""
    (tmp_path / f"{name}.py").write_text(source)
    return name


def test_the_table_has_every_agent_every_active_device_and_the_totals(invoke: Invoke) -> None:
    shown = invoke("--policy", "random")
    assert shown.exit_code == 0
    for word in ("East", "West", "all", "East.home", "West.unit", "town", "MWh", "voltage", "unserved", "steps/s", "1 episode, 6 steps"):
        assert word in shown.output, word


def test_json_is_one_document_with_the_numbers(invoke: Invoke) -> None:
    data = json.loads(invoke("--json", "--episodes", "2").stdout)
    assert (data["episodes"], data["steps"], data["policy"], data["interrupted"]) == (2, 2 * STEPS, "idle", False)
    assert data["devices"]["town"]["consumed_mwh"] == pytest.approx(0.2 * 2 * STEPS)
    assert set(data["agents"]) == {"East", "West"}


def test_a_seed_gives_the_same_run_again(invoke: Invoke) -> None:
    costs = [json.loads(invoke("--json", "--policy", "random", "--seed", seed).stdout)["agents"] for seed in ("5", "5", "6")]
    assert costs[0] == costs[1] != costs[2]


def test_settings_override_the_spec(invoke: Invoke) -> None:
    assert json.loads(invoke("--json", "--set", "episode.steps=2").stdout)["steps"] == 2


def test_a_recording_has_its_picture_and_replays(invoke: Invoke, tmp_path: Path) -> None:
    shown = invoke("--policy", "random", "--seed", "9", "--record", "out")
    assert shown.exit_code == 0
    assert (tmp_path / "out" / "picture.png").stat().st_size > 10_000
    assert read_manifest(tmp_path / "out" / "manifest.json").seed == 9
    again = invoke(command=("replay", "out"))
    assert (again.exit_code, "equal: 6 steps" in again.output) == (0, True)


def test_a_picture_can_be_drawn_without_a_recording(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("--picture", "day.png").exit_code == 0
    assert (tmp_path / "day.png").exists()


def test_a_second_recording_needs_force(invoke: Invoke) -> None:
    invoke("--record", "out")
    refused, forced = invoke("--record", "out"), invoke("--record", "out", "--force")
    assert (refused.exit_code, forced.exit_code) == (2, 0)
    assert "--force" in refused.output


def test_ctrl_c_keeps_what_was_recorded_and_shows_it(invoke: Invoke, policies: str, tmp_path: Path) -> None:
    shown = invoke("--policy", f"{policies}:stop", "--episodes", "4", "--record", "out")
    assert shown.exit_code == 130
    assert "2 episodes, 9 steps" in shown.output
    assert "interrupted" in shown.output
    assert read_manifest(tmp_path / "out" / "manifest.json").steps == 9
    assert invoke(command=("replay", "out")).exit_code == 0


def test_a_policy_that_fails_leaves_a_whole_recording(invoke: Invoke, policies: str, tmp_path: Path) -> None:
    shown = invoke("--policy", f"{policies}:fail", "--record", "out")
    assert isinstance(shown.exception, ArithmeticError)
    assert Recording.open(tmp_path / "out").manifest.steps == 3


def test_a_recording_that_stops_in_the_middle_is_told(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pgcore.recording.parts.PartWriter.add", full)
    shown = invoke("--record", "out")
    assert shown.exit_code == 2
    assert "the recording in out is not complete" in shown.output


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--policy", "idel"), "found policy 'idel'"),
        (("--episodes", "0"), "0 is not in the range"),
        (("--set", "episode.stepps=3"), "did you mean"),
    ],
)
def test_what_a_user_can_mend_is_told_with_status_2(invoke: Invoke, args: tuple[str, ...], message: str) -> None:
    shown = invoke(*args)
    assert shown.exit_code == 2
    assert message in shown.output


def test_without_matplotlib_a_recording_is_made_with_a_note(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def missing(module: str) -> Any:
        if module.startswith("matplotlib"):
            raise ModuleNotFoundError(f"No module named {module!r}", name="matplotlib")
        return real(module)

    monkeypatch.setattr(extras, "import_module", missing)
    recorded, asked = invoke("--record", "out"), invoke("--picture", "day.png")
    assert (recorded.exit_code, asked.exit_code) == (0, 2)
    assert 'no picture: matplotlib is needed to draw the picture and is not installed; run: pip install "pgcore-framework[plot]"' in recorded.output
