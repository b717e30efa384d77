"""Phi functions: what an exponential decay makes of an input that is constant, or that grows in proportion to time."""

from functools import reduce
from math import factorial
from typing import Any

import numpy as np

from pgcore_hvac.limits import Real

SMALL = 0.1
"""Size of z below which the series is used: above it, the closed form loses at most two digits of φ₃ by cancellation, and one of φ₂."""
SERIES = tuple(1.0 / factorial(k + 3) for k in range(10))
"""Coefficients of φ₃ = Σ zᵏ/(k + 3)!. At |z| = 0.1 the first that is left out adds less than 1e-16 of the sum."""


def phi(z: Real) -> tuple[Any, Any, Any, Any]:
    """φ₀ … φ₃ of ``z`` ≤ 0: φ₀ = eᶻ and φₖ₊₁ = (φₖ − 1/k!)/z, which is 1/(k+1)! at zero.

    With x' = λx + b + cs, where s is the time since the start: x(h) = φ₀x + hφ₁b + h²φ₂c at z = λh, and the mean of x over h is
    φ₁x + hφ₂b + h²φ₃c (Hochbruck and Ostermann, "Exponential integrators", *Acta Numerica* 19, 2010, section 2.1).

    For small z they are found upwards from the series of φ₃, elsewhere downwards from eᶻ − 1, so that nothing is lost in short steps.

    >>> [round(float(value), 6) for value in phi(0.0)]
    [1.0, 1.0, 0.5, 0.166667]
    """
    small = np.abs(z) < SMALL
    near, far = np.where(small, z, 0.0), np.where(small, -1.0, z)
    grown = np.expm1(far) / far
    first = (grown - 1.0) / far
    third = np.where(small, _series(near), (first - 0.5) / far)
    second = np.where(small, 0.5 + near * third, first)
    return np.exp(z), np.where(small, 1.0 + near * second, grown), second, third


def _series(z: Real) -> Any:
    """φ₃ by its series, from the smallest term on (Horner)."""
    return reduce(lambda total, coefficient: total * z + coefficient, reversed(SERIES))
