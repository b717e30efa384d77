"""The reward AcmeReward: pgcore's own checks, and what it takes off."""

import attrs
import numpy as np
from pgcore.columns import Array
from pgcore.contracts.reward import Outcome
from pgcore.testing.rewards import RewardChecks

from pgcore_acme.reward import AcmeReward


class TestAcmeReward(RewardChecks):
    """Every check that pgcore has for rewards; `pgcore plugins check acme --kind reward` runs the same."""

    reward = AcmeReward


def outcome(vm_pu: Array, cost: Array, violation: Array) -> Outcome:
    """What a step came to, for agents without lines; ``vm_pu`` is (environments, agents, buses)."""
    return Outcome(cost, violation, vm_pu, np.ones(vm_pu.shape, dtype=bool), np.zeros((*cost.shape, 0)), dt_h=0.5)


def test_cost_deviation_and_violation_are_taken_off() -> None:
    """Buses at 1.02 and 0.92 pu: 100 · (0.02² + 0.08²) · 0.5 h of deviation, and 0.03 pu outside of the band."""
    grade = AcmeReward().grade(outcome(np.array([[[1.02, 0.92]]]), np.array([[4.0]]), np.array([[0.1]])))
    assert np.allclose(grade.violation, 0.1 + 0.03)
    assert np.allclose(grade.reward, -4.0 - 100.0 * (0.02**2 + 0.08**2) * 0.5 - 10.0 * 0.13)


def test_buses_without_voltage_do_not_count() -> None:
    seen = attrs.evolve(outcome(np.array([[[1.0, 0.0]]]), np.zeros((1, 1)), np.zeros((1, 1))), energised=np.array([[[True, False]]]))
    assert AcmeReward().grade(seen).reward.tolist() == [[0.0]]


def test_its_limits_are_the_ends_of_the_band() -> None:
    assert np.allclose(AcmeReward(target_pu=1.01, band_pu=0.04).limits().vm_pu or (), (0.97, 1.05))
