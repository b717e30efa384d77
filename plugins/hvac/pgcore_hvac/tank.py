"""Tank: a store of hot water with a heater or a heat pump, and what is drawn from it."""

from typing import Any

import numpy as np
from attrs import Attribute, Factory, frozen

from pgcore.contracts.device import Device, Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot, option, quantity
from pgcore_hvac.compressor import Compressor, Demand, chosen
from pgcore_hvac.heat_pump import heating_cop
from pgcore_hvac.limits import positive, require, within
from pgcore_hvac.water import KWH_PER_LITRE_K, Water, heated

KW_PER_MW = 1000.0
W_PER_KW = 1000.0


@frozen
class HotWaterTank(Device):
    """Tank of well-mixed hot water with a resistance heater or heat pump, a mixing valve and a cut-out, exact in continuous time.

    C·T' = Q − UA·(T − T_room) − heat drawn, with C = 1.163 Wh/(litre·K): the energy balance of a stirred tank. Taps want ``draw_l_per_h`` at
    ``use_c``: while the tank is at least that warm, a valve mixes in cold water and the heat drawn is constant; below, all water comes from the tank
    and what is missing is unserved. Each is solved in closed form, and so is the instant at which one becomes the other.
    With ``regulation: power`` an hour at constant inputs ends the same however it is cut.

    ``regulation``: a ``thermostat`` is on or off, judged at the beginning of each step: on below the set point minus the hysteresis, off at the set
    point; the agent may move the set point, and without it that is kept. With ``power`` the agent sets the power. Either way a cut-out (at the set
    point, or at ``max_c``) stops the water from getting warmer: once there, the heater gives what keeps it there for the rest of the step.

    Energy: ``stored`` is heat in the water; ``loss`` what goes into the room; ``useful`` the heat drawn, less what comes from a warmer
    room, and from outdoors by a heat pump.
    A heat pump's COP is carnot_share · T_supply/(T_supply − T_out), in kelvin, within cop_low … cop_high.

    Answers the signal ``price``: the set point goes up by ``preheat_k`` up to ``preheat_below_per_mwh`` and down by ``coast_k`` from
    ``coast_above_per_mwh`` on. With ``regulation: power`` it heats while below that set point.

    >>> tank = HotWaterTank(volume_l=200.0, p_max_mw=0.002, loss_w_per_k=0.0, regulation="power")
    >>> exo = {"draw_l_per_h": 0.0, "cold_c": 10.0, "room_c": 20.0, "outdoor_c": 10.0}
    >>> start = {"water_c": 50.0, "on": 0.0, "cooling": 0.0, "hours": 0.0}
    >>> state, effect = tank.step(start, {"p_mw": -0.001163, "heat_to_c": 55.0}, exo, 1.0)
    >>> round(float(state["water_c"]), 9), float(effect.p_mw)
    (55.0, -0.001163)
    """

    type = "hot_water_tank"
    volume_l: float = quantity("l", "water in the tank", gt=0, le=1e6)
    p_max_mw: float = quantity("MW", "largest electric power", gt=0)
    loss_w_per_k: float = quantity("W/K", "heat lost per kelvin between water and room", default=1.5, ge=0, le=1e6)
    machine: str = option("what makes heat", default="resistance", choices=("heat_pump", "resistance"))
    regulation: str = option("who decides on the power", default="thermostat", choices=("thermostat", "power"))
    carnot_share: float = quantity("1", "COP over that of Carnot", default=0.4, gt=0, le=1)
    cop_low: float = quantity("1", "lowest COP", default=1.0, gt=0)
    cop_high: float = quantity("1", "highest COP", default=6.0, gt=0)
    supply_c: float = quantity("°C", "temperature at which a heat pump delivers heat", default=55.0, gt=-50, le=100)
    use_c: float = quantity("°C", "temperature that is wanted at the taps", default=40.0, ge=0, le=100)
    heat_to_c: float = quantity("°C", "set point", default=55.0, ge=0, le=100)
    max_c: float = quantity("°C", "temperature at which the cut-out acts", default=80.0, gt=0, le=100)
    hysteresis_k: float = quantity("K", "how far below the set point the thermostat switches on", default=5.0, ge=0)
    min_on_h: float = quantity("h", "shortest time on", default=0.0, ge=0)
    min_off_h: float = quantity("h", "shortest time off", default=0.0, ge=0)
    start_c: float = quantity("°C", "temperature at reset; heat_to_c by default", default=Factory(lambda self: self.heat_to_c, takes_self=True))
    start_max_c: float = quantity(
        "°C",
        "upper end of a random temperature at reset, which start_c is the lower end of; start_c (not random) by default",
        default=Factory(lambda self: self.start_c, takes_self=True),
    )
    preheat_k: float = quantity("K", "how far it goes beyond its set point at a low price", default=10.0, ge=0)
    coast_k: float = quantity("K", "how far it lets go of its set point at a high price", default=10.0, ge=0)
    preheat_below_per_mwh: float = quantity("currency/MWh", "price up to which it stores heat when it answers a price", default=40.0)
    coast_above_per_mwh: float = quantity("currency/MWh", "price from which it lets go when it answers a price", default=80.0)

    needs = (
        Need("draw_l_per_h", "l/h", 0.0, 1e6, "water wanted at the taps, at use_c"),
        Need("cold_c", "°C", 0.0, 40.0, "temperature of the cold water", default=10.0),
        Need("room_c", "°C", -20.0, 50.0, "temperature around the tank", default=20.0),
        Need("outdoor_c", "°C", -60.0, 60.0, "outdoor temperature, for a heat pump", default=10.0),
    )
    knobs = (
        Knob("heat_to_c", "°C", 0.0, "max_c", "set point", default="heat_to_c"),
        Knob("p_mw", "MW", "-p_max_mw", 0.0, "power to inject: negative heats"),
    )
    slots = (
        Slot("water_c", "°C", 0.0, 100.0, "temperature of the water"),
        Slot("draw_l_per_h", "l/h", 0.0, 1e6, "water wanted in the step to come"),
        Slot("on", "1", 0.0, 1.0, "1 while it heats"),
        Slot("locked", "1", 0.0, 1.0, "share of the minimum time on or off that is left; 0 when it may be switched"),
    )
    source = "ambient heat"

    @cop_high.validator
    def _is_not_below_cop_low(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.cop_low, field.name, value, f">= cop_low, which is {self.cop_low:g}")

    @max_c.validator
    def _is_above_set_points(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.heat_to_c, field.name, value, f">= heat_to_c, which is {self.heat_to_c:g}")
        require(value >= self.use_c, field.name, value, f">= use_c, which is {self.use_c:g}")

    @start_max_c.validator
    def _lies_above_start(self, field: "Attribute[float]", value: float) -> None:
        require(0.0 <= self.start_c <= value <= self.max_c, field.name, value, f"in start_c … max_c, which is {self.start_c:g} … {self.max_c:g}")

    @coast_above_per_mwh.validator
    def _is_not_below_preheating(self, field: "Attribute[float]", value: float) -> None:
        expected = f">= preheat_below_per_mwh, which is {self.preheat_below_per_mwh:g}"
        require(value >= self.preheat_below_per_mwh, field.name, value, expected)

    def active_knobs(self) -> tuple[Knob, ...]:
        return self.knobs[1:] if self.regulation == "power" else self.knobs[:1]

    def rating_mva(self) -> float:
        return self.p_max_mw

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        water_c, zero = rng.uniform(self.start_c, self.start_max_c, size=shape), np.zeros(shape)
        return {"water_c": water_c, "on": zero, "cooling": zero, "hours": zero + np.maximum(self.min_on_h, self.min_off_h)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        by_power = chosen(self.regulation, "power")
        heat_to_c = within(action["heat_to_c"], 0.0, self.max_c)
        cold = state["water_c"] < heat_to_c - np.where(state["on"] > 0.5, 0.0, self.hysteresis_k)
        wanted_mw = np.where(by_power, within(-action["p_mw"], 0.0, self.p_max_mw), np.where(cold, self.p_max_mw, 0.0))
        least_mw = np.where(by_power, 0.0, self.p_max_mw)
        switched, most_mw = self._compressor().run(state, Demand(wanted_mw, 0.0, least_mw), dt_h)
        cop = self._cop(exo["outdoor_c"])
        after = heated(self._water(exo), state["water_c"], most_mw * cop * KW_PER_MW, np.where(by_power, self.max_c, heat_to_c), dt_h)
        electric_mwh = after.heat_kwh / (cop * KW_PER_MW)
        moved_mwh = electric_mwh - after.heat_kwh / KW_PER_MW  # negative: taken from outdoors
        effect = Effect(
            p_mw=-electric_mwh / dt_h,
            stored_mwh=self.volume_l * KWH_PER_LITRE_K * (after.water_c - state["water_c"]) / KW_PER_MW,
            loss_mwh=after.lost_kwh / KW_PER_MW + positive(moved_mwh),
            useful_mwh=(after.drawn_kwh - after.gained_kwh) / KW_PER_MW - positive(-moved_mwh),
            unserved_mwh=positive(after.wanted_kwh - after.drawn_kwh) / KW_PER_MW,
        )
        return {"water_c": after.water_c, **switched}, effect

    def observe(self, state: State, exo: Values) -> Values:
        return {
            "water_c": within(state["water_c"], 0.0, 100.0),
            "draw_l_per_h": within(exo["draw_l_per_h"], 0.0, 1e6),
            "on": state["on"],
            "locked": self._compressor().share_left(state),
        }

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if "price" not in signal:
            return action
        price = signal["price"]
        shift_k = np.where(price >= self.coast_above_per_mwh, -self.coast_k, np.where(price <= self.preheat_below_per_mwh, self.preheat_k, 0.0))
        heat_to_c = within(action["heat_to_c"] + shift_k, 0.0, self.max_c)
        by_power = np.where(state["water_c"] < heat_to_c, -self.p_max_mw, 0.0)
        return {"heat_to_c": heat_to_c, "p_mw": np.where(chosen(self.regulation, "power"), by_power, action["p_mw"])}

    def _water(self, exo: Values) -> Water:
        return Water(
            capacity_kwh_per_k=self.volume_l * KWH_PER_LITRE_K,
            loss_kw_per_k=self.loss_w_per_k / W_PER_KW,
            room_c=exo["room_c"],
            # water that is cold at least as warm as wanted takes nothing from the tank
            draw_kw_per_k=np.where(self.use_c > exo["cold_c"], positive(exo["draw_l_per_h"]), 0.0) * KWH_PER_LITRE_K,
            cold_c=exo["cold_c"],
            use_c=self.use_c,
        )

    def _cop(self, outdoor_c: Any) -> Any:
        by_pump = heating_cop(self.carnot_share, self.supply_c, outdoor_c, self.cop_low, self.cop_high)
        return np.where(chosen(self.machine, "resistance"), 1.0, by_pump)

    def _compressor(self) -> Compressor:
        return Compressor(self.p_max_mw, self.min_on_h, self.min_off_h)
