"""The default reward against sums by hand."""

from typing import Any

import numpy as np
import pytest

from pgcore.builtin.rewards.cost_and_violation import CostAndViolation
from pgcore.contracts.reward import Outcome
from pgcore.quantity import QuantityError


def outcome(**changes: Any) -> Outcome:
    """One environment, one agent with two buses, a line and a transformer, all within limits."""
    calm: dict[str, Any] = {
        "cost": np.array([[3.0]]), "violation": np.array([[0.0]]), "vm_pu": np.array([[[1.0, 1.0]]]), "energised": np.array([[[True, True]]]),
        "loading_percent": np.array([[[50.0, 60.0]]]), "dt_h": 0.25,
    }  # fmt: skip
    return Outcome(**{**calm, **changes})


def test_within_limits_the_reward_is_minus_the_cost() -> None:
    grade = CostAndViolation().grade(outcome())
    assert (grade.reward.tolist(), grade.violation.tolist()) == ([[-3.0]], [[0.0]])


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"vm_pu": np.array([[[0.93, 1.06]]])}, 0.02 + 0.01),
        ({"loading_percent": np.array([[[120.0, 60.0]]])}, 0.2),
        ({"loading_percent": np.array([[[50.0, 150.0]]])}, 0.5),
        ({"violation": np.array([[0.4]])}, 0.4),
        ({"vm_pu": np.array([[[0.0, 1.0]]]), "energised": np.array([[[False, True]]])}, 0.0),
    ],
)
def test_every_limit_counts_in_pu_and_dead_buses_do_not(changes: dict[str, Any], violation: float) -> None:
    grade = CostAndViolation(violation_weight=10.0).grade(outcome(**changes))
    assert grade.violation == pytest.approx(np.array([[violation]]))
    assert grade.reward == pytest.approx(np.array([[-3.0 - 10.0 * violation]]))


def test_the_weight_of_loadings_can_be_set() -> None:
    grade = CostAndViolation(loading_weight=0.5).grade(outcome(loading_percent=np.array([[[120.0]]])))
    assert grade.violation == pytest.approx(np.array([[0.1]]))


def test_agents_of_environments_are_graded_together_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    vm_pu, loading = rng.uniform(0.8, 1.2, (7, 3, 33)), rng.uniform(0, 300, (7, 3, 9))
    fields = {
        "cost": rng.normal(size=(7, 3)),
        "violation": rng.uniform(size=(7, 3)),
        "vm_pu": vm_pu,
        "energised": vm_pu > 0.85,
        "loading_percent": loading,
    }
    together = CostAndViolation().grade(Outcome(**fields, dt_h=1.0))
    for b, agent in np.ndindex(7, 3):
        alone = {name: value[b : b + 1, agent : agent + 1] for name, value in fields.items()}
        assert CostAndViolation().grade(Outcome(**alone, dt_h=1.0)).reward[0, 0] == together.reward[b, agent]


def test_places_left_over_change_nothing() -> None:
    padded = outcome(
        vm_pu=np.array([[[1.0, 0.9, 1.0]]]), energised=np.array([[[True, True, False]]]), loading_percent=np.array([[[50.0, 130.0, 0.0]]])
    )
    bare = outcome(vm_pu=np.array([[[1.0, 0.9]]]), loading_percent=np.array([[[50.0, 130.0]]]))
    assert CostAndViolation().grade(padded).reward == CostAndViolation().grade(bare).reward


def test_a_band_that_is_upside_down_is_refused() -> None:
    with pytest.raises(QuantityError, match="vm_max_pu is 0.9, expected > vm_min_pu, which is 1.1"):
        CostAndViolation(vm_min_pu=1.1, vm_max_pu=0.9)
