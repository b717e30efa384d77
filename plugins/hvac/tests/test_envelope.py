"""The envelope against closed forms and against Runge–Kutta integration with small steps."""

import numpy as np
import pytest
from pgcore_hvac.envelope import Envelope, Flows, modes

CASES = [
    Envelope(10.0, 1e6 / 3.6e6, 1.0, 0.0),
    Envelope(6.67, 1.0, 0.37, 5.5),
    Envelope(2.0, 0.1, 0.1, 50.0),
    Envelope(100.0, 3.0, 30.0, 0.2),
]
FLOWS = Flows(1.3, 0.4, -3.0, 0.8)


def integrated(e: Envelope, air_c: float, mass_c: float, flows: Flows, dt_h: float, parts: int = 20_000) -> tuple[float, float, float]:
    """Air, mass and the mean of the air after a step, by the classical Runge–Kutta method."""
    coupled = 1.0 / e.r_mass_k_per_kw if e.c_mass_kwh_per_k else 0.0

    def rate(s: float, x: np.ndarray) -> np.ndarray:
        outdoor_c = flows.outdoor_c + flows.outdoor_k_per_h * (s - 0.5 * dt_h)
        into_air = (outdoor_c - x[0]) / e.r_k_per_kw + coupled * (x[1] - x[0]) + flows.air_kw
        into_mass = coupled * (x[0] - x[1]) + flows.mass_kw if coupled else 0.0
        return np.array([into_air / e.c_air_kwh_per_k, into_mass / (e.c_mass_kwh_per_k or 1.0), x[0]])

    h, x = dt_h / parts, np.array([air_c, mass_c, 0.0])
    for k in range(parts):
        s = k * h
        a = rate(s, x)
        b = rate(s + h / 2, x + h / 2 * a)
        c = rate(s + h / 2, x + h / 2 * b)
        x = x + h / 6 * (a + 2 * b + 2 * c + rate(s + h, x + h * c))
    return float(x[0]), float(x[1]), float(x[2] / dt_h)


@pytest.mark.parametrize("envelope", CASES)
@pytest.mark.parametrize("dt_h", [0.01, 1.0])
def test_a_step_agrees_with_runge_kutta(envelope: Envelope, dt_h: float) -> None:
    after = modes(envelope, dt_h).drift(21.0, 18.0, FLOWS)
    air_c, mass_c, mean_c = integrated(envelope, 21.0, 18.0, FLOWS, dt_h)
    assert np.allclose([after.air_c, after.mass_c, after.mean_air_c], [air_c, mass_c, mean_c], rtol=0, atol=1e-9)


@pytest.mark.parametrize("envelope", CASES)
def test_what_a_kw_adds_is_the_difference_between_with_and_without(envelope: Envelope) -> None:
    solved = modes(envelope, 0.5)
    added = solved.per_kw()
    warm, cold = (solved.drift(20.0, 20.0, Flows(kw, 0.0, 5.0, 0.0)) for kw in (1.0, 0.0))
    assert np.allclose(
        [added.air_c, added.mass_c, added.mean_air_c], [warm.air_c - cold.air_c, warm.mass_c - cold.mass_c, warm.mean_air_c - cold.mean_air_c]
    )


def test_one_capacity_is_the_textbook_exponential() -> None:
    after = modes(CASES[0], 2.0).drift(25.0, 25.0, Flows(0.5, 0.0, 10.0, 0.0))
    tau_h, settled_c = 10.0 * 1e6 / 3.6e6, 10.0 + 0.5 * 10.0
    assert abs(after.air_c - (settled_c + (25.0 - settled_c) * np.exp(-2.0 / tau_h))) < 1e-12


@pytest.mark.parametrize("envelope", CASES)
def test_an_endless_step_comes_to_rest_and_does_not_explode(envelope: Envelope) -> None:
    after = modes(envelope, 1e7).drift(80.0, -40.0, Flows(1.0, 0.0, 10.0, 0.0))
    assert abs(after.air_c - (10.0 + envelope.r_k_per_kw)) < 1e-3


def test_a_small_mass_is_nearly_none() -> None:
    with_mass = modes(Envelope(5.0, 2.0, 0.5, 1e-9), 0.25).drift(20.0, 20.0, FLOWS)
    without = modes(Envelope(5.0, 2.0, 0.5, 0.0), 0.25).drift(20.0, 20.0, Flows(1.7, 0.0, -3.0, 0.8))
    assert abs(with_mass.air_c - without.air_c) < 1e-6
