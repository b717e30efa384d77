from pathlib import Path

import pytest

from pgcore.labels import labels
from tests.runs import toy_env

EVERYTHING = {"East": {"area": "all", "devices": {"load": {"type": "load", "bus": "A", "p_mw": 0.1}}}}


def test_names_are_those_of_the_observations(tmp_path: Path) -> None:
    found = labels(toy_env(tmp_path, agents=EVERYTHING).grid, lines=2, trafos=1)
    assert (found.buses, found.lines, found.trafos) == (("Grid", "A", "B", "C"), ("L1", "L2"), ("T",))


def test_what_no_agent_sees_is_named_by_its_position(tmp_path: Path) -> None:
    found = labels(toy_env(tmp_path).grid, lines=2, trafos=1)
    assert (found.buses, found.lines, found.trafos) == (("#0", "A", "B", "C"), ("#0", "#1"), ("T",))


@pytest.mark.parametrize("agents", [{"East": {"area": ["C"], "devices": {}}}])
def test_an_area_without_lines_has_its_transformer_named(tmp_path: Path, agents: dict[str, object]) -> None:
    assert labels(toy_env(tmp_path, agents=agents).grid, lines=2, trafos=1).trafos == ("T",)
