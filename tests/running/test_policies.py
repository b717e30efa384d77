from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.running.imported import PolicyError
from pgcore.running.policies import idle, load_policy, random_actions
from tests.runs import play, toy_env
from tests.toys import Keeper


def actions_of(folder: Path, seed: int = 3, steps: int = 5, **sections: Any) -> list[dict[str, Any]]:
    env = toy_env(folder, **sections)
    observations, infos = env.reset(seed=seed)
    made = []
    for _ in range(steps):
        made.append(random_actions(observations, infos, env))
        observations, _, _, _, infos = env.step(made[-1])
    return made


def test_idle_leaves_every_dial_at_its_default(tmp_path: Path) -> None:
    keeper = Keeper()
    env = toy_env(tmp_path, keeper)
    play(env, idle, steps=1)
    chosen = {name: keeper.records[1].actions[name][0].tolist() for name in env.possible_agents}
    assert chosen == {name: [dial.default for dial in role.actions] for name, role in env.roles.items()}


@pytest.mark.parametrize("policy", [idle, random_actions])
def test_actions_are_of_their_spaces(tmp_path: Path, policy: Any) -> None:
    env = toy_env(tmp_path)
    observations, infos = env.reset()
    actions = policy(observations, infos, env)
    assert all(env.action_space(name).contains(actions[name]) for name in env.agents)


def test_random_actions_of_one_seed_are_equal_in_another_environment(tmp_path: Path) -> None:
    first, second = actions_of(tmp_path / "a"), actions_of(tmp_path / "b")
    assert [action["West"]["continuous"].tolist() for action in first] == [action["West"]["continuous"].tolist() for action in second]


def test_random_actions_differ_between_seeds_steps_and_agents(tmp_path: Path) -> None:
    first, other = actions_of(tmp_path / "a", seed=1), actions_of(tmp_path / "b", seed=2)
    drawn = [float(action["East"][0]) for action in (*first, *other)] + [float(action["West"]["continuous"][0]) for action in first]
    assert len(set(drawn)) == 15


def test_random_actions_leave_the_spaces_generator_alone(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    observations, infos = env.reset()
    env.action_space("East").seed(5)
    expected = env.action_space("East").sample()
    env.action_space("East").seed(5)
    random_actions(observations, infos, env)
    assert env.action_space("East").sample() == expected


def test_random_actions_keep_to_the_mask(tmp_path: Path) -> None:
    """A unit that must stay on for three hours may not be switched off in the first two steps after its start."""
    unit = {"type": "generator", "bus": "A", "p_max_mw": 1.0, "committable": True, "min_up_h": 3, "on_start": False}
    env = toy_env(tmp_path, agents={"East": {"devices": {"unit": unit}}})
    for seed in range(12):
        observations, infos = env.reset(seed=seed)
        for _ in range(6):
            action = random_actions(observations, infos, env)
            flags = infos["East"]["action_mask"]["discrete"][0]
            assert flags[action["East"]["discrete"][0]]
            observations, _, _, _, infos = env.step(action)


@pytest.mark.parametrize(("text", "policy"), [("idle", idle), ("random", random_actions)])
def test_named_policies_are_found(tmp_path: Path, text: str, policy: Any) -> None:
    assert load_policy(text, toy_env(tmp_path)) is policy


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    source = """
import numpy as np
def act(observations, infos, env): return {name: None for name in env.agents}
def short(observations): return {}
number = 3
class Net:
    def __init__(self, env): self.names = env.possible_agents
    def __call__(self, observations, infos, env): return {name: None for name in self.names}
"""
    name = f"policy_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / f"{name}_broken.py").write_text("import no_such_library")
    monkeypatch.chdir(tmp_path)
    return name


def test_a_module_in_the_current_folder_is_found(module: str, tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    env.reset()
    assert load_policy(f"{module}:act", env)({}, {}, env) == {"East": None, "West": None}


def test_a_class_is_made_with_the_environment(module: str, tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    assert load_policy(f"{module}:Net", env)({}, {}, env) == {"East": None, "West": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("idel", "found policy 'idel', expected idle, random, rule_based, or module:callable"),
        (":act", "expected idle"),
        ("MODULE:", "expected idle"),
        ("no_such_module:act", "there is no module 'no_such_module', neither installed nor in"),
        ("MODULE:akt", "has no 'akt'; it has: act, short, Net"),
        ("MODULE:number", "found int, expected something callable"),
        ("MODULE:short", r"not callable as policy\(observations, infos, env\): too many positional arguments"),
        ("MODULE_broken:act", "importing .* failed: No module named 'no_such_library'"),
    ],
)
def test_a_policy_that_cannot_be_loaded_is_told_why(module: str, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        load_policy(text.replace("MODULE", module), toy_env(tmp_path))


def test_actions_are_plain_arrays_of_the_spaces_type(tmp_path: Path) -> None:
    env = toy_env(tmp_path)
    observations, infos = env.reset()
    assert idle(observations, infos, env)["East"].dtype == np.float32
