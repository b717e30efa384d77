import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pgcore.agents.papers import Papers
from pgcore.assembly import assemble
from pgcore.distribution import papers_of
from pgcore.feeds import Feeds
from pgcore.messages import Report
from pgcore.running.drawing import drawn
from pgcore.running.imported import PolicyError
from pgcore.running.own_policy import OwnPolicy, Post, own_policies
from pgcore.spec.links import link
from tests.teams import spec_of


def papers(name: str = "masks") -> Papers:
    team = assemble(link(spec_of(name))).team
    charter = team.agents[0].charter
    return Papers(charter.name, 60.0, Feeds(np.zeros((1, 0)), np.zeros(0, np.intp), np.zeros(0, np.intp)), charter, None)


def report(post: Post, mask: bool = True) -> Report:
    one, n = np.ones((1, 1)), len(post.dials)
    limits = (np.full((1, n), -np.inf), np.full((1, n), np.inf)) if mask else None
    return Report(np.full((1, len(post.slots)), 0.1), 2 * one, 3 * one, one, limits, {"age": one, "energised": one > 0})


def made(text: str) -> OwnPolicy:
    policy = own_policies(text, [])(papers())
    assert policy is not None
    return policy  # type: ignore[return-value]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"own_{tmp_path.name}"
    source = """
heard = []
def act(observation, info):
    heard.append((observation, info))
    return {"continuous": [9.0, 0.0, 0.0, 0.0][:N], "discrete": [1]}
def fail(observation, info):
    raise ArithmeticError("no idea")
def nothing(observation):
    return None
class Made:
    def __init__(self, post):
        self.post = post
    def __call__(self, observation, info):
        return self.post.actions.space.sample()
N = 4
"""
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    return name


def test_a_policy_gets_its_agents_own_row_and_info(module: str) -> None:
    policy = made(f"{module}:act")
    vars(sys.modules[module])["N"] = len(policy.post.dials) - 1
    settings = policy(report(policy.post), ((0, 0),), 3)
    observation, info = sys.modules[module].heard[-1]
    assert (observation.dtype, observation.shape) == (np.float32, (len(policy.post.slots),))
    assert {name: info[name] for name in ("cost", "violation", "age", "energised")} == {"cost": 2.0, "violation": 3.0, "age": 1.0, "energised": True}
    assert "action_mask" in info
    assert settings is not None
    assert settings[0].tolist() <= [dial.high for dial in policy.post.dials]


def test_a_class_is_made_with_its_agents_post(module: str) -> None:
    policy = made(f"{module}:Made")
    assert policy(report(policy.post), ((0, 0),), 0) is not None


def test_random_draws_what_pgcore_run_draws() -> None:
    policy = made("random")
    space = policy.post.actions
    expected = space.to_physical(
        drawn(
            "M1",
            space,
            (7, 2),
            5,
            None if not any(d.discrete for d in space.dials) else space.mask(np.full(len(space.dials), -np.inf), np.full(len(space.dials), np.inf)),
        )
    )
    settings = policy(report(policy.post), ((7, 2),), 5)
    assert settings is not None
    assert np.array_equal(settings, expected[None])


def test_idle_leaves_every_dial_at_its_default() -> None:
    policy = made("idle")
    settings = policy(report(policy.post), ((0, 0),)[:1], 0)
    assert settings is not None
    assert settings[0].tolist() == pytest.approx([dial.default for dial in policy.post.dials])


def test_each_of_several_environments_is_chosen_for() -> None:
    policy = made("random")
    one = report(policy.post, mask=False)
    observation, cost, violation, reward = (np.repeat(column, 2, axis=0) for column in (one.observation, one.cost, one.violation, one.reward))
    both = Report(observation, cost, violation, reward, None, {"age": np.zeros((2, 1))})
    settings = policy(both, ((0, 0), (1, 0)), 0)
    alone = policy(one, ((1, 0),), 0)
    assert settings is not None
    assert alone is not None
    assert np.array_equal(settings[1], alone[0])
    assert not np.array_equal(settings[0], settings[1])


def test_a_policy_that_fails_is_named_and_counted_and_the_last_action_is_held(module: str, caplog: pytest.LogCaptureFixture) -> None:
    policy = made(f"{module}:fail")
    with caplog.at_level(logging.WARNING):
        assert [policy(report(policy.post), ((0, 0),), tick) for tick in range(3)] == [None, None, None]
    assert policy.failures == {"ArithmeticError: no idea": 3}
    assert [record.message for record in caplog.records] == ["the policy of M1 failed after step 0; its last action is held"]


def test_devices_have_no_policy() -> None:
    spec = link(spec_of("masks"))
    team: Any = assemble(spec).team
    device = papers_of(team.agents, team.plant, team.feeds, 60.0, "devices")[1]
    assert own_policies("idle", [])(device) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("idel", "found policy 'idel', expected idle, random"),
        ("nowhere_at_all:act", "there is no module"),
        ("{}:nothing", "policy\\(observation, info\\)"),
    ],
)
def test_a_policy_that_cannot_be_one_is_refused(text: str, message: str, module: str) -> None:
    with pytest.raises(PolicyError, match=message):
        own_policies(text.format(module), [])
