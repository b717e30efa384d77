"""The kit for rewards bites: right ones pass all of it, and each wrong one fails the check that names its mistake."""

import pytest

from pgcore.builtin.rewards.cost_and_violation import CostAndViolation
from pgcore.contracts.reward import Reward
from pgcore.testing.checks import Examination, Owner, Verdict, name_of
from pgcore.testing.rewards import CHECKS, RewardChecks, subject
from tests.testing.wrong_rewards import HINTS, WRONG, Right


class TestRight(RewardChecks):
    reward = Right


class TestCostAndViolation(RewardChecks):
    reward = CostAndViolation
    examples = (CostAndViolation(), CostAndViolation(violation_weight=0.0))


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_a_wrong_reward_fails_the_check_that_names_the_mistake(kind: type[Reward]) -> None:
    found = Examination(CHECKS, subject(kind)).ask(WRONG[kind])
    assert found.verdict is Verdict.FAILED, found
    assert found.owner is Owner.PLUGIN
    assert HINTS[kind] in found.message


def test_every_check_has_a_wrong_reward_but_that_of_the_entry_module() -> None:
    assert {name_of(check) for check in CHECKS} - set(WRONG.values()) == {"entry_module_is_light"}


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_every_check_states_a_law_in_one_line(check: object) -> None:
    assert (check.__doc__ or "").splitlines()[0].endswith(".")
