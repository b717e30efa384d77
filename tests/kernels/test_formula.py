"""Formula: what is written down when numpy code runs on symbols, and what cannot be."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pgcore.kernels.formula import Formula, Untraceable

SHARES = np.array([0.1, 0.2, 0.3])


def written(code: Callable[[Any], Any]) -> list[str]:
    """The operations of some code on one input, in order."""
    formula = Formula(3)
    formula.place(code(formula.input("x")))
    return [node.op for node in formula.nodes]


def test_arithmetic_with_parameters_is_written_down_in_order() -> None:
    assert written(lambda x: np.maximum(SHARES * x, 0.0) - x) == ["input", "parameter", "multiply", "parameter", "maximum", "subtract"]


def test_what_is_computed_twice_is_written_once() -> None:
    assert written(lambda x: (x + 1.0) * (x + 1.0)) == ["input", "parameter", "add", "multiply"]


def test_equal_parameters_are_one() -> None:
    formula = Formula(3)
    assert formula.place(SHARES) == formula.place(SHARES[None].copy())
    assert len(formula.parameters) == 1


def test_true_is_not_the_number_one() -> None:
    formula = Formula(3)
    assert formula.place(np.array([True, True, True])) != formula.place(1.0)


def test_a_square_is_a_product_as_in_numpy() -> None:
    assert written(lambda x: x**2) == ["input", "multiply"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (np.exp, "np.exp"),
        (lambda x: x**0.3, "power of 0.3"),
        (np.sum, "np.sum"),
        (np.add.reduce, "np.add.reduce"),
        (lambda x: x if x > 0 else -x, "branches"),
        (float, "single values"),
        (lambda x: x[:, 0], "apart"),
        (np.asarray, "array of its own"),
        (lambda x: x + np.ones((2, 3)), r"shape \(2, 3\)"),
        (lambda x: x + "a", "type <U1"),
        (lambda x: np.add(x, 1.0, out=np.zeros((1, 3))), "np.add"),
        (lambda x: np.where(x, 1.0, 0.0) & 1, "bitwise_and on numbers"),
        (lambda x: (x > 0.0) + (x > 1.0), "add on truth values"),
    ],
)
def test_what_is_not_done_element_by_element_is_named(code: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(Untraceable, match=said):
        written(code)
