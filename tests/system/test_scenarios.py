"""Every installed scenario, as a researcher would use it."""

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

import pgcore
from pgcore.adapters.pettingzoo import PgcoreEnv

SCENARIOS = sorted(pgcore.Catalog.discover().scenarios())


def make(name: str, **overrides: Any) -> PgcoreEnv:
    return pgcore.make_env(name, **overrides)


def rolled(env: PgcoreEnv, seed: int) -> list[bytes]:
    """Observations, rewards and violations of a whole episode with repeatable random actions, as bytes."""
    for agent in env.possible_agents:
        env.action_space(agent).seed(seed)
    observations, infos = env.reset(seed=seed)
    seen = [np.concatenate(list(observations.values())).tobytes()]
    while env.agents:
        actions = {agent: env.action_space(agent).sample(infos[agent].get("action_mask")) for agent in env.agents}
        observations, rewards, _, _, infos = env.step(actions)
        parts = [*observations.values(), list(rewards.values()), [info["violation"] for info in infos.values()]]
        seen.append(np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts]).tobytes())
    return seen


def test_there_are_scenarios() -> None:
    assert {"three_microgrids", "n_microgrids"} <= set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_parallel_api_test_passes_with_warnings_as_errors(name: str) -> None:
    env = make(name, episode__steps=8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(env, num_cycles=20)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_whole_episode_can_be_repeated_to_the_last_bit(name: str) -> None:
    env = make(name, episode__steps=48)
    first = rolled(env, 3)
    assert rolled(env, 3) == first
    assert rolled(make(name, episode__steps=48), 3) == first
    assert rolled(env, 4) != first


def test_an_environment_survives_pickling_in_mid_episode() -> None:
    env = make("three_microgrids", episode__steps=12)
    env.reset(seed=1)
    action = {agent: env.action_space(agent).sample() for agent in env.agents}
    env.step(action)
    twin = pickle.loads(pickle.dumps(env))
    for _ in range(3):
        ours, theirs = env.step(action), twin.step(action)
        assert all(np.array_equal(ours[0][agent], theirs[0][agent]) for agent in action)
        assert ours[1] == theirs[1]


def test_a_batch_with_the_reference_solver_equals_a_loop() -> None:
    grid = make("three_microgrids", episode__steps=12).grid
    rng = np.random.default_rng(0)
    draws = [
        {
            name: rng.uniform([d.low for d in role.actions], [d.high for d in role.actions], (3, len(role.actions)))
            for name, role in grid.roles.items()
        }
        for _ in range(12)
    ]
    grid.reset([5, 6, 7])
    together = [grid.step(draw) for draw in draws]
    for b, seed in enumerate([5, 6, 7]):
        grid.reset([seed])
        for many, draw in zip(together, draws, strict=True):
            one = grid.step({name: values[b : b + 1] for name, values in draw.items()})
            for name in grid.roles:
                assert np.array_equal(many.observations[name][b], one.observations[name][0])
                assert many.rewards[name][b] == one.rewards[name][0]


def test_training_and_test_days_do_not_mix() -> None:
    days = {}
    for part in ("train", "test"):
        env = make("three_microgrids", episode__part=part)
        weeks = {int(start) // (7 * 96) for start in env.grid.calendar.starts(midnight=True)}
        days[part] = weeks
    assert all(week % 4 == 3 for week in days["test"])
    assert not days["train"] & days["test"]
