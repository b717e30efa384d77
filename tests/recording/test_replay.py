import json
from pathlib import Path
from shutil import move

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pgcore.recording.folder import UnusableRecording
from pgcore.recording.recorder import Recorder
from pgcore.recording.replay import Verdict, replay
from pgcore.running.policies import idle
from tests.runs import STEPS, play, record, tamper, toy_env
from tests.toys import toy_catalog


def verdict_of(folder: Path) -> Verdict:
    return replay(folder / "run", toy_catalog())


def test_a_replay_is_equal_over_several_episodes(tmp_path: Path) -> None:
    record(tmp_path, episodes=3)
    verdict = verdict_of(tmp_path)
    assert (verdict.equal, verdict.episodes, verdict.steps) == (True, 3, 3 * STEPS)


def test_a_recording_can_be_moved(tmp_path: Path) -> None:
    record(tmp_path)
    move(tmp_path / "run", tmp_path / "elsewhere")
    (tmp_path / "loads.csv").unlink()
    assert replay(tmp_path / "elsewhere", toy_catalog()).equal


def test_a_recording_that_begins_with_a_later_episode_is_replayed(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    play(env, episodes=2)
    env.grid.watch(Recorder(tmp_path / "run", env.spec))
    play(env)
    env.close()
    assert verdict_of(tmp_path).equal


def test_another_start_of_an_episode_is_replayed(tmp_path: Path) -> None:
    env = toy_env(tmp_path, episode={"steps": 2, "step_min": 60})
    env.grid.watch(Recorder(tmp_path / "run", env.spec))
    for start in (3, 1):
        observations, infos = env.reset(seed=4, options={"start": start})
        env.step(idle(observations, infos, env))
    env.close()
    assert verdict_of(tmp_path).equal


@pytest.mark.parametrize(
    ("column", "party"),
    [
        ("effect.East.ess.p_mw", "East"),
        ("state.East.ess.energy_mwh", "East"),
        ("effect.town.q_mvar", ""),
        ("flow.vm_pu.B", ""),
        ("reward.West", "West"),
        ("observation.West.unit.p_mw", "West"),
    ],
)
def test_one_changed_number_is_named_with_its_step_agent_and_both_values(tmp_path: Path, column: str, party: str) -> None:
    record(tmp_path)
    tamper(tmp_path, column, STEPS + 1 + 4, lambda value: value + 1e-12)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.episode, found.tick, found.party, found.column, found.altered) == (1, 4, party, column, True)
    assert found.recorded == pytest.approx(found.replayed + 1e-12, abs=1e-13)
    assert found.recorded != found.replayed


def test_a_changed_action_shows_in_what_the_agents_device_does(tmp_path: Path) -> None:
    record(tmp_path)
    tamper(tmp_path, "action.West.unit.p_mw", 3, lambda value: value / 2)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.tick, found.party, found.column, found.altered) == (3, "West", "effect.West.unit.p_mw", True)
    assert found.recorded == pytest.approx(2 * found.replayed)


def test_a_changed_action_without_consequences_is_found_by_its_digest(tmp_path: Path) -> None:
    full = {"East": [-0.5], "West": {"continuous": [0.0], "discrete": [0]}}
    record(tmp_path, policy=lambda observations, infos, env: full)
    tamper(tmp_path, "action.East.ess.p_mw", STEPS, lambda value: value + 0.01)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.tick, found.party, found.altered) == (STEPS, "East", True)
    assert "changed there after it was written" in str(found)


def test_an_action_that_became_nothing_is_named(tmp_path: Path) -> None:
    record(tmp_path)
    tamper(tmp_path, "action.West.unit.p_mw", 2, lambda value: None)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.tick, found.party) == (2, "West")
    assert "unit.p_mw" in found.reason


def test_a_changed_digest_is_named(tmp_path: Path) -> None:
    record(tmp_path)
    tamper(tmp_path, "digest.agent.East", 5, lambda value: "0" * 16)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.tick, found.party, found.altered) == (5, "East", True)


@pytest.mark.parametrize("column", ["tick", "row", "time"])
def test_a_changed_clock_is_found(tmp_path: Path, column: str) -> None:
    record(tmp_path)
    tamper(tmp_path, column, 4, lambda value: value + ("!" if column == "time" else 1))
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert column in found.reason


def test_a_changed_seed_is_found_at_the_reset_that_it_rules(tmp_path: Path) -> None:
    record(tmp_path)
    tamper(tmp_path, "seed", 0, lambda value: value + 1)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.tick, found.column) == (0, "state.East.ess.energy_mwh")


