from collections.abc import Callable

import numpy as np
import pytest

from pgcore.running.suite.turns import Variant, duration, rate, ratio, take_turns


def clocked(name: str, step_s: float, told: list[str] | None = None) -> Variant:
    def go(steps: int) -> float:
        if told is not None:
            told.append(name)
        return steps * step_s

    return Variant(name, go, 0)


def test_each_variant_has_every_turn_and_goes_first_in_some() -> None:
    told: list[str] = []
    take_turns([clocked("a", 1.0, told), clocked("b", 1.0, told)], turns=3, turn_s=0.0)
    assert told == ["a", "a", "b", "b", "a", "b", "b", "a", "a", "b"]  # first the warm-ups and single steps that tell how long a turn is


def test_a_turn_of_a_fast_variant_has_more_steps() -> None:
    steps: list[int] = []

    def go(count: int) -> float:
        steps.append(count)
        return count * 0.001

    take_turns([Variant("fast", go, 5)], turns=2, turn_s=0.1)
    assert steps[0] == 5
    assert steps[-2:] == [100, 100]


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        (lambda times: ratio(times, "slow", "fast", "slow : fast"), 4.0),
        (lambda times: rate(times, "fast", each=16), 16 / 0.5),
        (lambda times: duration(times, "slow", "step", each=4), 0.5e6),
        (lambda times: duration(times, "slow", "step", unit="ms"), 2e3),
    ],
)
def test_figures_of_times(figure: Callable[[dict[str, np.ndarray]], object], value: float) -> None:
    times = {"slow": np.array([2.0, 2.0, 2.0]), "fast": np.array([0.5, 0.5, 0.5])}
    assert figure(times).value == pytest.approx(value)  # type: ignore[attr-defined]


def test_a_ratio_is_the_median_of_the_turns_ratios_and_not_the_ratio_of_medians() -> None:
    times = {"slow": np.array([1.0, 20.0, 3.0]), "fast": np.array([1.0, 10.0, 1.0])}
    assert ratio(times, "slow", "fast", "").value == 2.0
