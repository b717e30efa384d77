"""Generator: a dispatchable unit that burns fuel."""

from typing import Any

import numpy as np
from attrs import Attribute, Factory, frozen

from pgcore.builtin.devices.inverter import circle_mvar, power_factor_mvar
from pgcore.builtin.devices.limits import full, positive, require, within
from pgcore.columns import Array
from pgcore.contracts.device import Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import Slot, option, quantity

ROUNDING_H = 1e-9
"""Hours that add up from steps such as 5 min miss whole numbers by rounding; a minimum time is over this much early."""
SECONDS_PER_H = 3600.0


@frozen
class Generator(Device):
    """Dispatchable generator with quadratic cost, ramps, minimum times and a capability curve.

    Cost: (a + b·P + c·P²)·dt while on, plus the start cost (Wood, Wollenberg and Sheblé, *Power Generation, Operation, and Control*, 3rd ed.,
    chapters 3 and 4). The setpoint is projected on p_min ≤ P ≤ p_max and −ramp_down·dt ≤ P − P_before ≤ ramp_up·dt, so nothing is ever violated.

    With ``committable`` it can be switched: once on it stays on for ``min_up_h``, once off it stays off for ``min_down_h``, and orders to the
    contrary are put off. A unit that starts may go to p_min at once, whatever its ramp, and beyond as far as the ramp from zero reaches; a unit that
    is shut down goes to zero at once. At reset no minimum time is running.

    Reactive power: |Q| ≤ √(S² − P²), |Q| ≤ |P|·tan(acos pf_min) and q_min ≤ Q ≤ q_max (Kundur, *Power System Stability and Control*,
    section 5.4, with the field and end-region limits simplified to q_min and q_max); active power has priority. Zero while off.

    Answers the signal ``price``: P = (price − b)/(2c) within its limits, and it is on when that earns at least its cost.

    >>> unit = Generator(p_max_mw=0.6, a_per_h=1.0, b_per_mwh=50.0, c_per_mw2h=10.0)
    >>> action = {"p_mw": 0.5, "q_mvar": 0.0, "on": 1.0}
    >>> _, effect = unit.step(unit.initial((), None), action, {}, 1.0)
    >>> float(effect.cost)
    28.5
    """

    type = "generator"
    p_max_mw: float = quantity("MW", "largest power", gt=0)
    p_min_mw: float = quantity("MW", "smallest power while on", default=0.0, ge=0)
    a_per_h: float = quantity("currency/h", "cost of an hour on, at any power", default=0.0, ge=0)
    b_per_mwh: float = quantity("currency/MWh", "cost in proportion to power", default=0.0)
    c_per_mw2h: float = quantity("currency/MW²h", "cost in proportion to the square of power", default=0.0, ge=0)
    ramp_up_mw_per_h: float = quantity(
        "MW/h",
        "fastest rise of power; by default the whole range in a second",
        default=Factory(lambda self: SECONDS_PER_H * self.p_max_mw, takes_self=True),
        gt=0,
    )
    ramp_down_mw_per_h: float = quantity(
        "MW/h", "fastest fall of power; ramp_up_mw_per_h by default", default=Factory(lambda self: self.ramp_up_mw_per_h, takes_self=True), gt=0
    )
    committable: bool = option("whether an agent switches it on and off; otherwise it is always on", default=False)
    min_up_h: float = quantity("h", "shortest time on", default=0.0, ge=0)
    min_down_h: float = quantity("h", "shortest time off", default=0.0, ge=0)
    start_cost: float = quantity("currency", "cost of a start", default=0.0, ge=0)
    on_start: bool = option("whether it is on at reset", default=True)
    p_start_mw: float = quantity(
        "MW", "power before the first step, for the ramp; p_min_mw by default", default=Factory(lambda self: self.p_min_mw, takes_self=True), ge=0
    )
    q_min_mvar: float = quantity("Mvar", "smallest reactive power (negative absorbs)", default=0.0, le=0)
    q_max_mvar: float = quantity("Mvar", "largest reactive power", default=0.0, ge=0)
    s_max_mva: float = quantity(
        "MVA",
        "rating, at least p_max_mw; by default one that never limits reactive power",
        default=Factory(lambda self: self.p_max_mw + max(self.q_max_mvar, -self.q_min_mvar), takes_self=True),
        gt=0,
    )
    pf_min: float = quantity("1", "smallest power factor; 0 for no limit", default=0.0, ge=0, le=1)

    knobs = (
        Knob("p_mw", "MW", "p_min_mw", "p_max_mw", "power to inject while on", default="p_min_mw"),
        Knob("q_mvar", "Mvar", "q_min_mvar", "q_max_mvar", "reactive power to inject"),
        Knob("on", "1", 0, 1, "whether to be on", default=1, discrete=True),
    )
    slots = (
        Slot("on", "1", 0.0, 1.0, "1 while on"),
        Slot("locked", "1", 0.0, 1.0, "share of the minimum time on or off that is left; 0 when it may be switched"),
    )
    source = "fuel"

    @p_min_mw.validator
    def _fits_below_p_max(self, field: "Attribute[float]", value: float) -> None:
        require(value <= self.p_max_mw, field.name, value, f"<= p_max_mw, which is {self.p_max_mw:g}")

    @on_start.validator
    def _is_on_if_always_on(self, field: "Attribute[bool]", value: bool) -> None:
        require(value or self.committable, field.name, value, "true, because committable is false; set committable to true")

    @p_start_mw.validator
    def _lies_in_range(self, field: "Attribute[float]", value: float) -> None:
        require(self.p_min_mw <= value <= self.p_max_mw, field.name, value, f"in p_min_mw … p_max_mw, which is {self.p_min_mw:g} … {self.p_max_mw:g}")

    @s_max_mva.validator
    def _carries_p_max(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.p_max_mw, field.name, value, f">= p_max_mw, which is {self.p_max_mw:g}")

    def active_knobs(self) -> tuple[Knob, ...]:
        free = {"p_mw": self.p_min_mw < self.p_max_mw, "q_mvar": self.q_min_mvar < self.q_max_mvar, "on": self.committable}
        return tuple(knob for knob in self.knobs if free[knob.name])

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        on = full(shape, self.on_start)
        free_h = np.maximum(self.min_up_h, self.min_down_h)
        return {"on": on, "hours": full(shape, free_h), "p_mw": on * self.p_start_mw}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        was_on = state["on"]
        on = self._switched(state, action)
        p_mw = on * self._ramped(action["p_mw"], state["p_mw"], dt_h)
        hours = np.where(on == was_on, state["hours"], 0.0) + dt_h
        running = self.a_per_h + self.b_per_mwh * p_mw + self.c_per_mw2h * p_mw * p_mw
        effect = Effect(
            p_mw=p_mw,
            q_mvar=on * self._reactive(action["q_mvar"], p_mw),
            cost=on * running * dt_h + on * (1.0 - was_on) * self.start_cost,
            useful_mwh=-p_mw * dt_h,
        )
        return {"on": on, "hours": hours, "p_mw": p_mw}, effect

    def observe(self, state: State, exo: Values) -> Values:
        if not np.any(self.committable):
            return {"on": state["on"], "locked": 0.0 * state["on"]}
        least_h = self._least_h(state)
        left_h = positive(least_h - state["hours"])
        share = np.where(self.committable & (least_h > 0.0), left_h / np.where(least_h > 0.0, least_h, 1.0), 0.0)
        return {"on": state["on"], "locked": within(share, 0.0, 1.0)}

    def allowed(self, state: State, exo: Values) -> dict[str, tuple[Array, Array]]:
        return {"on": self._commitment(state)}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if "price" not in signal:
            return action
        price = signal["price"]
        p_mw = self._best_mw(price)
        profit = price * p_mw - (self.a_per_h + self.b_per_mwh * p_mw + self.c_per_mw2h * p_mw * p_mw)
        return {**action, "p_mw": p_mw, "on": np.where(profit >= 0.0, 1.0, 0.0)}

    def _switched(self, state: State, action: Values) -> Any:
        """Status after the order, as far as the minimum times let it be carried out. Where no unit can be switched there is nothing to work out."""
        if not np.any(self.committable):
            return state["on"]
        low, high = self._commitment(state)
        return within(np.where(action["on"] >= 0.5, 1.0, 0.0), low, high)

    def _commitment(self, state: State) -> tuple[Any, Any]:
        """Lowest and highest status, 0 or 1, that the minimum times allow."""
        on = state["on"]
        locked = state["hours"] < self._least_h(state) - ROUNDING_H
        low = np.where(self.committable, np.where(locked, on, 0.0), 1.0)
        return low, np.where(self.committable & locked, on, 1.0)

    def _least_h(self, state: State) -> Any:
        return np.where(state["on"] > 0.5, self.min_up_h, self.min_down_h)

    def _ramped(self, p_mw: Any, before_mw: Any, dt_h: float) -> Any:
        low = np.maximum(self.p_min_mw, before_mw - self.ramp_down_mw_per_h * dt_h)
        high = np.maximum(self.p_min_mw, np.minimum(self.p_max_mw, before_mw + self.ramp_up_mw_per_h * dt_h))
        return within(p_mw, low, high)

    def _reactive(self, q_mvar: Any, p_mw: Any) -> Any:
        room_mvar = np.minimum(circle_mvar(self.s_max_mva, p_mw), power_factor_mvar(self.pf_min, p_mw))
        return within(q_mvar, np.maximum(self.q_min_mvar, -room_mvar), np.minimum(self.q_max_mvar, room_mvar))

    def _best_mw(self, price: Any) -> Any:
        """Where marginal cost b + 2cP meets the price. The price is cut to the marginal costs at the limits first, so nothing can overflow."""
        curved = np.asarray(self.c_per_mw2h) > 0.0
        slope = 2.0 * self.c_per_mw2h
        marginal = within(price, self.b_per_mwh + slope * self.p_min_mw, self.b_per_mwh + slope * self.p_max_mw)
        inner_mw = (marginal - self.b_per_mwh) / np.where(curved, slope, 1.0)
        flat_mw = np.where(price >= self.b_per_mwh, self.p_max_mw, self.p_min_mw)
        return within(np.where(curved, inner_mw, flat_mw), self.p_min_mw, self.p_max_mw)
