"""Battery: an energy store behind an inverter."""

from typing import Any

import numpy as np
from attrs import Attribute, Factory, frozen

from pgcore.builtin.devices.inverter import circle_mvar
from pgcore.builtin.devices.limits import full, positive, require, within
from pgcore.contracts.device import Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import Slot, option, quantity


@frozen
class Battery(Device):
    """Energy store with losses, a power limit and a state of charge.

    E⁺ = E·(1 − σ)^dt + η_c·P_c·dt − P_d·dt/η_d, where P = P_d − P_c is the power into the grid and one of the two is always zero (the usual
    storage model, e.g. Wood, Wollenberg and Sheblé, *Power Generation, Operation, and Control*, 3rd ed.; Pozo et al., IEEE Trans. Power
    Syst. 29(6), 2014). P is cut to what the energy allows: E stays in [soc_min, soc_max]·capacity; should self-discharge take it below,
    the battery can only be charged. |Q| ≤ √(S² − P²): active power has priority. Cost: wear per MWh that passes through the cells, either way.

    Without self-discharge, or at rest, an hour at constant power gives the same energy however it is cut into steps; otherwise what is charged
    within a step starts to decay in the next.

    Answers the signal ``price``: charges at full power up to ``buy_below_per_mwh``, discharges from ``sell_above_per_mwh`` on, and rests between.

    >>> ess = Battery(capacity_mwh=2.0, p_max_mw=0.5, eta=0.9, soc_start=0.5)
    >>> state, effect = ess.step({"energy_mwh": 1.0}, {"p_mw": -0.4, "q_mvar": 0.0}, {}, 1.0)
    >>> float(state["energy_mwh"]), round(float(effect.loss_mwh), 9)
    (1.36, 0.04)
    """

    type = "battery"
    capacity_mwh: float = quantity("MWh", "energy that a full battery holds", gt=0)
    p_max_mw: float = quantity("MW", "largest power at the grid side, in either direction", gt=0)
    s_max_mva: float = quantity(
        "MVA", "rating of the inverter, at least p_max_mw; p_max_mw by default", default=Factory(lambda self: self.p_max_mw, takes_self=True), gt=0
    )
    q_control: bool = option("whether an agent sets the reactive power", default=False)
    eta: float = quantity("1", "efficiency, each way", default=0.95, gt=0, le=1)
    eta_charge: float = quantity("1", "efficiency of charging; eta by default", default=Factory(lambda self: self.eta, takes_self=True), gt=0, le=1)
    eta_discharge: float = quantity(
        "1", "efficiency of discharging; eta by default", default=Factory(lambda self: self.eta, takes_self=True), gt=0, le=1
    )
    soc_min: float = quantity("1", "lowest state of charge to discharge to", default=0.0, ge=0, lt=1)
    soc_max: float = quantity("1", "highest state of charge to charge to", default=1.0, gt=0, le=1)
    soc_start: float = quantity(
        "1",
        "state of charge at reset; half way between its limits by default",
        default=Factory(lambda self: 0.5 * (self.soc_min + self.soc_max), takes_self=True),
        ge=0,
        le=1,
    )
    soc_start_max: float = quantity(
        "1",
        "upper end of a random state of charge at reset, which soc_start is the lower end of; soc_start (not random) by default",
        default=Factory(lambda self: self.soc_start, takes_self=True),
        ge=0,
        le=1,
    )
    self_discharge_per_h: float = quantity("1/h", "share of the energy that is lost in an hour", default=0.0, ge=0, lt=1)
    wear_cost_per_mwh: float = quantity("currency/MWh", "wear for energy through the cells, in either direction", default=0.0, ge=0)
    buy_below_per_mwh: float = quantity("currency/MWh", "price up to which it charges when it answers a price", default=40.0)
    sell_above_per_mwh: float = quantity("currency/MWh", "price from which it discharges when it answers a price", default=80.0)

    knobs = (
        Knob("p_mw", "MW", "-p_max_mw", "p_max_mw", "power to inject; negative charges"),
        Knob("q_mvar", "Mvar", "-s_max_mva", "s_max_mva", "reactive power to inject"),
    )
    slots = (Slot("soc", "1", 0.0, 1.0, "state of charge"),)

    @s_max_mva.validator
    def _carries_p_max(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.p_max_mw, field.name, value, f">= p_max_mw, which is {self.p_max_mw:g}")

    @soc_max.validator
    def _is_above_soc_min(self, field: "Attribute[float]", value: float) -> None:
        require(value > self.soc_min, field.name, value, f"> soc_min, which is {self.soc_min:g}")

    @soc_start.validator
    def _lies_in_limits(self, field: "Attribute[float]", value: float) -> None:
        require(self.soc_min <= value <= self.soc_max, field.name, value, f"in soc_min … soc_max, which is {self.soc_min:g} … {self.soc_max:g}")

    @soc_start_max.validator
    def _lies_above_soc_start(self, field: "Attribute[float]", value: float) -> None:
        expected = f"in soc_start … soc_max, which is {self.soc_start:g} … {self.soc_max:g}"
        require(self.soc_start <= value <= self.soc_max, field.name, value, expected)

    @sell_above_per_mwh.validator
    def _is_not_below_buying(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.buy_below_per_mwh, field.name, value, f">= buy_below_per_mwh, which is {self.buy_below_per_mwh:g}")

    def active_knobs(self) -> tuple[Knob, ...]:
        return self.knobs if self.q_control else self.knobs[:1]

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        soc = rng.uniform(self.soc_start, self.soc_start_max, size=shape)
        return {"energy_mwh": full(shape, soc * self.capacity_mwh)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        before_mwh = state["energy_mwh"]
        kept_mwh = before_mwh * np.power(1.0 - self.self_discharge_per_h, dt_h)
        low_mwh, high_mwh = self.soc_min * self.capacity_mwh, self.soc_max * self.capacity_mwh
        asked_mw = within(action["p_mw"], -self.p_max_mw, self.p_max_mw)
        charge_mw = np.minimum(positive(-asked_mw), positive(high_mwh - kept_mwh) / (self.eta_charge * dt_h))
        discharge_mw = np.minimum(positive(asked_mw), positive(kept_mwh - low_mwh) * self.eta_discharge / dt_h)
        into_mwh = self.eta_charge * charge_mw * dt_h
        out_of_mwh = discharge_mw * dt_h / self.eta_discharge
        # charging or discharging exactly to a limit may miss it by the last bit
        energy_mwh = within(kept_mwh + into_mwh - out_of_mwh, np.minimum(kept_mwh, low_mwh), high_mwh)
        p_mw = discharge_mw - charge_mw
        effect = Effect(
            p_mw=p_mw,
            q_mvar=self._reactive(action["q_mvar"], p_mw),
            cost=self.wear_cost_per_mwh * (into_mwh + out_of_mwh),
            stored_mwh=energy_mwh - before_mwh,
            loss_mwh=(before_mwh - kept_mwh) + (1.0 - self.eta_charge) * charge_mw * dt_h + (1.0 - self.eta_discharge) * out_of_mwh,
        )
        return {"energy_mwh": energy_mwh}, effect

    def observe(self, state: State, exo: Values) -> Values:
        return {"soc": within(state["energy_mwh"] / self.capacity_mwh, 0.0, 1.0)}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if "price" not in signal:
            return action
        price = signal["price"]
        dear, cheap = price >= self.sell_above_per_mwh, price <= self.buy_below_per_mwh
        return {**action, "p_mw": np.where(dear, self.p_max_mw, np.where(cheap, -self.p_max_mw, 0.0))}

    def _reactive(self, q_mvar: Any, p_mw: Any) -> Any:
        room_mvar = circle_mvar(self.s_max_mva, p_mw)
        return within(np.where(self.q_control, q_mvar, 0.0), -room_mvar, room_mvar)
