"""The rule-based policy: prices, room and voltage."""

from typing import Any

import numpy as np
import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.running.rule_based import rule_based
from tests.toys import toy_catalog, toy_spec

ESS = {"type": "battery", "bus": "C", "capacity_mwh": 9.0, "p_max_mw": 2.0, "q_control": True, "buy_below_per_mwh": 40.0, "sell_above_per_mwh": 80.0}
GEN = {"type": "generator", "bus": "C", "p_max_mw": 1.0, "b_per_mwh": 50.0}


def decided(price: float, load_mw: float = 0.0, **overrides: Any) -> tuple[PgcoreEnv, dict[str, float]]:
    """What the policy sets each knob to in the second step, when the first was left alone."""
    devices = {
        "pcc": {"type": "grid_connection", "trafo": "T", "import_price": price},
        "ess": {**ESS, **overrides},
        "gen": GEN,
        "house": {"type": "load", "bus": "C", "p_mw": load_mw},
    }
    env = make_env(toy_spec({"M": {"area": ["C"], "devices": devices}}), catalog=toy_catalog())
    observations, infos = env.reset(seed=0)
    settings = env.actions["M"].to_physical(rule_based(observations, infos, env)["M"])
    return env, {dial.name: float(value) for dial, value in zip(env.roles["M"].actions, settings, strict=True)}


@pytest.mark.parametrize(("price", "gen_mw"), [(40.0, 0.0), (60.0, 1.0)])
def test_a_generator_runs_where_the_price_beats_its_cost(price: float, gen_mw: float) -> None:
    assert decided(price)[1]["gen.p_mw"] == gen_mw


@pytest.mark.parametrize(("price", "sign"), [(30.0, -1), (60.0, 0), (90.0, 1)])
def test_a_battery_buys_low_and_sells_high(price: float, sign: int) -> None:
    assert np.sign(decided(price)[1]["ess.p_mw"]) == sign


def test_charging_stops_at_the_room_that_the_load_leaves() -> None:
    assert decided(30.0, load_mw=0.5)[1]["ess.p_mw"] == pytest.approx(-(0.9 * 1.0 - 0.5), abs=1e-6)


def test_low_voltage_turns_reactive_power_up() -> None:
    assert decided(60.0, load_mw=0.6)[1]["ess.q_mvar"] > 0.0


def test_within_the_dead_band_reactive_power_rests() -> None:
    assert decided(60.0, load_mw=0.1)[1]["ess.q_mvar"] == pytest.approx(0.0, abs=1e-6)


def test_every_action_lies_in_its_space() -> None:
    env, _ = decided(30.0)
    observations, infos = env.reset(seed=1)
    while env.agents:
        actions = rule_based(observations, infos, env)
        assert all(env.action_space(name).contains(action) for name, action in actions.items())
        observations, _, _, _, infos = env.step(actions)