def test_a_changed_spec_is_found_and_the_first_step_and_agent_named(tmp_path: Path) -> None:
    record(tmp_path)
    spec = tmp_path / "run" / "spec.yaml"
    spec.write_text(spec.read_text().replace("p_mw: 0.2", "p_mw: 0.25"))
    verdict = verdict_of(tmp_path)
    assert verdict.altered == ("spec.yaml was changed after the recording was made",)
    assert verdict.difference is not None
    assert (verdict.difference.tick, verdict.difference.column) == (0, "effect.town.p_mw")
    assert (verdict.difference.recorded, verdict.difference.replayed) == (-0.2, -0.25)


def test_a_spec_of_other_devices_is_found(tmp_path: Path) -> None:
    record(tmp_path)
    spec = tmp_path / "run" / "spec.yaml"
    spec.write_text(spec.read_text().replace("town:", "city:"))
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert "the recording has no column effect.city.p_mw" in found.reason


def test_a_change_of_the_spec_that_changes_no_number_is_not_equal_either(tmp_path: Path) -> None:
    record(tmp_path)
    spec = tmp_path / "run" / "spec.yaml"
    spec.write_text(spec.read_text().replace("actions: physical", "actions: normalized"))
    verdict = verdict_of(tmp_path)
    assert (verdict.difference, verdict.equal) == (None, False)


def test_the_layout_of_the_spec_does_not_matter(tmp_path: Path) -> None:
    record(tmp_path)
    spec = tmp_path / "run" / "spec.yaml"
    spec.write_text("# a comment\n" + spec.read_text())
    assert verdict_of(tmp_path).equal


def test_a_changed_input_file_is_found(tmp_path: Path) -> None:
    record(tmp_path)
    loads = tmp_path / "run" / "inputs" / "loads.csv"
    loads.write_text(loads.read_text().replace("0.4", "0.45"))
    verdict = verdict_of(tmp_path)
    assert verdict.altered == ("inputs/loads.csv was changed after the recording was made",)
    assert verdict.difference is not None
    assert verdict.difference.party == "East"


def test_missing_rows_at_the_end_are_found(tmp_path: Path) -> None:
    record(tmp_path)
    file = tmp_path / "run" / "steps.parquet"
    pq.write_table(pq.read_table(file).slice(0, 10), file)
    verdict = verdict_of(tmp_path)
    assert not verdict.equal
    assert verdict.altered == ("steps.parquet ends after 10 rows, the manifest has 14",)


def test_a_missing_episode_in_the_middle_is_found(tmp_path: Path) -> None:
    record(tmp_path, episodes=3)
    file, rows = tmp_path / "run" / "steps.parquet", STEPS + 1
    table = pq.read_table(file)
    pq.write_table(pa.concat_tables([table.slice(0, rows), table.slice(2 * rows)]), file)
    found = verdict_of(tmp_path).difference
    assert found is not None
    assert (found.episode, found.tick) == (1, 0)
    assert "chain of digests" in found.reason


def test_other_versions_are_noted_and_no_difference(tmp_path: Path) -> None:
    record(tmp_path)
    verdict = verdict_of(tmp_path)
    assert any(note.startswith("numpy was 0.1 and is ") for note in verdict.notes)
    assert verdict.equal


@pytest.mark.parametrize("name", ["manifest.json", "spec.yaml", "steps.parquet"])
def test_a_folder_without_one_of_its_files_is_refused(tmp_path: Path, name: str) -> None:
    record(tmp_path)
    (tmp_path / "run" / name).unlink()
    with pytest.raises(UnusableRecording, match=name):
        verdict_of(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableRecording, match="there is no such folder"):
        verdict_of(tmp_path)


def test_steps_that_are_not_parquet_are_refused(tmp_path: Path) -> None:
    record(tmp_path)
    (tmp_path / "run" / "steps.parquet").write_text("no")
    with pytest.raises(UnusableRecording, match="not a Parquet file"):
        verdict_of(tmp_path)


def test_steps_without_a_reset_in_front_are_refused(tmp_path: Path) -> None:
    record(tmp_path)
    file = tmp_path / "run" / "steps.parquet"
    pq.write_table(pq.read_table(file).slice(2), file)
    with pytest.raises(UnusableRecording, match="begins with step 2"):
        verdict_of(tmp_path)


def test_a_manifest_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    record(tmp_path)
    file = tmp_path / "run" / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": 2}))
    with pytest.raises(UnusableRecording, match="its format is 2, this pgcore reads up to 1"):
        verdict_of(tmp_path)
