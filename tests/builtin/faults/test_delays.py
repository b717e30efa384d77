"""Faults that hold messages up, against the closed forms of their distributions."""

import math
from statistics import NormalDist, fmean, pstdev

import pytest

from pgcore.builtin.faults.jitter import Jitter
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.lognormal_latency import LognormalLatency
from pgcore.builtin.faults.reordering import Reordering
from pgcore.quantity import QuantityError
from tests.links import delays_ms, fates

N = 40_000


def test_latency_is_the_same_for_every_message() -> None:
    assert fates(Latency(latency_ms=80.0), [0.0, 5.0]) == [(0.08,), (0.08,)]


@pytest.mark.parametrize("p", [0.01, 0.5, 0.99])
def test_lognormal_latency_has_the_quantiles_of_the_shifted_lognormal_distribution(p: float) -> None:
    """As often below floor + (median − floor) · exp(σ · z_p) as the closed form says, within 4 standard deviations of the binomial distribution."""
    quantile = 20.0 + (80.0 - 20.0) * math.exp(0.6 * NormalDist().inv_cdf(p))
    below = sum(ms < quantile for ms in delays_ms(LognormalLatency(median_ms=80.0, sigma=0.6, floor_ms=20.0), N))
    assert abs(below - p * N) < 4 * math.sqrt(N * p * (1 - p))


def test_lognormal_latency_has_the_mean_of_its_closed_form() -> None:
    """floor + (median − floor) · exp(σ²/2); variance (median − floor)² · (exp(σ²) − 1) · exp(σ²)."""
    variance = 60.0**2 * (math.exp(0.36) - 1) * math.exp(0.36)
    mean = fmean(delays_ms(LognormalLatency(median_ms=80.0, sigma=0.6, floor_ms=20.0), N))
    assert abs(mean - (20.0 + 60.0 * math.exp(0.18))) < 4 * math.sqrt(variance / N)


def test_lognormal_latency_never_falls_below_its_floor() -> None:
    assert min(delays_ms(LognormalLatency(median_ms=80.0, sigma=2.0, floor_ms=20.0), N)) >= 20.0


def test_a_floor_above_the_median_is_refused() -> None:
    with pytest.raises(QuantityError, match="floor_ms is 90, expected <= median_ms, which is 80"):
        LognormalLatency(median_ms=80, floor_ms=90)


@pytest.mark.parametrize(("shape", "deviation"), [("uniform", 30.0 / math.sqrt(3)), ("normal", 0.98658 * 10.0)])
def test_jitter_spreads_evenly_about_nothing_with_the_deviation_of_its_shape(shape: str, deviation: float) -> None:
    """Uniform: a/√3. Normal cut at 3σ: σ · √(1 − 6 φ(3)/(2Φ(3) − 1)) = 0.98658 σ."""
    changes = delays_ms(Jitter(jitter_ms=30.0, shape=shape), N)
    assert abs(fmean(changes)) < 4 * deviation / math.sqrt(N)
    assert pstdev(changes) == pytest.approx(deviation, rel=4 / math.sqrt(2 * N))
    assert max(map(abs, changes)) <= 30.0


def test_normal_jitter_is_within_a_third_as_often_as_a_cut_normal_distribution() -> None:
    p = (2 * NormalDist().cdf(1) - 1) / (2 * NormalDist().cdf(3) - 1)
    within = sum(abs(change) < 10.0 for change in delays_ms(Jitter(jitter_ms=30.0, shape="normal"), N))
    assert abs(within - p * N) < 4 * math.sqrt(N * p * (1 - p))


def test_reordering_holds_its_share_of_the_messages_back() -> None:
    held = fates(Reordering(rate=0.2, hold_ms=50.0), [0.0] * N)
    assert set(held) == {(0.0,), (0.05,)}
    assert abs(held.count((0.05,)) - 0.2 * N) < 4 * math.sqrt(N * 0.2 * 0.8)
