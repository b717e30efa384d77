import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pgcore.cli import main
from tests.runs import record, tamper
from tests.toys import toy_catalog


def replayed(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["replay", str(folder / "run"), *args], obj=toy_catalog())


def test_an_equal_replay_has_status_0(tmp_path: Path) -> None:
    record(tmp_path)
    shown = replayed(tmp_path)
    assert shown.exit_code == 0
    assert "equal: 12 steps in 2 episodes, every number bit for bit" in shown.output
    assert "note: numpy was 0.1" in shown.output


def test_a_difference_has_status_1_and_names_step_agent_and_values(tmp_path: Path) -> None:
    record(tmp_path)
    tamper(tmp_path, "effect.town.p_mw", 3, lambda value: -0.3)
    tamper(tmp_path, "state.East.ess.energy_mwh", 2, lambda value: 1.75)
    shown = replayed(tmp_path)
    assert shown.exit_code == 1
    assert "episode 0, step 2, agent East: state.East.ess.energy_mwh was recorded as 1.75 and is replayed as " in shown.output


def test_a_folder_that_cannot_be_replayed_has_status_2(tmp_path: Path) -> None:
    shown = replayed(tmp_path)
    assert shown.exit_code == 2
    assert "there is no such folder" in shown.output


def test_a_spec_that_cannot_be_loaded_has_status_2(tmp_path: Path) -> None:
    record(tmp_path)
    spec = tmp_path / "run" / "spec.yaml"
    spec.write_text(spec.read_text().replace("type: source", "type: sauce"))
    shown = replayed(tmp_path)
    assert shown.exit_code == 2
    assert "sauce" in shown.output


@pytest.mark.parametrize("changed", [False, True])
def test_json_says_whether_it_is_equal(tmp_path: Path, changed: bool) -> None:
    record(tmp_path)
    if changed:
        tamper(tmp_path, "reward.West", 3, lambda value: value + 1.0)
    data = json.loads(replayed(tmp_path, "--json").stdout)
    assert data["equal"] is not changed
    assert (data["difference"] or {}).get("party") == ("West" if changed else None)
