"""Zone: a building with a heat pump or a heater, its thermostat, and how warm it is inside."""

from typing import Any

import numpy as np
from attrs import Attribute, Factory, frozen

from pgcore.columns import Array
from pgcore.contracts.device import Device, Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot, option, quantity
from pgcore_hvac.compressor import Compressor, Demand, chosen
from pgcore_hvac.envelope import Drift, Envelope, Flows, modes
from pgcore_hvac.heat_pump import cooling_cop, heating_cop
from pgcore_hvac.limits import positive, require, within

KW_PER_MW = 1000.0
W_PER_KW = 1000.0
COLDEST_C, WARMEST_C = -50.0, 100.0
"""What a thermometer indoors shows: observations end here."""


@frozen
class Hvac(Device):
    """Building with a heat pump or resistance heater: one room (1R1C), or a room and its thermal mass (2R2C), stepped exactly.

    C_air·T' = (T_out − T)/R + (T_mass − T)/R_mass + Q and C_mass·T_mass' = (T − T_mass)/R_mass + Q_mass (:class:`~pgcore_hvac.envelope.Envelope`).
    ``c_mass_kwh_per_k: 0`` leaves the mass out. Solved by the matrix exponential: no step is too long, and an hour at constant power and weather ends
    the same however it is cut. ``outdoor_c`` is the *mean* over the step; with ``outdoor_k_per_h`` it changes in proportion to time within the step.

    Heat = COP · power. A heat pump's COP is carnot_share · T_supply/(T_supply − T_out) when heating and carnot_share · T_supply/(T_out − T_supply)
    when cooling (kelvin), within cop_low … cop_high, at the step's mean outdoor temperature. A resistance heater's is 1.

    ``regulation``: ``modulating`` takes the power that meets the set point at the end of the step, ``thermostat`` is on or off with a hysteresis,
    judged at the beginning of each step; the agent may move the set points, and without it they are kept. With ``power`` it sets the power itself.

    Violation: K·h outside comfort_low_c … comfort_high_c (1 K counts as 1 pu), of the mean temperature of the step; exact unless the temperature
    crosses a limit within the step. Costs nothing: its energy is paid for at a meter.

    Energy: ``stored`` is heat in air and mass; ``loss`` what goes outdoors, through the envelope or from the cooler; ``useful`` is minus what comes
    from the surroundings: drawn by the heat pump, from the sun and people, and through the envelope when it is warmer outside. What goes through
    the envelope is counted net over each step.

    Answers the signal ``price``: warms ``preheat_k`` beyond its set point (or cools beyond it) up to ``preheat_below_per_mwh``, and lets go by
    ``coast_k`` from ``coast_above_per_mwh`` on. With ``power`` it runs at full power while a set point, so moved, asks for it.

    >>> house = Hvac(r_k_per_kw=5.0, c_air_kwh_per_k=4.0, p_max_mw=0.004, machine="resistance", heat_to_c=20.0)
    >>> state = {"air_c": 20.0, "mass_c": 20.0, "on": 0.0, "cooling": 0.0, "hours": 0.0}
    >>> action = {"heat_to_c": 20.0, "cool_to_c": 25.0, "p_mw": 0.0, "cool": 0}
    >>> _, effect = house.step(state, action, {"outdoor_c": 10.0, "outdoor_k_per_h": 0.0, "irradiance_w_per_m2": 0.0, "internal_mw": 0.0}, 1.0)
    >>> round(float(effect.p_mw), 9), round(float(effect.loss_mwh), 9)
    (-0.002, 0.002)
    """

    type = "hvac"
    r_k_per_kw: float = quantity("K/kW", "resistance between the air inside and the outdoors", gt=0, le=1e6)
    c_air_kwh_per_k: float = quantity("kWh/K", "heat capacity of the air and what follows it at once; of everything without a mass", gt=0, le=1e6)
    p_max_mw: float = quantity("MW", "largest electric power", gt=0)
    c_mass_kwh_per_k: float = quantity("kWh/K", "heat capacity of walls and furniture; 0 for none (1R1C)", default=0.0, ge=0, le=1e6)
    r_mass_k_per_kw: float = quantity("K/kW", "resistance between the air and that mass", default=0.5, gt=0, le=1e6)
    p_min_mw: float = quantity("MW", "smallest electric power while on", default=0.0, ge=0)
    power_factor: float = quantity("1", "active over apparent power; the reactive power is drawn", default=1.0, gt=0, le=1)
    machine: str = option("what makes heat", default="heat_pump", choices=("heat_pump", "resistance"))
    function: str = option("what it is for", default="heating", choices=("heating", "cooling", "both"))
    regulation: str = option("who decides on the power", default="modulating", choices=("modulating", "thermostat", "power"))
    carnot_share: float = quantity("1", "COP over that of Carnot", default=0.4, gt=0, le=1)
    cop_low: float = quantity("1", "lowest COP", default=1.0, gt=0)
    cop_high: float = quantity("1", "highest COP", default=6.0, gt=0)
    supply_heating_c: float = quantity("°C", "temperature at which a heat pump delivers heat", default=40.0, gt=-50, le=100)
    supply_cooling_c: float = quantity("°C", "temperature at which it takes heat in when cooling", default=12.0, gt=-50, le=100)
    heat_to_c: float = quantity("°C", "set point for heating", default=21.0)
    cool_to_c: float = quantity("°C", "set point for cooling", default=25.0)
    setpoint_min_c: float = quantity("°C", "lowest set point that an agent may choose", default=10.0, ge=-50, le=100)
    setpoint_max_c: float = quantity("°C", "highest set point that an agent may choose", default=30.0, ge=-50, le=100)
    hysteresis_k: float = quantity("K", "width of the thermostat's band, half of it on either side of the set point", default=1.0, ge=0)
    min_on_h: float = quantity("h", "shortest time on", default=0.0, ge=0)
    min_off_h: float = quantity("h", "shortest time off", default=0.0, ge=0)
    comfort_low_c: float = quantity("°C", "lowest temperature that is comfortable", default=19.0)
    comfort_high_c: float = quantity("°C", "highest temperature that is comfortable", default=26.0)
    window_m2: float = quantity("m²", "area that collects the sun: glass times its solar factor", default=0.0, ge=0)
    gain_mass_share: float = quantity(
        "1", "share of sun and internal gains that warms the mass, if there is one, and not the air", default=0.5, ge=0, le=1
    )
    start_c: float = quantity("°C", "temperature at reset; heat_to_c by default", default=Factory(lambda self: self.heat_to_c, takes_self=True))
    start_max_c: float = quantity(
        "°C",
        "upper end of a random temperature at reset, which start_c is the lower end of; start_c (not random) by default",
        default=Factory(lambda self: self.start_c, takes_self=True),
    )
    preheat_k: float = quantity("K", "how far it goes beyond a set point at a low price", default=1.0, ge=0)
    coast_k: float = quantity("K", "how far it lets go of a set point at a high price", default=1.0, ge=0)
    preheat_below_per_mwh: float = quantity("currency/MWh", "price up to which it stores heat when it answers a price", default=40.0)
    coast_above_per_mwh: float = quantity("currency/MWh", "price from which it lets go when it answers a price", default=80.0)

    needs = (
        Need("outdoor_c", "°C", -60.0, 60.0, "outdoor temperature, mean over the step"),
        Need("outdoor_k_per_h", "K/h", -100.0, 100.0, "how fast it changes during the step", default=0.0),
        Need("irradiance_w_per_m2", "W/m²", 0.0, 1500.0, "sun on the windows", default=0.0),
        Need("internal_mw", "MW", 0.0, 1000.0, "heat of people and appliances", default=0.0),
    )
    knobs = (
        Knob("heat_to_c", "°C", "setpoint_min_c", "setpoint_max_c", "set point for heating", default="heat_to_c"),
        Knob("cool_to_c", "°C", "setpoint_min_c", "setpoint_max_c", "set point for cooling", default="cool_to_c"),
        Knob("p_mw", "MW", "-p_max_mw", 0.0, "power to inject: negative heats or cools"),
        Knob("cool", "1", 0, 1, "whether that power cools", discrete=True),
    )
    slots = (
        Slot("indoor_c", "°C", COLDEST_C, WARMEST_C, "temperature of the air inside"),
        Slot("outdoor_c", "°C", -60.0, 60.0, "outdoor temperature, mean over the step to come"),
        Slot("on", "1", 0.0, 1.0, "1 while it heats or cools"),
        Slot("locked", "1", 0.0, 1.0, "share of the minimum time on or off that is left; 0 when it may be switched"),
    )
    source = "ambient heat"

    @p_min_mw.validator
    def _fits_below_p_max(self, field: "Attribute[float]", value: float) -> None:
        require(value <= self.p_max_mw, field.name, value, f"<= p_max_mw, which is {self.p_max_mw:g}")

    @function.validator
    def _suits_the_machine(self, field: "Attribute[str]", value: str) -> None:
        require(value == "heating" or self.machine == "heat_pump", field.name, value, "heating, because machine is resistance")

    @cop_high.validator
    def _is_not_below_cop_low(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.cop_low, field.name, value, f">= cop_low, which is {self.cop_low:g}")

    @cool_to_c.validator
    def _is_not_below_heating(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.heat_to_c or self.function != "both", field.name, value, f">= heat_to_c, which is {self.heat_to_c:g}")

    @setpoint_max_c.validator
    def _holds_the_set_points(self, field: "Attribute[float]", value: float) -> None:
        low, high = min(self.heat_to_c, self.cool_to_c), max(self.heat_to_c, self.cool_to_c)
        require(self.setpoint_min_c < value, field.name, value, f"> setpoint_min_c, which is {self.setpoint_min_c:g}")
        holds = self.setpoint_min_c <= low and high <= value
        require(holds, field.name, value, f"set points in {self.setpoint_min_c:g} … {value:g}, not {low:g} and {high:g}")

    @comfort_high_c.validator
    def _is_above_comfort_low(self, field: "Attribute[float]", value: float) -> None:
        require(value > self.comfort_low_c, field.name, value, f"> comfort_low_c, which is {self.comfort_low_c:g}")

    @start_max_c.validator
    def _is_not_below_start(self, field: "Attribute[float]", value: float) -> None:
        require(value >= self.start_c, field.name, value, f">= start_c, which is {self.start_c:g}")

    @coast_above_per_mwh.validator
    def _is_not_below_preheating(self, field: "Attribute[float]", value: float) -> None:
        expected = f">= preheat_below_per_mwh, which is {self.preheat_below_per_mwh:g}"
        require(value >= self.preheat_below_per_mwh, field.name, value, expected)

    def active_knobs(self) -> tuple[Knob, ...]:
        free = dict.fromkeys(("heat_to_c", "cool_to_c"), self.regulation != "power") | dict.fromkeys(("p_mw", "cool"), self.regulation == "power")
        unused = {"heating": ("cool_to_c", "cool"), "cooling": ("heat_to_c", "cool"), "both": ()}[self.function]
        return tuple(knob for knob in self.knobs if free[knob.name] and knob.name not in unused)

    def rating_mva(self) -> float:
        return self.p_max_mw / self.power_factor

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        start_c, zero = rng.uniform(self.start_c, self.start_max_c, size=shape), np.zeros(shape)
        return {"air_c": start_c, "mass_c": start_c, "on": zero, "cooling": zero, "hours": zero + np.maximum(self.min_on_h, self.min_off_h)}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        solved = modes(Envelope(self.r_k_per_kw, self.c_air_kwh_per_k, self.r_mass_k_per_kw, self.c_mass_kwh_per_k), dt_h)
        gains = self._gains(exo)
        free, per_kw = solved.drift(state["air_c"], state["mass_c"], gains), solved.per_kw()
        heating, cooling = self._cops(exo["outdoor_c"])
        demand = self._demand(state, action, free.air_c, per_kw.air_c * KW_PER_MW * heating, per_kw.air_c * KW_PER_MW * cooling)
        switched, electric_mw = self._compressor().run(state, demand, dt_h)
        cools = switched["cooling"] > 0.5
        heat_mw = electric_mw * np.where(cools, -cooling, heating)
        after = _warmed(free, per_kw, heat_mw * KW_PER_MW)
        mass_c = np.where(np.asarray(self.c_mass_kwh_per_k) > 0.0, after.mass_c, after.air_c)
        stored_mwh = (self.c_air_kwh_per_k * (after.air_c - state["air_c"]) + self.c_mass_kwh_per_k * (mass_c - state["mass_c"])) / KW_PER_MW
        leak_mw = (after.mean_air_c - exo["outdoor_c"]) / (self.r_k_per_kw * KW_PER_MW)
        moved_mw = electric_mw - heat_mw  # positive: heat put out of doors; negative: heat taken from there
        drawn_mw = positive(-leak_mw) + positive(-moved_mw) + (gains.air_kw + gains.mass_kw) / KW_PER_MW
        effect = Effect(
            p_mw=-electric_mw,
            q_mvar=-electric_mw * np.tan(np.arccos(self.power_factor)),
            violation=(positive(self.comfort_low_c - after.mean_air_c) + positive(after.mean_air_c - self.comfort_high_c)) * dt_h,
            stored_mwh=stored_mwh,
            loss_mwh=(positive(leak_mw) + positive(moved_mw)) * dt_h,
            useful_mwh=-drawn_mw * dt_h,
        )
        return {"air_c": after.air_c, "mass_c": mass_c, **switched}, effect

    def observe(self, state: State, exo: Values) -> Values:
        return {
            "indoor_c": within(state["air_c"], COLDEST_C, WARMEST_C),
            "outdoor_c": within(exo["outdoor_c"], -60.0, 60.0),
            "on": state["on"],
            "locked": self._compressor().share_left(state),
        }

    def allowed(self, state: State, exo: Values) -> dict[str, tuple[Array, Array]]:
        stays = (state["on"] > 0.5) & self._compressor().locked(state)
        return {"cool": (np.where(stays, state["cooling"], 0.0), np.where(stays, state["cooling"], 1.0))}

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        if "price" not in signal:
            return action
        price = signal["price"]
        shift_k = np.where(price >= self.coast_above_per_mwh, -self.coast_k, np.where(price <= self.preheat_below_per_mwh, self.preheat_k, 0.0))
        heat_to_c = within(action["heat_to_c"] + shift_k, self.setpoint_min_c, self.setpoint_max_c)
        cool_to_c = within(action["cool_to_c"] - shift_k, self.setpoint_min_c, self.setpoint_max_c)
        heat = (state["air_c"] < heat_to_c) & ~chosen(self.function, "cooling")
        cool = (state["air_c"] > cool_to_c) & ~chosen(self.function, "heating") & ~heat
        by_power = chosen(self.regulation, "power")
        p_mw = np.where(by_power, np.where(heat | cool, -self.p_max_mw, 0.0), action["p_mw"])
        return {"heat_to_c": heat_to_c, "cool_to_c": cool_to_c, "p_mw": p_mw, "cool": np.where(by_power, 1.0 * cool, action["cool"])}

    def _gains(self, exo: Values) -> Flows:
        """Heat that comes of itself, in kW into the air and into the mass, and the weather."""
        gains_kw = self.window_m2 * positive(exo["irradiance_w_per_m2"]) / W_PER_KW + positive(exo["internal_mw"]) * KW_PER_MW
        mass_kw = np.where(np.asarray(self.c_mass_kwh_per_k) > 0.0, self.gain_mass_share * gains_kw, 0.0)
        return Flows(gains_kw - mass_kw, mass_kw, exo["outdoor_c"], exo["outdoor_k_per_h"])

    def _cops(self, outdoor_c: Any) -> tuple[Any, Any]:
        heating = heating_cop(self.carnot_share, self.supply_heating_c, outdoor_c, self.cop_low, self.cop_high)
        cooling = cooling_cop(self.carnot_share, self.supply_cooling_c, outdoor_c, self.cop_low, self.cop_high)
        return np.where(chosen(self.machine, "resistance"), 1.0, heating), cooling

    def _compressor(self) -> Compressor:
        return Compressor(self.p_max_mw, self.min_on_h, self.min_off_h)

    def _demand(self, state: State, action: Values, free_c: Any, heating_k_per_mw: Any, cooling_k_per_mw: Any) -> Demand:
        """Electric power wanted; ``free_c`` is where the air ends without it, and the others how much a MW changes that."""
        heat_to_c = within(action["heat_to_c"], self.setpoint_min_c, self.setpoint_max_c)
        cool_to_c = within(action["cool_to_c"], self.setpoint_min_c, self.setpoint_max_c)
        cool_to_c = np.where(chosen(self.function, "both"), np.maximum(cool_to_c, heat_to_c), cool_to_c)
        runs, half_k = state["on"] > 0.5, 0.5 * self.hysteresis_k
        cold = state["air_c"] < heat_to_c + np.where(runs & (state["cooling"] < 0.5), half_k, -half_k)
        warm = state["air_c"] > cool_to_c - np.where(runs & (state["cooling"] > 0.5), half_k, -half_k)
        set_mw = within(-action["p_mw"], 0.0, self.p_max_mw)
        cools = action["cool"] >= 0.5
        heat_mw = self._by_regulation((heat_to_c - free_c) / heating_k_per_mw, cold, np.where(chosen(self.function, "both") & cools, 0.0, set_mw))
        cool_mw = self._by_regulation((free_c - cool_to_c) / cooling_k_per_mw, warm, np.where(chosen(self.function, "both") & ~cools, 0.0, set_mw))
        return Demand(
            np.where(chosen(self.function, "cooling"), 0.0, heat_mw),
            np.where(chosen(self.function, "heating"), 0.0, cool_mw),
            np.where(chosen(self.regulation, "thermostat"), self.p_max_mw, self.p_min_mw),
        )

    def _by_regulation(self, meeting_mw: Any, wanted: Any, set_mw: Any) -> Any:
        """The power that meets the set point, all of it when the thermostat wants it, or what the agent set."""
        by_thermostat = np.where(wanted, self.p_max_mw, 0.0)
        return np.where(chosen(self.regulation, "power"), set_mw, np.where(chosen(self.regulation, "thermostat"), by_thermostat, meeting_mw))


def _warmed(free: Drift, per_kw: Drift, heat_kw: Any) -> Drift:
    return Drift(free.air_c + per_kw.air_c * heat_kw, free.mass_c + per_kw.mass_c * heat_kw, free.mean_air_c + per_kw.mean_air_c * heat_kw)
