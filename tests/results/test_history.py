from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.results import history as module
from pgcore.results.history import History
from tests.runs import LOAD_MW, STEPS, play, toy_env
from tests.toys import Keeper

CONSTANT: dict[str, Any] = {"East": np.array([-0.1]), "West": {"continuous": np.array([0.3]), "discrete": np.array([1])}}


def constant(observations: Any, infos: Any, env: PgcoreEnv) -> dict[str, Any]:
    """East charges with 0.1 MW, West injects 0.3 MW."""
    return CONSTANT


def watched(folder: Path, episodes: int = 1, steps: int = STEPS, **sections: Any) -> tuple[History, Keeper]:
    history, keeper = History(), Keeper()
    play(toy_env(folder, history, keeper, **sections), constant, episodes, steps)
    return history, keeper


def test_energy_of_devices_is_power_times_hours(tmp_path: Path) -> None:
    summary = watched(tmp_path)[0].summary
    energy = {d.name: (d.produced_mwh, d.consumed_mwh) for d in summary.devices}
    assert energy["West.unit"] == pytest.approx((0.3 * STEPS, 0.0))
    assert energy["East.home"] == pytest.approx((0.0, sum(LOAD_MW)))
    assert energy["East.ess"] == pytest.approx((0.0, 0.1 * STEPS))
    assert energy["town"] == pytest.approx((0.0, 0.2 * STEPS))


def test_sums_of_agents_are_those_of_the_records(tmp_path: Path) -> None:
    history, keeper = watched(tmp_path)
    for agent in history.summary.agents:
        records = keeper.records[1:]
        assert agent.cost == pytest.approx(sum(r.costs[agent.name][0] for r in records))
        assert agent.reward == pytest.approx(sum(r.rewards[agent.name][0] for r in records))
        assert agent.violation == pytest.approx(sum(r.violations[agent.name][0] for r in records))


def test_voltage_range_is_the_closed_form_of_the_toy_feeder(tmp_path: Path) -> None:
    """East sees A alone, whose voltage is 1 − 0.05·P with P the power through the first line: house, home, town and charging less the unit."""
    east = watched(tmp_path)[0].summary.agents[0]
    through = [0.1 + load + 0.2 + 0.1 - 0.3 - 0.1 for load in LOAD_MW]
    assert east.vm_min_pu <= east.vm_max_pu <= 1.0
    assert east.vm_max_pu - east.vm_min_pu == pytest.approx(0.05 * (max(through) - min(through)))


def test_an_episode_starts_at_its_reset(tmp_path: Path) -> None:
    history, _ = watched(tmp_path, episodes=2, steps=4)
    assert len(history.stretch) == 4
    assert history.summary.steps == 8
    assert history.summary.episodes == 2


def test_totals_are_over_all_episodes(tmp_path: Path) -> None:
    one, three = watched(tmp_path / "one")[0].summary, watched(tmp_path / "three", episodes=3)[0].summary
    assert three.losses_mwh == pytest.approx(3 * one.losses_mwh)
    assert [d.consumed_mwh for d in three.devices] == pytest.approx([3 * d.consumed_mwh for d in one.devices])


def test_states_of_charge_include_the_start(tmp_path: Path) -> None:
    history, keeper = watched(tmp_path)
    energy = [record.states["East.ess"]["energy_mwh"][0] for record in keeper.records]
    assert history.stretch.scene.stores == ("East.ess",)
    assert history.stretch.soc[:, 0] == pytest.approx(np.array(energy) / 2.0)


def test_hours_count_from_midnight(tmp_path: Path) -> None:
    history, _ = watched(tmp_path, steps=2, episode={"steps": 2, "step_min": 60, "start": 3})
    assert history.stretch.hours.tolist() == [3.0, 4.0, 5.0]
    assert history.stretch.start.endswith("03:00")


def test_the_exchange_is_what_flows_through_the_agents_meter(tmp_path: Path) -> None:
    meter = {"East": {"area": "all", "devices": {"pcc": {"type": "grid_connection", "bus": "Grid", "import_price": 50.0}}}}
    history, keeper = watched_with(tmp_path, meter)
    slack = [record.flow.slack_p_mw[0] for record in keeper.records[1:] if record.flow is not None]
    assert history.stretch.exchange_mw[:, 0].tolist() == slack
    assert history.summary.agents[0].imported_mwh == pytest.approx(sum(slack))


def test_a_step_without_a_power_flow_is_counted_and_has_no_voltages(tmp_path: Path) -> None:
    agents = {"East": {"devices": {"unit": {"type": "source", "bus": "A", "p_max_mw": 100.0}}}}
    history, _ = watched_with(tmp_path, agents, action=[90.0])
    assert history.summary.diverged_steps == 3
    assert np.isnan(history.stretch.vm_pu).all()
    assert history.summary.plain()["vm_min_pu"] is None


def test_a_long_episode_keeps_its_last_steps_and_all_totals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = watched(tmp_path / "whole")
    monkeypatch.setattr(module, "_MOST_NUMBERS", 0)
    monkeypatch.setattr(module, "_FEWEST_STEPS", 4)
    cut, _ = watched(tmp_path / "cut")
    assert (len(cut.stretch), cut.stretch.hours[0], len(cut.stretch.soc)) == (2, 4.0, 3)
    assert cut.summary.agents[0].cost == pytest.approx(whole.summary.agents[0].cost)
    assert (cut.summary.steps, cut.summary.episodes) == (STEPS, 1)


def test_there_is_nothing_before_the_first_reset() -> None:
    with pytest.raises(RuntimeError, match="before the first reset"):
        History().summary  # noqa: B018


def watched_with(folder: Path, agents: dict[str, Any], action: Any = ()) -> tuple[History, Keeper]:
    history, keeper = History(), Keeper()
    env = toy_env(folder, history, keeper, agents=agents)
    play(env, lambda observations, infos, env: {"East": np.array(action)}, steps=3)
    return history, keeper
