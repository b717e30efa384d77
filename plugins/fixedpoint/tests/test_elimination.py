"""The order of elimination, and factors along it."""

from typing import Any

import numpy as np
import pytest
from pgcore_fixedpoint.elimination import Elimination, elimination
from pgcore_fixedpoint.factoring import factorise


def tree(buses: int, seed: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng(seed)
    return [(int(rng.integers(k)), k) for k in range(1, buses)]


def blocks_of(steps: Elimination, matrix: Any) -> Any:
    """A matrix in the order of the elimination as blocks: above the diagonal, below it, diagonal."""
    owner = np.repeat(np.arange(steps.count), np.diff(steps.first))
    return np.concatenate([matrix[owner, steps.coupled], matrix[steps.coupled, owner], np.diag(matrix)])


def test_a_tree_has_no_entry_beyond_its_own_branches() -> None:
    steps = elimination(200, tree(200, 1), [0])
    assert len(steps.coupled) == 199


def test_sources_come_last_and_every_bus_once() -> None:
    steps = elimination(50, tree(50, 2), [7, 3])
    assert steps.order[-2:].tolist() == [7, 3]
    assert sorted(steps.order.tolist()) == list(range(50))
    assert steps.count == 48


def test_what_a_position_is_coupled_to_comes_later() -> None:
    steps = elimination(80, [*tree(80, 3), (5, 70), (11, 60), (20, 40)], [0])
    owner = np.repeat(np.arange(steps.count), np.diff(steps.first))
    assert (steps.coupled > owner).all()


@pytest.mark.parametrize("ties", [0, 3, 40])
def test_factors_solve_the_equations_as_numpy_does(ties: int) -> None:
    """A random complex matrix with the pattern of a tree and some more links; two sources hold their values."""
    rng, n, sources = np.random.default_rng(4), 60, [10, 20]
    links = tree(n, 5) + [(int(a), int(b)) for a, b in rng.integers(0, n, (ties, 2))]
    matrix = np.diag(rng.normal(20, 1, n) + 20j).astype(complex)
    for one, other in links:
        if one != other:
            matrix[one, other], matrix[other, one] = rng.normal(size=2) + 1j * rng.normal(size=2)
    steps = elimination(n, links, sources)
    ordered = matrix[np.ix_(steps.order, steps.order)]
    (below, above), pivots = factorise(steps.first, steps.coupled, steps.targets, blocks_of(steps, ordered))
    right, free = rng.normal(size=n) + 1j * rng.normal(size=n), steps.count
    expected = np.linalg.solve(ordered[:free, :free], right[:free] - ordered[:free, free:] @ right[free:])
    found = right.copy()
    for k in range(free):
        couplings = slice(steps.first[k], steps.first[k + 1])
        np.subtract.at(found, steps.coupled[couplings], below[couplings] * found[k])
    found[free:] = right[free:]
    for k in reversed(range(free)):
        couplings = slice(steps.first[k], steps.first[k + 1])
        found[k] = pivots[k] * found[k] - (above[couplings] * found[steps.coupled[couplings]]).sum()
    assert found[:free] == pytest.approx(expected, abs=1e-12)
