"""Envelope: temperatures of a room and its thermal mass over a step, exact for any length of step."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore_hvac.limits import Real
from pgcore_hvac.phi import phi


@frozen(eq=False)
class Envelope:
    """One resistance and one capacity (1R1C), or two of each (2R2C) where there is a mass.

    C_air · T_air' = (T_out − T_air)/R + (T_mass − T_air)/R_mass + Q_air and C_mass · T_mass' = (T_air − T_mass)/R_mass + Q_mass: the *equivalent
    thermal parameters* model of a house (Sonderegger, "Dynamic models of house heating based on equivalent thermal parameters", Princeton
    University, 1978; it is that of GridLAB-D's houses). Without a mass the second equation stands still.
    """

    r_k_per_kw: Real
    c_air_kwh_per_k: Real
    r_mass_k_per_kw: Real
    c_mass_kwh_per_k: Real
    """0 where there is no mass."""


@frozen(eq=False)
class Drift:
    """What a step makes of temperatures, in °C: at its end, and as a mean over it."""

    air_c: Any
    mass_c: Any
    mean_air_c: Any


@frozen(eq=False)
class Flows:
    """Heat into both nodes during a step, kW, and the outdoor temperature: its mean, and how fast it changes."""

    air_kw: Real
    mass_kw: Real
    outdoor_c: Real
    outdoor_k_per_h: Real


@frozen(eq=False)
class Modes:
    """An envelope solved for steps of one length; each field is a number or ``(n,)``.

    Its matrix has two real eigenvalues, both ≤ 0, and a function f of it acts as f(fast)·P + f(slow)·(1 − P) with the projector P on the fast mode
    (Sylvester's formula): for two by two that is the matrix exponential in closed form, element by element.
    """

    envelope: Envelope
    dt_h: float
    fast: tuple[Any, Any, Any, Any]
    """φ₀ … φ₃ of the fast mode."""
    slow: tuple[Any, Any, Any, Any]
    air_air: Any
    """Entries of the projector on the fast mode: what the air (first) gets of the air, and so on."""
    air_mass: Any
    mass_air: Any

    def drift(self, air_c: Real, mass_c: Real, flows: Flows) -> Drift:
        """Temperatures after a step in which heat flows are constant and the outdoor temperature changes in proportion to time."""
        c_air, c_mass = self.envelope.c_air_kwh_per_k, _capacity(self.envelope)
        leak_per_h = 1.0 / (self.envelope.r_k_per_kw * c_air)
        first_c = flows.outdoor_c - 0.5 * self.dt_h * flows.outdoor_k_per_h
        parts = (
            self._split(air_c, mass_c),
            self._split(leak_per_h * first_c + flows.air_kw / c_air, np.where(self.envelope.c_mass_kwh_per_k > 0.0, flows.mass_kw / c_mass, 0.0)),
            self._split(leak_per_h * flows.outdoor_k_per_h, 0.0),
        )
        end_air, end_mass = self._sum(parts, 0)
        return Drift(end_air, end_mass, self._sum(parts, 1)[0])

    def per_kw(self) -> Drift:
        """How much warmer all is for each kW into the air throughout the step, K/kW: the model is linear, so this adds to a :meth:`drift`."""
        parts = (self._split(1.0 / self.envelope.c_air_kwh_per_k, 0.0),)
        end_air, end_mass = self._sum(parts, 1)
        return Drift(self.dt_h * end_air, self.dt_h * end_mass, self.dt_h * self._sum(parts, 2)[0])

    def _split(self, air: Real, mass: Real) -> tuple[Any, Any, Any, Any]:
        """The fast and the slow part of a pair: (fast air, fast mass, slow air, slow mass)."""
        fast_air, fast_mass = self.air_air * air + self.air_mass * mass, self.mass_air * air + (1.0 - self.air_air) * mass
        return fast_air, fast_mass, air - fast_air, mass - fast_mass

    def _sum(self, parts: tuple[tuple[Any, Any, Any, Any], ...], first: int) -> tuple[Any, Any]:
        """Σ hᵏ · φ_{first + k}(matrix · h) · part k, for the air and the mass."""
        air: Any = 0.0
        mass: Any = 0.0
        for k, (fast_air, fast_mass, slow_air, slow_mass) in enumerate(parts):
            fast, slow = self.dt_h**k * self.fast[first + k], self.dt_h**k * self.slow[first + k]
            air, mass = air + fast * fast_air + slow * slow_air, mass + fast * fast_mass + slow * slow_mass
        return air, mass


def modes(envelope: Envelope, dt_h: float) -> Modes:
    """Solve an envelope for steps of ``dt_h`` hours."""
    coupled = np.asarray(envelope.c_mass_kwh_per_k) > 0.0
    leak_per_h = 1.0 / (envelope.r_k_per_kw * envelope.c_air_kwh_per_k)
    to_mass_per_h = np.where(coupled, 1.0 / (envelope.r_mass_k_per_kw * envelope.c_air_kwh_per_k), 0.0)
    to_air_per_h = np.where(coupled, 1.0 / (envelope.r_mass_k_per_kw * _capacity(envelope)), 0.0)
    half = 0.5 * (leak_per_h + to_mass_per_h - to_air_per_h)
    root = np.sqrt(half * half + to_mass_per_h * to_air_per_h)
    fast_per_h = -(0.5 * (leak_per_h + to_mass_per_h + to_air_per_h) + root)
    slow_per_h = leak_per_h * to_air_per_h / fast_per_h  # the product of both is known, and the difference would cancel
    gap_per_h = fast_per_h - slow_per_h
    air_air = (-(leak_per_h + to_mass_per_h) - slow_per_h) / gap_per_h
    fast, slow = zip(*phi(np.stack([fast_per_h * dt_h, slow_per_h * dt_h])), strict=True)
    return Modes(envelope, dt_h, fast, slow, air_air, to_mass_per_h / gap_per_h, to_air_per_h / gap_per_h)


def _capacity(envelope: Envelope) -> Any:
    """The mass's capacity, or something to divide by where there is none."""
    return np.where(np.asarray(envelope.c_mass_kwh_per_k) > 0.0, envelope.c_mass_kwh_per_k, 1.0)
