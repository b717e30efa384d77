import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pgcore import extras
from pgcore.extras import MissingExtra
from pgcore.recording.manifest import read_manifest
from pgcore.recording.parts import PartWriter
from pgcore.recording.recorder import Recorder
from pgcore.recording.replay import replay
from tests.runs import STEPS, play, record, toy_env
from tests.toys import Keeper, toy_catalog


@pytest.fixture
def without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module.partition(".")[0])

    monkeypatch.setattr(extras, "import_module", missing)


def test_a_recording_has_a_row_for_every_reset_and_step(tmp_path: Path) -> None:
    record(tmp_path, episodes=2)
    table = pq.read_table(tmp_path / "run" / "steps.parquet")
    assert table["tick"].to_pylist() == [*range(STEPS + 1)] * 2
    assert table["episode"].to_pylist() == [0] * (STEPS + 1) + [1] * (STEPS + 1)


def test_columns_hold_what_the_observers_were_shown(tmp_path: Path) -> None:
    keeper = Keeper()
    env = toy_env(tmp_path, keeper)
    env.grid.watch(Recorder(tmp_path / "run", env.spec))
    play(env)
    env.close()
    table = pq.read_table(tmp_path / "run" / "steps.parquet")
    last, devices = keeper.records[-1], env.grid.world.wiring.names
    assert table["action.East.ess.p_mw"][STEPS].as_py() == last.actions["East"][0, 0]
    assert table["effect.West.unit.p_mw"][STEPS].as_py() == last.effects["p_mw"][0, devices.index("West.unit")]
    assert table["state.East.ess.energy_mwh"][STEPS].as_py() == last.states["East.ess"]["energy_mwh"][0]
    assert last.flow is not None
    assert table["flow.vm_pu.A"][STEPS].as_py() == last.flow.vm_pu[0, 1]
    assert table["reward.West"][STEPS].as_py() == last.rewards["West"][0]


def test_actions_of_a_reset_are_null(tmp_path: Path) -> None:
    record(tmp_path, episodes=1)
    assert pq.read_table(tmp_path / "run" / "steps.parquet")["action.East.ess.p_mw"][0].as_py() is None


def test_a_closed_recording_leaves_no_parts(tmp_path: Path) -> None:
    record(tmp_path)
    names = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert names == ["inputs", "manifest.json", "spec.yaml", "steps.parquet"]


def test_closing_twice_changes_nothing(tmp_path: Path) -> None:
    recorder = record(tmp_path)
    before = (tmp_path / "run" / "manifest.json").read_text()
    recorder.closed()
    assert (tmp_path / "run" / "manifest.json").read_text() == before


def test_the_manifest_counts_episodes_steps_and_rows(tmp_path: Path) -> None:
    record(tmp_path, episodes=3)
    manifest = read_manifest(tmp_path / "run" / "manifest.json")
    assert (manifest.complete, manifest.episodes, manifest.steps, len(manifest.chain)) == (True, 3, 3 * STEPS, 3 * STEPS + 3)
    assert (manifest.policy, manifest.versions) == ("random", {"numpy": "0.1"})


def test_input_files_are_copied_and_named_relative_to_the_folder(tmp_path: Path) -> None:
    record(tmp_path)
    assert (tmp_path / "run" / "inputs" / "loads.csv").read_bytes() == (tmp_path / "loads.csv").read_bytes()
    assert str(tmp_path) not in (tmp_path / "run" / "spec.yaml").read_text()


def test_input_files_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    other = tmp_path / "other" / "loads.csv"
    toy_env(tmp_path / "other")
    profiles = {
        "loads": {"type": "csv", "file": str(tmp_path / "run-of" / "loads.csv"), "column": "p_mw", "step_min": 60},
        "more": {"type": "csv", "file": str(other), "column": "p_mw", "step_min": 60},
    }
    env = toy_env(tmp_path / "run-of", profiles=profiles)
    Recorder(tmp_path / "run", env.spec)
    assert sorted(path.name for path in (tmp_path / "run" / "inputs").iterdir()) == ["2-loads.csv", "loads.csv"]


def test_an_existing_recording_is_not_overwritten(tmp_path: Path) -> None:
    record(tmp_path)
    before = (tmp_path / "run" / "steps.parquet").read_bytes()
    with pytest.raises(FileExistsError, match="holds a recording already .* --force"):
        record(tmp_path)
    assert (tmp_path / "run" / "steps.parquet").read_bytes() == before


def test_force_replaces_the_recording_and_nothing_else(tmp_path: Path) -> None:
    record(tmp_path)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    env = toy_env(tmp_path)
    Recorder(tmp_path / "run", env.spec, force=True)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["inputs", "manifest.json", "notes.txt", "spec.yaml", "steps.parts"]


def test_a_run_that_was_never_closed_can_be_replayed_as_far_as_it_was_written(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    recorder = Recorder(tmp_path / "run", env.spec)
    env.grid.watch(recorder)
    play(env, steps=4)
    recorder.flush()
    verdict = replay(tmp_path / "run", toy_catalog())
    assert (verdict.equal, verdict.steps) == (True, 4)
    assert verdict.notes[0].startswith("the run broke off")


def test_a_killed_process_leaves_a_recording_that_can_be_replayed(tmp_path: Path) -> None:
    program = f"""
import os, signal
from pathlib import Path
import pgcore.recording.parts
pgcore.recording.parts._CELLS = 0
from pgcore.recording.recorder import Recorder
from tests.runs import play, toy_env
env = toy_env(Path({str(tmp_path)!r}), episode={{"steps": 6, "step_min": 60}})
env.grid.watch(Recorder(Path({str(tmp_path / "run")!r}), env.spec))
play(env, episodes=3)
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    verdict = replay(tmp_path / "run", toy_catalog())
    assert verdict.equal
    assert verdict.steps + verdict.episodes == 16


def test_pieces_are_joined_in_order(tmp_path: Path) -> None:
    (tmp_path / "steps.parts").mkdir()
    writer = PartWriter(tmp_path, ["x"])
    for k in range(5):
        writer.add({"tick": k}, np.array([float(k)]))
        writer.flush()
    writer.join()
    assert pq.read_table(tmp_path / "steps.parquet").to_pydict() == {"tick": [0, 1, 2, 3, 4], "x": [0.0, 1.0, 2.0, 3.0, 4.0]}


def test_the_sign_of_a_zero_survives(tmp_path: Path) -> None:
    (tmp_path / "steps.parts").mkdir()
    writer = PartWriter(tmp_path, ["x"])
    for value in (0.0, -0.0, 0.0):
        writer.add({}, np.array([value]))
    writer.join()
    back = pq.read_table(tmp_path / "steps.parquet")["x"].to_numpy()
    assert np.signbit(back).tolist() == [False, True, False]


@pytest.mark.usefixtures("without_pyarrow")
def test_without_pyarrow_the_message_says_what_to_install(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    with pytest.raises(MissingExtra, match=r'pyarrow is needed to record a run .* pip install "pgcore-framework\[record\]"'):
        Recorder(tmp_path / "run", env.spec)
    assert not (tmp_path / "run").exists()


def test_the_manifest_is_readable_while_the_run_goes_on(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    Recorder(tmp_path / "run", env.spec)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["complete"] is False
