"""Many environments stepped together: each of them is as it would be alone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from pgcore.adapters.pettingzoo import make_env
from pgcore.adapters.vector import VectorEnv, make_vec
from pgcore.adapters.workers import WorkerFault
from tests.adapters.test_pettingzoo import AGENTS, RUN
from tests.toys import toy_catalog, toy_spec

STEPS = 5
B = 4


def spec(**sections: Any) -> dict[str, Any]:
    return toy_spec(AGENTS, run=RUN, episode={"steps": STEPS, "start": "any"}, **sections)


def vec(mode: AutoresetMode = AutoresetMode.NEXT_STEP, **options: Any) -> VectorEnv:
    return make_vec(options.pop("spec", spec()), B, autoreset_mode=mode, catalog=toy_catalog(), **options)


def drawn(envs: VectorEnv, steps: int) -> list[dict[str, Any]]:
    for space in envs.action_spaces.values():
        space.seed(4)
    return [{name: space.sample() for name, space in envs.action_spaces.items()} for _ in range(steps)]


def row(actions: Any, b: int) -> Any:
    return {name: part[b] for name, part in actions.items()} if isinstance(actions, dict) else actions[b]


def alone(seed: int, actions: list[dict[str, Any]], b: int, episodes: int) -> list[list[tuple[dict[str, Any], dict[str, float], dict[str, Any]]]]:
    """The episodes of one environment by itself: the first look, then every step, each with rewards and infos."""
    env, told, seen = make_env(spec(), catalog=toy_catalog()), iter(actions), []
    for e in range(episodes):
        observations, infos = env.reset(seed=seed if e == 0 else None)
        shown: list[Any] = [(observations, dict.fromkeys(observations, 0.0), infos)]
        while env.agents:
            observations, rewards, _, _, infos = env.step({name: row(action, b) for name, action in next(told).items()})
            shown.append((observations, rewards, infos))
        seen.append(shown)
        next(told, None)  # the step that Gymnasium's NEXT_STEP spends on the reset
    return seen


def same(observations: dict[str, Any], rewards: dict[str, Any], b: int, expected: tuple[dict[str, Any], dict[str, float], dict[str, Any]]) -> bool:
    looks = all(np.array_equal(observations[name][b], seen) for name, seen in expected[0].items())
    return looks and all(rewards[name][b] == reward for name, reward in expected[1].items())


@pytest.mark.parametrize("processes", [0, 3])
def test_each_environment_equals_one_of_its_own_over_episodes(processes: int) -> None:
    envs = vec(processes=processes)
    try:
        actions = drawn(envs, 2 * STEPS + 1)
        observations, infos = envs.reset(seed=11)
        history = [(observations, {name: np.zeros(B) for name in observations}, infos)]
        for told in actions:
            observations, rewards, _, truncations, infos = envs.step(told)
            history.append((observations, rewards, infos))
            assert np.array_equal(truncations["M1"], np.full(B, len(history) % (STEPS + 1) == 0))
    finally:
        envs.close()
    for b in range(B):
        first, second = alone(11 + b, actions, b, 2)
        for (observations, rewards, infos), expected in zip(history, first + second, strict=True):
            assert same(observations, rewards, b, expected)
            assert infos["M1"]["cost"][b] == expected[2]["M1"]["cost"] or expected[1]["M1"] == 0.0


def test_at_once_the_last_observations_are_kept_beside_the_first_of_the_next_episode() -> None:
    envs = vec(AutoresetMode.SAME_STEP)
    actions = drawn(envs, 2 * STEPS)
    envs.reset(seed=11)
    steps = [envs.step(told) for told in actions]
    last, first_of_next = alone(11, [*actions[:STEPS], {}, *actions[STEPS:]], 0, 2)
    observations, rewards, _, truncations, infos = steps[STEPS - 1]
    assert truncations["M1"].all()
    assert same({name: infos[name]["final_obs"] for name in observations}, rewards, 0, last[-1])
    assert infos["M1"]["cost"][0] == last[-1][2]["M1"]["cost"]
    assert same(observations, {name: np.zeros(B) for name in observations}, 0, first_of_next[0])
    assert same(steps[STEPS][0], steps[STEPS][1], 0, first_of_next[1])


@pytest.mark.parametrize("processes", [0, 2])
def test_episodes_that_start_apart_leave_each_other_alone(processes: int) -> None:
    envs = vec(AutoresetMode.DISABLED, processes=processes)
    try:
        actions = drawn(envs, STEPS)
        envs.reset(seed=11)
        envs.step(actions[0])
        mask = np.array([False, True, False, True])
        fresh, _ = envs.reset(seed=[0, 50, 0, 60], options={"reset_mask": mask})
        rest = [envs.step(told) for told in actions[1:]]
    finally:
        envs.close()
    kept, renewed = alone(11, actions, 0, 1)[0], alone(50, [*actions[1:], actions[0]], 1, 1)[0]
    assert all(np.array_equal(fresh[name][1], seen) and not fresh[name][0].any() for name, seen in renewed[0][0].items())
    for k, (observations, rewards, *_) in enumerate(rest):
        assert same(observations, rewards, 0, kept[k + 2])
        assert same(observations, rewards, 1, renewed[k + 1])
    assert np.array_equal(rest[-1][3]["M1"], ~mask)


def test_an_episode_that_divergence_ends_gives_way_while_the_others_go_on() -> None:
    hot = {"M1": {"area": ["A", "B"], "devices": {"gen": {"type": "generator", "bus": "B", "p_max_mw": 200.0}}}}
    document = toy_spec(hot, run=RUN, episode={"steps": STEPS, "on_divergence": {"reward": -7.0, "end": True}})
    envs = vec(spec=document)
    envs.reset(seed=0)
    _, rewards, _, truncations, infos = envs.step({"M1": np.array([[1.0], [-1.0], [1.0], [-1.0]], dtype=np.float32)})
    assert truncations["M1"].tolist() == [True, False, True, False]
    assert rewards["M1"].tolist() == [-7.0, rewards["M1"][1], -7.0, rewards["M1"][3]]
    assert infos["M1"]["converged"].tolist() == [False, True, False, True]
    _, rewards, _, truncations, infos = envs.step({"M1": -np.ones((B, 1), dtype=np.float32)})
    assert rewards["M1"].tolist() == [0.0, rewards["M1"][1], 0.0, rewards["M1"][3]]
    assert infos["M1"]["converged"].all()
    assert not truncations["M1"].any()


def test_over_episodes_must_be_reset_where_nothing_does_it() -> None:
    envs = vec(AutoresetMode.DISABLED)
    actions = drawn(envs, STEPS)
    with pytest.raises(RuntimeError, match="there was no reset yet"):
        envs.step(actions[0])
    envs.reset()
    for told in actions:
        envs.step(told)
    with pytest.raises(RuntimeError, match="4 episodes are over"):
        envs.step(actions[0])


def test_seeds_and_starts_are_one_for_each_environment() -> None:
    envs = vec()
    assert np.array_equal(envs.reset(seed=[1, 1, 2, 2], options={"start": [3, 3, 3, 4]})[1]["M1"]["row"], [3, 3, 3, 4])
    observations, _ = envs.reset(seed=[1, 1, 2, 2], options={"start": 3})
    assert np.array_equal(observations["M1"][0], observations["M1"][1])
    assert not np.array_equal(observations["M1"][1], observations["M1"][2])
    with pytest.raises(ValueError, match="seed has 2 entries, expected one for each of 4 environments"):
        envs.reset(seed=[1, 2])
    with pytest.raises(ValueError, match="unknown reset option 'begin'"):
        envs.reset(options={"begin": 3})


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ({}, "no actions for M1: every agent acts in every step"),
        ({"M1": np.zeros((B, 1))}, "actions of agent 'M1': they have no part 'discrete'"),
        ({"M1": {"continuous": np.zeros((B, 1)), "discrete": np.zeros(B)}}, r"their discrete part has shape \(4,\), expected \(4, 1\)"),
    ],
)
def test_actions_that_are_no_batch_of_the_space_are_refused(actions: dict[str, Any], said: str) -> None:
    envs = vec()
    envs.reset()
    with pytest.raises(ValueError, match=said):
        envs.step(actions)


def test_masks_of_discrete_knobs_come_with_the_infos() -> None:
    _, infos = vec().reset(seed=1)
    assert infos["M2"]["mask_low"].shape == (B, len(make_env(spec(), catalog=toy_catalog()).roles["M2"].actions))


def test_more_processes_than_environments_are_refused() -> None:
    with pytest.raises(ValueError, match="num_envs is 4, expected at least 5"):
        vec(processes=5)


def test_distributed_specs_are_refused() -> None:
    document = toy_spec(AGENTS, run={**RUN, "mode": "distributed", "broker": {"type": "in_memory"}})
    with pytest.raises(ValueError, match="set run.mode to centralized"):
        vec(spec=document)


@pytest.fixture
def workers() -> Iterator[VectorEnv]:
    envs = vec(processes=2)
    yield envs
    envs.close()


def test_what_a_process_refuses_is_said_here(workers: VectorEnv) -> None:
    with pytest.raises(ValueError, match="cannot start at 100000"):
        workers.reset(seed=0, options={"start": 100000})
    workers.reset(seed=0)


def test_a_process_that_dies_is_named(workers: VectorEnv) -> None:
    workers.reset(seed=0)
    many: Any = workers._many
    many._processes[1].kill()
    many._processes[1].join()
    with pytest.raises(WorkerFault, match="the process of environments 2 to 3 has ended"):
        workers.step(drawn(workers, 1)[0])
