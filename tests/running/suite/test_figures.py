import math

import numpy as np
import pytest

from pgcore.running.suite.figures import Check, Figure, Finding, Unequal, agreed, largest_gap, plain, read, summed_up


def test_measurements_are_summed_up_by_their_median_and_quartiles() -> None:
    assert summed_up("step", "µs", [5.0, 1.0, 3.0, 4.0, 2.0], "n = 3") == Figure("step", 3.0, "µs", 2.0, 4.0, 5, "n = 3")


def test_work_that_differs_is_refused_with_what_was_found() -> None:
    with pytest.raises(Unequal, match=r"voltages: 0.002 pu, allowed are 1e-06"):
        agreed([Check("voltages", 0.002, 1e-6, "pu"), Check("rewards", 0.0, 0.0)])


def test_a_difference_that_is_not_a_number_does_not_hold() -> None:
    assert not Check("voltages", math.nan, 1e-6).holds
    assert math.isnan(largest_gap(np.array([1.0, math.nan]), np.ones(2)))


def test_the_difference_of_an_approximation_is_shown_and_not_judged() -> None:
    assert agreed([Check("voltages of linear", 0.02, None, "pu")])[0].holds


def test_relative_gaps_are_absolute_below_one() -> None:
    assert largest_gap(np.array([101.0, 0.3]), np.array([100.0, 0.1]), relative=True) == pytest.approx(0.2)


def test_a_finding_is_the_same_after_json() -> None:
    finding = Finding(
        "single", (Figure("a", 1.0), summed_up("b", "µs", [1.0, 2.0], "n = 3")), (Check("v", 0.0, None),), ("so",), {"numpy": "2"}, took_s=1.5
    )
    assert read(plain(finding)) == finding
