"""Angles in lanes against numpy's."""

from typing import Any

import numpy as np
from pgcore_fixedpoint.angles import angle_deg
from pgcore_fixedpoint.compiling import kept
from pgcore_fixedpoint.lanes import load, store, zeros


@kept
def angles(real: Any, imaginary: Any, out: Any) -> None:
    zero = zeros(4)
    for k in range(len(real) // 4):
        store(out, k, angle_deg(zero, load(real, k, zero), load(imaginary, k, zero)))


def found(values: Any) -> Any:
    out = np.empty(len(values))
    angles(values.real.copy(), values.imag.copy(), out)
    return out


def test_angles_in_all_directions_are_those_of_numpy_to_the_last_digits() -> None:
    rng = np.random.default_rng(0)
    values = 10.0 ** rng.uniform(-6, 3, 40_000) * np.exp(1j * rng.uniform(-np.pi, np.pi, 40_000))
    assert np.abs(found(values) - np.angle(values, deg=True)).max() < 1e-13


def test_angles_at_the_axes_and_diagonals_are_exact() -> None:
    values = np.array([1, 1 + 1j, 1j, -1 + 1j, -1, -1 - 1j, -1j, 1 - 1j], dtype=complex)
    assert found(values).tolist() == [0, 45, 90, 135, 180, -135, -90, -45]


def test_zero_has_angle_zero() -> None:
    assert not found(np.array([0, -0.0, 0.0, -0.0j], dtype=complex)).any()
