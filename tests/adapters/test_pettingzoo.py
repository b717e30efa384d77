"""The PettingZoo environment on the toy network."""

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Dict
from pettingzoo.test import parallel_api_test

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from tests.toys import toy_catalog, toy_spec

AGENTS = {
    "M1": {
        "area": ["A", "B"],
        "devices": {
            "ess": {"type": "battery", "bus": "B", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.2, "soc_start_max": 0.8},
            "cap": {"type": "shunt", "bus": "B", "steps": 3, "q_mvar_per_step": 0.1},
        },
    },
    "M2": {
        "area": ["C"],
        "devices": {"gen": {"type": "generator", "bus": "C", "p_max_mw": 1.0, "b_per_mwh": 40.0, "committable": True, "min_up_h": 3.0}},
    },
}
RUN = {"backend": {"type": "toy"}, "seed": 5}


def make(**options: Any) -> PgcoreEnv:
    return make_env(toy_spec(AGENTS, run=RUN), catalog=toy_catalog(), **options)


def episode(env: PgcoreEnv, seed: int | None = 3) -> list[Any]:
    """Everything that an episode of random but repeatable actions returns."""
    for name in env.possible_agents:
        env.action_space(name).seed(0)
    returned: list[Any] = [env.reset(seed=seed)]
    while env.agents:
        returned.append(env.step({name: env.action_space(name).sample() for name in env.agents}))
    return returned


def flat(returned: list[Any]) -> list[Any]:
    return [np.concatenate([np.ravel(v) for v in part[0].values()]).tolist() for part in returned] + [part[1] for part in returned[1:]]


def test_the_parallel_api_test_passes_without_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(make(), num_cycles=20)


def test_an_episode_can_be_repeated_to_the_last_bit() -> None:
    assert flat(episode(make())) == flat(episode(make()))


def test_a_second_episode_in_one_environment_equals_one_in_a_fresh_environment() -> None:
    used = make()
    episode(used, seed=9)
    assert flat(episode(used)) == flat(episode(make()))


def test_the_specs_seed_is_used_when_none_is_given() -> None:
    assert flat(episode(make(), seed=None)) == flat(episode(make(), seed=5))


def test_all_agents_truncate_together_and_none_terminates() -> None:
    returned = episode(make())
    assert [part[3] for part in returned[1:]] == [{"M1": False, "M2": False}] * 5 + [{"M1": True, "M2": True}]
    assert not any(any(part[2].values()) for part in returned[1:])


def test_every_observation_lies_in_its_space() -> None:
    env = make()
    for part in episode(env):
        assert all(env.observation_space(name).contains(values) for name, values in part[0].items())


def test_cost_and_violation_stand_apart_from_the_reward() -> None:
    _, rewards, _, _, infos = episode(make())[1]
    assert rewards["M2"] == pytest.approx(-infos["M2"]["cost"] - 10 * infos["M2"]["violation"])


def test_a_mask_forbids_what_minimum_times_forbid() -> None:
    env = make()
    env.reset(seed=0)
    keep_off = {"continuous": np.zeros(1), "discrete": np.array([0])}
    actions = {"M1": env.action_space("M1").sample(), "M2": keep_off}
    env.step(actions)
    infos = env.step({**actions, "M2": {**keep_off, "discrete": np.array([1])}})[4]
    assert infos["M2"]["action_mask"]["discrete"][0].tolist() == [0, 1]
    assert isinstance(env.action_space("M2"), Dict)


def test_the_state_is_all_observations_side_by_side() -> None:
    env = make()
    observations, _ = env.reset(seed=0)
    assert env.state().tolist() == np.concatenate([observations["M1"], observations["M2"]]).tolist()
    assert env.state_space.contains(env.state())


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_in_mid_episode_goes_on_as_the_original(clone: Any) -> None:
    env = make()
    env.reset(seed=0)
    action = {name: env.action_space(name).sample() for name in env.agents}
    env.step(action)
    twin = clone(env)
    assert flat([env.step(action)]) == flat([twin.step(action)])


def test_many_environments_in_one_process_leave_each_other_alone() -> None:
    alone = flat(episode(make()))
    envs = [make() for _ in range(3)]
    for env in envs:
        env.reset(seed=1)
    assert flat(episode(envs[1])) == alone


def test_a_thousand_resets_leave_nothing_behind() -> None:
    env = make()
    for k in range(1000):
        env.reset(seed=k)
    assert flat(episode(env)) == flat(episode(make()))


def test_stepping_without_a_reset_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="call reset"):
        make().step({})


def test_a_missing_agent_is_named() -> None:
    env = make()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="no action for M2"):
        env.step({"M1": env.action_space("M1").sample()})


def test_a_misspelt_reset_option_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown reset option 'strat': did you mean 'start'"):
        make().reset(options={"strat": 4})


def test_a_start_can_be_chosen_for_one_episode() -> None:
    env = make()
    assert env.reset(seed=0, options={"start": 30})[1]["M1"]["time"].endswith("06:00")


def test_overrides_reach_the_spec() -> None:
    assert make(episode__steps=2).spec.episode.steps == 2
    assert make(sets=["episode.steps=3"]).spec.episode.steps == 3


def test_an_unknown_render_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="render_mode is 'human'"):
        make(render_mode="human")


def test_asking_devices_for_their_answer_changes_nothing() -> None:
    asked, silent = make(), make()
    for env in (asked, silent):
        env.reset(seed=0)
    answers = asked.answer({"M2": {"price": 90.0}})
    assert answers["M2"]["continuous"].tolist() == [1.0]
    action = {name: env.action_space(name).sample() for name in asked.agents}
    assert flat([asked.step(action)]) == flat([silent.step(action)])
