"""EvCharger: one connector, the vehicles that come to it, and what they need before they leave."""

from typing import Any

import numpy as np
from attrs import Factory, frozen

from pgcore.contracts.device import Device, Draw, Effect, Knob, Need, State, Values
from pgcore.quantity import Slot, option, quantity
from pgcore_ev import bay, connection, parameters
from pgcore_ev.limits import full, positive, within
from pgcore_ev.pilot import power_mw
from pgcore_ev.sessions import DAY_H, PLACES, SEEDS, Session


@frozen
class EvCharger(Device):
    """Charger of one connector with vehicles that come, ask for energy and leave.

    Charging has two stages: at the power that the agent allows, then tapering off towards a full battery, exact within a step of any length
    (:func:`pgcore_ev.taper.soc_rise`). The agent's power is turned into the next lower current that the pilot signal can tell (IEC 61851-1:
    nothing below 6 A). Efficiencies count once, between grid and battery. |Q| ≤ √(S² − P²) while a vehicle is there. Charging ends when the
    vehicle has what it asked for; what is missing when it leaves is ``unserved_mwh``, priced by ``unserved_cost_per_mwh``.

    In the energy ledger a charger holds what the vehicle that is there has taken since it came; when it drives away that turns into ``useful_mwh``
    (which is negative where a vehicle gave more than it took: the source "vehicle").

    Sessions come from a generator, drawn at reset from the statistics of Dutch home, public or work places (:mod:`pgcore_ev.sessions`), or with
    ``sessions: profile`` from the inputs ``stay_h`` and ``energy_mwh``. With a constant power an hour gives the same however it is cut into
    steps, save where a vehicle comes within a step in which another one left: it begins with the next.

    Answers the signals ``price`` (charges up to ``charge_below_per_mwh``, or when time runs short; with ``v2g`` discharges from
    ``sell_above_per_mwh`` on) and ``curtail`` (charges with that much less of its power).

    >>> charger = EvCharger(sessions="profile", capacity_mwh=0.05, eta_charge=0.9)
    >>> state = charger.initial((), np.random.default_rng(0))
    >>> state, effect = charger.step(state, {"p_mw": -0.01, "q_mvar": 0.0}, {"stay_h": 8.0, "energy_mwh": 0.03}, 1.0)
    >>> round(float(state["soc"]), 12), round(float(effect.loss_mwh), 12)   # 0.9 − 30/50, and 9 kWh of 10 arrive
    (0.48, 0.001)
    """

    type = "ev_charger"
    source = "vehicle"
    sessions: str = option("where sessions come from: a generator's place, or the inputs", default="home", choices=(*PLACES, "profile"))
    phases: int = parameters.PHASES
    voltage_v: float = parameters.VOLTAGE
    i_max_a: float = parameters.I_MAX
    i_min_a: float = parameters.I_MIN
    i_step_a: float = parameters.I_STEP
    s_max_mva: float = quantity(
        "MVA", "rating of the inverter; the power of i_max_a by default", default=Factory(lambda self: self.p_max_mw, takes_self=True), gt=0
    )
    q_control: bool = parameters.Q_CONTROL
    v2g: bool = parameters.V2G
    eta_charge: float = parameters.ETA_CHARGE
    eta_discharge: float = parameters.ETA_DISCHARGE
    capacity_mwh: float = parameters.CAPACITY
    accept_mw: float = parameters.ACCEPT
    transition_soc: float = parameters.TRANSITION
    soc_target: float = parameters.SOC_TARGET
    soc_min: float = parameters.SOC_MIN
    sessions_per_day: int = parameters.SESSIONS_PER_DAY
    chance: float = parameters.CHANCE
    stay_spread: float = parameters.STAY_SPREAD
    reset_hour_h: float = parameters.RESET_HOUR
    wear_cost_per_mwh: float = parameters.WEAR_COST
    unserved_cost_per_mwh: float = parameters.UNSERVED_COST
    charge_below_per_mwh: float = parameters.CHARGE_BELOW
    sell_above_per_mwh: float = parameters.SELL_ABOVE
    reserve_h: float = parameters.RESERVE_H

    knobs = (
        Knob("p_mw", "MW", "-p_max_mw", "p_out_max_mw", "power to inject; negative charges", default="-p_max_mw"),
        Knob("q_mvar", "Mvar", "-s_max_mva", "s_max_mva", "reactive power to inject"),
    )
    needs = (
        Need("stay_h", "h", 0.0, 1000.0, "time until the vehicle leaves, 0 where there is none (sessions: profile)", default=0.0),
        Need("energy_mwh", "MWh", 0.0, 10.0, "energy that the vehicle asks for, read when it comes (sessions: profile)", default=0.0),
    )
    slots = (
        Slot("connected", "1", 0.0, 1.0, "whether a vehicle is there"),
        Slot("soc", "1", 0.0, 1.0, "its state of charge"),
        Slot("remaining_mwh", "MWh", 0.0, "capacity_mwh", "energy that it still asks for"),
        Slot("departs_in_h", "h", 0.0, parameters.LONGEST_STAY_H, "time until it leaves"),
        Slot("laxity_h", "h", -parameters.LONGEST_STAY_H, parameters.LONGEST_STAY_H, "that time less what the rest takes at full power"),
    )

    def __attrs_post_init__(self) -> None:
        parameters.check(self)

    @property
    def p_max_mw(self) -> Any:
        """Power of the largest current, MW."""
        return power_mw(self.i_max_a, self.phases, self.voltage_v)

    @property
    def p_out_max_mw(self) -> Any:
        """Largest power into the grid, MW."""
        return np.where(self.v2g, self.p_max_mw, 0.0) + 0.0

    def active_knobs(self) -> tuple[Knob, ...]:
        return self.knobs if self.q_control else self.knobs[:1]

    def rating_mva(self) -> float:
        return float(self.s_max_mva)

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        seed = full(shape, rng.integers(0, SEEDS, size=shape))
        number = full(shape, parameters.visitors(self).first(seed, 0.0))
        first, nothing = self._made(seed, number), full(shape, 0.0)
        return {
            "t_h": nothing,
            "seed": seed,
            "number": number,
            "arrival_h": full(shape, first.arrival_h),
            "departure_h": full(shape, first.departure_h),
            "energy_mwh": full(shape, first.energy_mwh),
            "here": nothing,
            "soc": nothing,
            "taken_mwh": nothing,
        }

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        car, session = parameters.vehicle(self), self._session(state, exo)
        there = bay.presence(session, car, state["here"], state["t_h"], dt_h)
        charge_mw = parameters.pilot_mw(self, positive(-action["p_mw"]))
        discharge_mw = within(action["p_mw"], 0.0, self.p_out_max_mw)
        done = connection.step(car, there, state["soc"], state["taken_mwh"], charge_mw, discharge_mw)
        peak_mw = connection.peak_mw(car, np.where(there.arrives, there.arrival_soc, state["soc"]), charge_mw, discharge_mw)
        q_mvar = self._reactive(action["q_mvar"], peak_mw) * there.hours / dt_h
        return self._after(state, there, done, dt_h), self._effect(done, q_mvar, dt_h)

    def observe(self, state: State, exo: Values) -> Values:
        return bay.seen(self._session(state, exo), parameters.vehicle(self), state["here"], state["soc"], state["t_h"], self.p_max_mw)

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        p_mw = action["p_mw"]
        if "price" in signal:
            price, urgent = signal["price"], self.observe(state, exo)["laxity_h"] < self.reserve_h
            dear = np.where(~urgent & (price >= self.sell_above_per_mwh), self.p_out_max_mw, 0.0)
            p_mw = np.where(urgent | (price <= self.charge_below_per_mwh), -self.p_max_mw, dear)
        if "curtail" in signal:
            p_mw = np.maximum(p_mw, -self.p_max_mw * (1.0 - within(signal["curtail"], 0.0, 1.0)))
        return {**action, "p_mw": p_mw}

    def _made(self, seed: Any, number: Any) -> Session:
        """The generator's session with a number."""
        most_mw = self.eta_charge * np.minimum(self.p_max_mw, self.accept_mw / self.eta_charge)
        return parameters.visitors(self).session(seed, 0.0, number, most_mw, self.soc_target * self.capacity_mwh)

    def _session(self, state: State, exo: Values) -> Session:
        """The session that the connector serves, or serves next: the inputs' where they are asked for."""
        given = np.asarray(self.sessions, dtype=object) == "profile"
        stay_h, t_h = positive(exo["stay_h"]), state["t_h"]
        return Session(
            np.where(given, np.where(stay_h > 0.0, t_h, t_h + DAY_H), state["arrival_h"]),
            np.where(given, t_h + stay_h, state["departure_h"]),
            np.where(given, within(exo["energy_mwh"], 0.0, self.soc_target * self.capacity_mwh), state["energy_mwh"]),
        )

    def _after(self, state: State, there: connection.Presence, done: connection.Outcome, dt_h: float) -> State:
        session = Session(state["arrival_h"], state["departure_h"], state["energy_mwh"])
        session, number = bay.following(session, state["number"], there.leaves, lambda number: self._made(state["seed"], number))
        return {
            "t_h": state["t_h"] + dt_h,
            "seed": state["seed"],
            "number": number,
            "arrival_h": session.arrival_h,
            "departure_h": session.departure_h,
            "energy_mwh": session.energy_mwh,
            "here": there.stays,
            "soc": done.soc,
            "taken_mwh": done.taken_mwh,
        }

    def _reactive(self, q_mvar: Any, peak_mw: Any) -> Any:
        room_mvar = np.sqrt(positive(self.s_max_mva * self.s_max_mva - peak_mw * peak_mw))
        return within(np.where(self.q_control, q_mvar, 0.0), -room_mvar, room_mvar)

    def _effect(self, done: connection.Outcome, q_mvar: Any, dt_h: float) -> Effect:
        through_mwh = done.into_mwh + done.out_of_mwh
        return Effect(
            p_mw=(done.fed_mwh - done.drawn_mwh) / dt_h,
            q_mvar=q_mvar,
            cost=self.wear_cost_per_mwh * through_mwh + self.unserved_cost_per_mwh * done.unserved_mwh,
            stored_mwh=done.stored_mwh,
            loss_mwh=done.loss_mwh,
            useful_mwh=done.carried_mwh,
            unserved_mwh=done.unserved_mwh,
        )
