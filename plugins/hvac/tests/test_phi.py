"""φ functions against exact arithmetic."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from pgcore_hvac.phi import SMALL, phi


def exact(k: int, z: float) -> float:
    """φₖ from its series in fractions, which cannot cancel."""
    x = Fraction(z)
    return float(sum((x**j / factorial(j + k) for j in range(120)), Fraction(0)))


@pytest.mark.parametrize("z", [0.0, -1e-300, -1e-12, -1e-3, -0.099999, -SMALL, -0.100001, -0.5, -1.0, -7.0, -20.0])
def test_phi_has_full_precision_on_both_sides_of_its_threshold(z: float) -> None:
    for k, value in enumerate(phi(z)):
        assert abs(float(value) / exact(k, z) - 1.0) < 2e-13


def test_an_endless_step_leaves_nothing_of_the_start() -> None:
    zero, first, second, third = phi(-1e9)
    assert zero == 0.0
    assert np.allclose([first, second, third], [1e-9, 1e-9, 0.5e-9], rtol=1e-8)


def test_an_array_gives_the_bits_of_its_elements() -> None:
    z = -np.logspace(-9, 3, 57)
    for whole, *parts in zip(phi(z), *(phi(value) for value in z), strict=True):
        assert whole.tolist() == [float(part) for part in parts]
