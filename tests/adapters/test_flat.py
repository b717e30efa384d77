"""A shared policy sees every agent of every environment as a row of one array."""

from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from pgcore.adapters.flat import SharedPolicyEnv
from pgcore.adapters.vector import make_vec
from tests.adapters.test_vector import B, spec
from tests.toys import toy_catalog, toy_spec

GENERATOR = {"type": "generator", "bus": "B", "p_max_mw": 1.0, "b_per_mwh": 40.0}
SAME: dict[str, Any] = {
    "M1": {"area": ["A", "B"], "devices": {"gen": GENERATOR}},
    "M2": {"area": ["C"], "devices": {"gen": {**GENERATOR, "bus": "C"}}},
}


def flat(mode: AutoresetMode = AutoresetMode.NEXT_STEP) -> SharedPolicyEnv:
    document = toy_spec(SAME, run={"backend": {"type": "toy"}}, episode={"steps": 2})
    return SharedPolicyEnv(make_vec(document, B, catalog=toy_catalog(), autoreset_mode=mode))


def test_rows_are_the_agents_of_each_environment_in_turn() -> None:
    envs = flat()
    rows, _ = envs.reset(seed=3)
    observations, _ = envs.envs.reset(seed=3)
    wide, narrow = (observations[name].shape[1] for name in SAME)
    assert wide > narrow
    assert rows.shape == (2 * B, wide) == envs.observation_space.shape
    assert np.array_equal(rows[0::2], observations["M1"])
    assert np.array_equal(rows[1::2, :narrow], observations["M2"])
    assert not rows[1::2, narrow:].any()
    assert envs.single_observation_space.contains(rows[0])


def test_actions_reach_the_agent_of_their_row() -> None:
    envs = flat()
    envs.reset(seed=3)
    actions = np.zeros((2 * B, 1), dtype=np.float32)
    actions[2 * 1 + 1] = 1.0  # M2 in environment 1 runs at full power
    _, rewards, terminated, truncated, infos = envs.step(actions)
    costs = infos["cost"].reshape(B, 2)
    assert costs[1, 1] == 10.0
    assert np.array_equal(np.delete(costs.ravel(), 3), np.full(2 * B - 1, 5.0))
    assert rewards.shape == terminated.shape == truncated.shape == (2 * B,)
    assert not truncated.any()


def test_the_last_observations_of_an_episode_are_rows_too() -> None:
    envs = flat(AutoresetMode.SAME_STEP)
    envs.reset(seed=3)
    actions = np.zeros((2 * B, 1), dtype=np.float32)
    envs.step(actions)
    rows, _, _, truncated, infos = envs.step(actions)
    assert truncated.all()
    assert infos["_final_obs"].all()
    assert infos["final_obs"].shape == rows.shape
    assert not np.array_equal(infos["final_obs"], rows)


def test_an_agent_with_fewer_numbers_takes_the_first_ones() -> None:
    more = {**GENERATOR, "q_min_mvar": -0.5, "q_max_mvar": 0.5}
    document = toy_spec(
        {"M1": {"area": ["A", "B"], "devices": {"gen": more}}, "M2": SAME["M2"]}, run={"backend": {"type": "toy"}}, episode={"steps": 2}
    )
    envs = SharedPolicyEnv(make_vec(document, 1, catalog=toy_catalog()))
    envs.reset(seed=3)
    assert envs.single_action_space.shape == (2,)
    costs = envs.step(np.array([[-1.0, 1.0], [1.0, -1.0]], dtype=np.float32))[4]["cost"]
    assert costs.tolist() == [0.0, 10.0]


def test_agents_that_act_differently_are_refused_with_their_spaces() -> None:
    with pytest.raises(ValueError, match=r"one policy cannot serve all agents: M2 acts in Dict.*, M1 in Dict"):
        SharedPolicyEnv(make_vec(spec(), B, catalog=toy_catalog()))
