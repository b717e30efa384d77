"""A small run to record, replay and draw: two agents on the toy feeder, one of which reads its load from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.contracts.observer import Observer
from pgcore.recording.recorder import Recorder
from pgcore.running.policies import Policy, random_actions
from tests.toys import toy_catalog, toy_spec

STEPS = 6
LOAD_MW = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)


def write_spec(folder: Path, **sections: Any) -> dict[str, Any]:
    """A spec whose load profile is ``loads.csv`` in ``folder``; six steps of an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "loads.csv").write_text("p_mw\n" + "\n".join(map(str, LOAD_MW)) + "\n", encoding="utf-8")
    agents = {
        "East": {"devices": {
            "ess": {"type": "battery", "bus": "A", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.4, "soc_start_max": 0.6},
            "home": {"type": "load", "bus": "A", "p_mw": 1.0, "p_profile": "loads"},
        }},
        "West": {"devices": {
            "unit": {"type": "source", "bus": "B", "p_max_mw": 1.0},
            "step": {"type": "shunt", "bus": "C", "q_mvar_per_step": 0.1, "steps": 2},
        }},
    }  # fmt: skip
    profiles = {"loads": {"type": "csv", "file": str(folder / "loads.csv"), "column": "p_mw", "step_min": 60}}
    background = {"town": {"type": "load", "bus": "C", "p_mw": 0.2}}
    return toy_spec(**{"agents": agents, "profiles": profiles, "background": background, **sections})


def toy_env(folder: Path, *observers: Observer, **sections: Any) -> PgcoreEnv:
    """An environment of that spec, watched by ``observers``."""
    env = make_env(write_spec(folder, **sections), catalog=toy_catalog())
    for observer in observers:
        env.grid.watch(observer)
    return env


def play(env: PgcoreEnv, policy: Policy = random_actions, episodes: int = 1, steps: int = STEPS) -> None:
    """Run episodes of at most so many steps."""
    for _ in range(episodes):
        observations, infos = env.reset()
        for _ in range(steps):
            observations, _, _, _, infos = env.step(policy(observations, infos, env))


def record(folder: Path, episodes: int = 2, policy: Policy = random_actions) -> Recorder:
    """Record whole episodes into ``folder / "run"``."""
    env = toy_env(folder)
    recorder = Recorder(folder / "run", env.spec, policy="random", versions={"numpy": "0.1"})
    env.grid.watch(recorder)
    play(env, policy, episodes)
    env.close()
    return recorder


def tamper(folder: Path, column: str, row: int, change: Callable[[Any], Any]) -> None:
    """Change one number of the recording in ``folder / "run"``."""
    file = folder / "run" / "steps.parquet"
    table = pq.read_table(file)
    values = table[column].to_pylist()
    values[row] = change(values[row])
    at = table.schema.names.index(column)
    pq.write_table(table.set_column(at, column, pa.array(values, type=table.schema.field(column).type)), file)
