import sys

import pytest

from pgcore.running.suite.calls import calls


def work(steps: int) -> None:
    for _ in range(steps):
        outer([1, 2])


def outer(values: list[int]) -> int:
    return inner(values) + inner(values)


def inner(values: list[int]) -> int:
    return len(values)


def test_functions_of_python_and_of_c_are_counted_per_step() -> None:
    found = calls(work, 100)
    assert (found.functions, found.builtins) == pytest.approx((3.0, 2.0), abs=0.05)  # and one call of work itself


def test_instructions_grow_with_the_work() -> None:
    once, twice = calls(work, 100), calls(lambda steps: work(2 * steps), 100)
    assert twice.instructions == pytest.approx(2 * once.instructions, rel=0.05)


def test_counts_are_the_same_every_time() -> None:
    assert calls(work, 20) == calls(work, 20)


def test_whoever_traced_before_traces_again() -> None:
    before = sys.getprofile(), sys.gettrace()
    calls(work, 1)
    assert (sys.getprofile(), sys.gettrace()) == before
