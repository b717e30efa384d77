"""Both devices in whole environments: the street's point, both modes, and recordings."""

from pathlib import Path
from typing import Any

import numpy as np
import pgcore_ev
import pytest
from pgcore_ev import policies

pytest.importorskip("pgcore_pandapower", reason="environments need a network and a power flow: pip install pgcore-ev[scenarios]")

import pgcore_pandapower
from click.testing import CliRunner

import pgcore
from pgcore import builtin
from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.spec.load import load_spec
from pgcore.testing.teams import check_equal_over_an_episode, in_memory

EVENING = 44
"""Steps from noon to 23 h, which hold the evening's peak."""

MIXED = """\
spec: 1
network:
  type: inline
  external_grid: {bus: grid}
  buses: [{name: grid, vn_kv: 0.4}, {name: yard, vn_kv: 0.4}]
  lines: [{from_bus: grid, to_bus: yard, length_km: 0.1, r_ohm_per_km: 0.2, x_ohm_per_km: 0.08, max_i_ka: 0.3}]
profiles:
  stay: {type: values, values: [0, 3, 2, 1, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1]}
agents:
  Yard:
    devices:
      guests: {type: charging_station, bus: yard, connectors: 3, sessions_per_day: 3, v2g: true, q_control: true, p_limit_mw: 0.03}
      post: {type: ev_charger, bus: yard, sessions: work, v2g: true, q_control: true}
  Fleet:
    devices:
      van: {type: ev_charger, at: [yard, grid], sessions: profile, stay_h: stay, energy_mwh: 0.02, i_step_a: 1}
episode: {steps: 30, step_min: 60, start: 0}
run: {backend: {type: linear}}
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.of(builtin, pgcore_pandapower, pgcore_ev)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "mixed.yaml"
    file.write_text(MIXED, encoding="utf-8")
    return file


def highest_loading(catalog: Catalog, policy: Any) -> float:
    """The transformer's highest loading over an evening of seed 1, percent."""
    env = pgcore.make_env("ev_street", catalog=catalog, sets={"episode.steps": EVENING})
    trafo = [slot.name for slot in env.roles["Street"].slots].index("trafo.loading_percent")
    observations, infos = env.reset(seed=1)
    loading = []
    while env.agents:
        observations, _, _, _, infos = env.step(policy(observations, infos, env))
        loading.append(float(observations["Street"][trafo]))
    return max(loading)


def test_uncontrolled_charging_overloads_the_transformer(catalog: Catalog) -> None:
    assert highest_loading(catalog, policies.uncontrolled) > 120.0


@pytest.mark.parametrize("policy", [policies.earliest_deadline_first, policies.least_laxity_first])
def test_coordinated_charging_keeps_the_transformer_under_its_rating(catalog: Catalog, policy: Any) -> None:
    assert highest_loading(catalog, policy) < 100.0


@pytest.mark.parametrize("actors", ["agents", "devices"])
def test_both_modes_are_equal_bit_for_bit(catalog: Catalog, mixed: Path, actors: str) -> None:
    check_equal_over_an_episode(load_spec(mixed, catalog=catalog), in_memory(actors))


def test_observations_stay_in_their_spaces_over_an_episode(catalog: Catalog, mixed: Path) -> None:
    env = pgcore.make_env(mixed, catalog=catalog)
    observations, _ = env.reset(seed=3)
    rng = np.random.default_rng(0)
    while env.agents:
        actions = {name: rng.uniform(-1, 1, env.action_space(name).shape).astype(np.float32) for name in env.agents}
        observations, *_ = env.step(actions)
        assert all(env.observation_space(name).contains(value) for name, value in observations.items())


def test_a_recording_replays_to_the_last_bit(catalog: Catalog, mixed: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    run = CliRunner().invoke(main, ["run", str(mixed), "--policy", "random", "--record", str(tmp_path / "run")], obj=catalog)
    assert run.exit_code == 0, run.output
    assert "Yard.guests" in run.output
    again = CliRunner().invoke(main, ["replay", str(tmp_path / "run")], obj=catalog)
    assert "every number bit for bit" in again.output


def test_the_picture_of_a_run_is_drawn(catalog: Catalog, mixed: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "run.png"
    run = CliRunner().invoke(main, ["run", str(mixed), "--picture", str(picture)], obj=catalog)
    assert run.exit_code == 0, run.output
    assert picture.stat().st_size > 10_000
