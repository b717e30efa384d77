from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.results.history import History
from pgcore.results.palette import palette
from tests.runs import play, toy_env


def busy(observations: Any, infos: Any, env: PgcoreEnv) -> dict[str, Any]:
    """Every dial half way to its upper end."""
    return {name: np.full(len(role.actions), 0.5, dtype=np.float32) for name, role in env.roles.items()}


def painted(folder: Path, devices: dict[str, Any]) -> dict[str, Any]:
    history = History()
    play(toy_env(folder, history, agents={"East": {"devices": devices}}), busy, steps=2)
    return palette(history.stretch, ("East",))


def test_devices_of_one_name_share_a_paint(tmp_path: Path) -> None:
    paints = painted(tmp_path, {"homes": {"type": "load", "at": ["A", "B"], "p_mw": 0.1}})
    assert list(paints) == ["homes"]
    assert paints["homes"].power["East"].tolist() == [-0.2, -0.2]


def test_loads_come_next_to_the_axis_and_every_paint_has_its_colour(tmp_path: Path) -> None:
    devices = {"unit": {"type": "source", "bus": "A"}, "ess": {"type": "battery", "bus": "A", "capacity_mwh": 1, "p_max_mw": 1}}
    paints = painted(tmp_path, {**devices, "home": {"type": "load", "bus": "A", "p_mw": 0.1}})
    assert next(iter(paints)) == "home"
    assert list(paints)[-1] == "ess"
    assert len({paint.color for paint in paints.values()}) == 3


def test_more_kinds_than_colours_share_the_last(tmp_path: Path) -> None:
    loads = {f"load{c}": {"type": "load", "bus": "A", "p_mw": 0.1} for c in "abcdefghij"}
    paints = painted(tmp_path, loads)
    assert list(paints)[-1] == "other loads"
    assert sum(paint.power["East"][0] for paint in paints.values()) == pytest.approx(-1.0)
