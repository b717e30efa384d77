"""Acme: an electric heater with a heat store, to be changed into your device."""

import numpy as np
from attrs import frozen
from pgcore.contracts.device import Device, Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot, quantity


@frozen
class Acme(Device):
    """Electric heater with a heat store.

    E⁺ = E·(1 − σ)^dt + P·dt − served, with E in 0…capacity: the energy balance of a well-mixed store. The store loses heat first, then gives and
    takes; what it cannot give is unserved, and the heater takes no more power than there is room for.

    Answers the signal ``price``: heats at full power up to ``heat_below_per_mwh``, and rests above.
    """

    type = "acme"
    p_max_mw: float = quantity("MW", "rated power of the heater", gt=0)
    capacity_mwh: float = quantity("MWh", "heat that a full store holds", gt=0)
    loss_share_per_h: float = quantity("1/h", "share of the heat that is lost in an hour", default=0.02, ge=0, lt=1)
    filled_start: float = quantity("1", "how full the store is at reset", default=0.5, ge=0, le=1)
    heat_below_per_mwh: float = quantity("currency/MWh", "price up to which it heats when it answers one", default=60.0)

    needs = (Need("heat_mw", "MW", 0.0, 1000.0, "heat that is wanted"),)
    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "set point; power into the grid is positive, so heating is negative"),)
    slots = (
        Slot("filled", "1", 0.0, 1.0, "how full the store is"),
        Slot("heat_mw", "MW", 0.0, 1000.0, "heat wanted in the step to come"),
    )

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        return {"heat_mwh": np.zeros(shape) + self.filled_start * self.capacity_mwh}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        before_mwh = state["heat_mwh"]
        kept_mwh = before_mwh * np.power(1.0 - self.loss_share_per_h, dt_h)
        wanted_mwh = exo["heat_mw"] * dt_h
        asked_mwh = np.clip(-action["p_mw"], 0.0, self.p_max_mw) * dt_h
        served_mwh = np.minimum(wanted_mwh, kept_mwh + asked_mwh)
        taken_mwh = np.minimum(asked_mwh, self.capacity_mwh - kept_mwh + served_mwh)
        heat_mwh = np.clip(kept_mwh + taken_mwh - served_mwh, 0.0, self.capacity_mwh)  # full or empty to the last bit
        effect = Effect(
            p_mw=-taken_mwh / dt_h,
            stored_mwh=heat_mwh - before_mwh,
            loss_mwh=before_mwh - kept_mwh,
            useful_mwh=served_mwh,
            unserved_mwh=wanted_mwh - served_mwh,
        )
        return {"heat_mwh": heat_mwh}, effect

    def observe(self, state: State, exo: Values) -> Values:
        return {"filled": np.clip(state["heat_mwh"] / self.capacity_mwh, 0.0, 1.0), "heat_mw": exo["heat_mw"]}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if "price" not in signal:
            return action
        return {**action, "p_mw": np.where(signal["price"] <= self.heat_below_per_mwh, -self.p_max_mw, 0.0)}
