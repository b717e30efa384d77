"""The two-stage charging curve: against numerical integration, the published discrete formula of ACN-Sim, and by hand."""

import math

import numpy as np
import pytest
from pgcore_ev.taper import accepted_mw, soc_rise

CASES = np.random.default_rng(3)


def integrated(soc: float, p_mw: float, accept_mw: float, capacity_mwh: float, transition: float, hours: float) -> float:
    """Rise by the classical Runge–Kutta method on dE/dt = min(p, accepted(E/C)), in steps that are short beside every time constant."""

    def slope(level: float) -> float:
        taper = 1.0 if level <= transition else max(1.0 - level, 0.0) / (1.0 - transition)
        return min(p_mw, accept_mw * taper) / capacity_mwh

    steps, level = 20_000, soc
    h = hours / steps
    for _ in range(steps):
        a = slope(level)
        b = slope(level + h * a / 2)
        c = slope(level + h * b / 2)
        d = slope(level + h * c)
        level += h * (a + 2 * b + 2 * c + d) / 6
    return level - soc


def acn(soc: float, p_mw: float, accept_mw: float, capacity_mwh: float, transition: float, hours: float) -> float:
    """Lee, Johansson and Low's formula for one period, with the power and the rating as shares of the capacity in that period."""
    m, p = accept_mw * hours / capacity_mwh, min(p_mw, accept_mw) * hours / capacity_mwh
    bend = transition + (p - m) / m * (transition - 1)
    if soc >= bend:
        return 1 + (soc - 1) * math.exp(p / (bend - 1)) - soc
    if (bend - soc) / p >= 1:
        return p
    return 1 + (bend - 1) * math.exp((p + soc - bend) / (bend - 1)) - soc


def a_case() -> tuple[float, float, float, float, float, float]:
    low = (0.0, 0.001, 0.005, 0.02, 0.3, 0.05)
    high = (0.99, 0.03, 0.025, 0.1, 0.95, 3.0)
    soc, p_mw, accept_mw, capacity_mwh, transition, hours = (float(x) for x in CASES.uniform(low, high))
    return soc, p_mw, accept_mw, capacity_mwh, transition, hours


@pytest.mark.parametrize("case", [a_case() for _ in range(12)])
def test_it_agrees_with_numerical_integration(case: tuple[float, ...]) -> None:
    # the right-hand side has a kink, where Runge–Kutta is of second order only
    assert float(soc_rise(*case)) == pytest.approx(integrated(*case), abs=2e-8)


@pytest.mark.parametrize("case", [a_case() for _ in range(200)])
def test_it_agrees_with_the_formula_of_acn_sim(case: tuple[float, ...]) -> None:
    assert float(soc_rise(*case)) == pytest.approx(acn(*case), abs=1e-13)


def test_below_the_transition_power_is_constant() -> None:
    assert float(soc_rise(0.2, 0.01, 0.01, 0.05, 0.8, 3.0)) == pytest.approx(0.6, abs=1e-15)


def test_the_tail_is_exponential_with_the_taper_for_time_constant() -> None:
    # τ_time = C·θ/P = 0.05·0.2/0.01 = 1 h
    assert float(soc_rise(0.8, 0.01, 0.01, 0.05, 0.8, 2.0)) == pytest.approx(0.2 * (1 - math.exp(-2.0)), abs=1e-15)


def test_half_the_power_bends_half_way_up_the_taper() -> None:
    just_there = 0.9 - 0.8
    assert float(soc_rise(0.8, 0.005, 0.01, 0.05, 0.8, 1.0)) == pytest.approx(just_there, abs=1e-15)
    assert float(soc_rise(0.9, 0.005, 0.01, 0.05, 0.8, 0.1)) < 0.005 * 0.1 / 0.05


@pytest.mark.parametrize("case", [a_case() for _ in range(50)])
def test_cutting_the_time_into_seven_changes_nothing(case: tuple[float, ...]) -> None:
    soc, *rest, hours = case
    level = soc
    for _ in range(7):
        level += float(soc_rise(level, *rest, hours / 7))
    assert level - soc == pytest.approx(float(soc_rise(*case)), abs=1e-13)


def test_no_power_no_rise_and_a_full_battery_takes_nothing() -> None:
    assert float(soc_rise(0.95, 0.0, 0.01, 0.05, 0.8, 5.0)) == 0.0
    assert float(soc_rise(1.0, 0.01, 0.01, 0.05, 0.8, 5.0)) == 0.0


def test_a_transition_at_the_top_means_constant_power_until_full() -> None:
    assert float(soc_rise(0.5, 0.01, 0.01, 0.05, 1.0, 2.0)) == pytest.approx(0.4, abs=1e-15)
    assert float(soc_rise(0.5, 0.01, 0.01, 0.05, 1.0, 9.0)) == pytest.approx(0.5, abs=1e-12)


def test_it_never_overshoots_a_full_battery() -> None:
    cases = CASES.uniform((0.0, 0.0, 0.005, 0.02, 0.0, 0.0), (1.0, 0.1, 0.05, 0.1, 1.0, 500.0), (2000, 6)).T
    rise = soc_rise(*cases)
    assert (rise >= 0.0).all()
    assert (cases[0] + rise <= 1.0 + 1e-15).all()


def test_the_accepted_power_falls_in_a_straight_line() -> None:
    assert np.allclose(accepted_mw(np.array([0.0, 0.8, 0.85, 0.95, 1.0]), 0.02, 0.8), [0.02, 0.02, 0.015, 0.005, 0.0], atol=1e-15)
