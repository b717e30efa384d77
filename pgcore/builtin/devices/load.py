"""Load: a consumer whose power follows profiles."""

import math

import numpy as np
from attrs import frozen

from pgcore.builtin.devices.limits import positive, within
from pgcore.contracts.device import Device, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot, quantity

PROFILE_MAX = 10.0
"""Largest profile value, of either sign: beyond it p_mw and q_mvar are not what profiles are per unit of."""


@frozen
class Load(Device):
    """Load with active and reactive profiles, part of which may be curtailed.

    Consumption is p_mw·p_profile·(1 − curtail) and q_mvar·q_profile·(1 − curtail), whatever the voltage (the constant-power model of Kundur,
    *Power System Stability and Control*, section 7.1). ``p_mw`` and ``q_mvar`` are consumption, so the injection has the opposite sign. An unfed
    ``p_profile`` is 1; an unfed ``q_profile`` follows ``p_profile``, which keeps the power factor constant.

    What is curtailed is reported as unserved and costs ``value_of_lost_load_per_mwh``. Where consumption is negative (generation behind the
    meter), nothing is curtailed.

    Answers the signals ``price`` (curtails all it may above its value of lost load) and ``curtail`` (at least that share of what it may).

    >>> house = Load(p_mw=2.0, q_mvar=0.5, curtailable=0.4, value_of_lost_load_per_mwh=1000.0)
    >>> _, effect = house.step({}, {"curtail": 0.25}, {"p_profile": 0.5, "q_profile": 0.6}, 1.0)
    >>> float(effect.p_mw), float(effect.unserved_mwh), float(effect.cost)
    (-0.75, 0.25, 250.0)
    """

    type = "load"
    p_mw: float = quantity("MW", "active power consumed where p_profile is 1", default=0.0)
    q_mvar: float = quantity("Mvar", "reactive power consumed where q_profile is 1", default=0.0)
    curtailable: float = quantity("1", "share of the consumption that may be curtailed", default=0.0, ge=0, le=1)
    value_of_lost_load_per_mwh: float = quantity("currency/MWh", "cost of energy that is not served", default=3000.0, ge=0)

    needs = (
        Need("p_profile", "1", -PROFILE_MAX, PROFILE_MAX, "active power per unit of p_mw", default=1.0),
        Need("q_profile", "1", -PROFILE_MAX, PROFILE_MAX, "reactive power per unit of q_mvar; p_profile when it is not given", default="p_profile"),
    )
    knobs = (Knob("curtail", "1", 0.0, "curtailable", "share of the consumption to curtail"),)
    slots = (Slot("p_profile", "1", -PROFILE_MAX, PROFILE_MAX, "active power wanted in the step to come, per unit of p_mw"),)
    source = "generation behind the meter"
    dt_invariant = True

    def rating_mva(self) -> float:
        return PROFILE_MAX * math.hypot(self.p_mw, self.q_mvar)

    def active_knobs(self) -> tuple[Knob, ...]:
        return self.knobs if self.curtailable > 0 else ()

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        wanted_mw = self.p_mw * exo["p_profile"]
        curtail = np.where(wanted_mw > 0.0, within(action["curtail"], 0.0, self.curtailable), 0.0)
        served_mw = wanted_mw * (1.0 - curtail)
        unserved_mwh = positive(wanted_mw) * curtail * dt_h
        effect = Effect(
            p_mw=-served_mw,
            q_mvar=-self.q_mvar * exo["q_profile"] * (1.0 - curtail),
            cost=self.value_of_lost_load_per_mwh * unserved_mwh,
            useful_mwh=served_mw * dt_h,
            unserved_mwh=unserved_mwh,
        )
        return state, effect

    def observe(self, state: State, exo: Values) -> Values:
        return {"p_profile": within(exo["p_profile"], -PROFILE_MAX, PROFILE_MAX)}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if not signal.keys() & {"price", "curtail"}:
            return action
        curtail = action["curtail"]
        if "price" in signal:
            curtail = np.maximum(curtail, np.where(signal["price"] > self.value_of_lost_load_per_mwh, self.curtailable, 0.0))
        if "curtail" in signal:
            curtail = np.maximum(curtail, within(signal["curtail"], 0.0, 1.0) * self.curtailable)
        return {**action, "curtail": curtail}
