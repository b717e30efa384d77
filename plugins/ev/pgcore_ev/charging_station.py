"""ChargingStation: several connectors behind one power limit, which the station shares among the vehicles itself."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from attrs import Factory, frozen

from pgcore.columns import total
from pgcore.contracts.device import Device, Draw, Effect, Knob, State, Values
from pgcore.quantity import QuantityError, Slot, option, quantity
from pgcore_ev import bay, connection, parameters
from pgcore_ev.limits import full, positive, within
from pgcore_ev.pilot import power_mw
from pgcore_ev.sessions import PLACES, SEEDS, Session
from pgcore_ev.sharing import in_order
from pgcore_ev.taper import accepted_mw

CONNECTORS = 16
"""Most connectors of a station. Every station's state has arrays for so many, so that stations of all sizes stack."""
_PARTS = ("number", "arrival_h", "departure_h", "energy_mwh", "here", "soc", "taken_mwh")
_NEVER_H = 1e9
"""When somebody comes to a connector that does not exist."""


@frozen
class ChargingStation(Device):
    """Charging station of up to 16 connectors: the agent sets its power, the station decides who gets it.

    Each connector works as in :class:`~pgcore_ev.ev_charger.EvCharger`. The power is given to one vehicle after the other, as much as it can use:
    first to the one that leaves first, that has the least laxity (time left less time needed), or that came first. A vehicle that would get
    less than the smallest current gets none. Discharging (``v2g``) goes the other way round. Reactive power is what was asked for, up to the
    room that the connectors' ratings leave together. The connectors' sessions are drawn independently of each other.
    """

    type = "charging_station"
    source = "vehicle"
    connectors: int = quantity("1", "number of connectors", default=4, ge=1, le=CONNECTORS)
    sharing: str = option("who is served first", default="least_laxity", choices=("least_laxity", "earliest_deadline", "first_come"))
    sessions: str = option("kind of place that sessions are generated for", default="public", choices=PLACES)
    phases: int = parameters.PHASES
    voltage_v: float = parameters.VOLTAGE
    i_max_a: float = parameters.I_MAX
    i_min_a: float = parameters.I_MIN
    i_step_a: float = parameters.I_STEP
    p_limit_mw: float = quantity(
        "MW",
        "largest power of the station, in either direction; that of all connectors by default",
        default=Factory(lambda self: self.connectors * self.p_max_mw, takes_self=True),
        gt=0,
    )
    s_max_mva: float = quantity(
        "MVA",
        "rating of each connector's inverter; the power of i_max_a by default",
        default=Factory(lambda self: self.p_max_mw, takes_self=True),
        gt=0,
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
        Knob("p_mw", "MW", "-p_limit_mw", "p_out_max_mw", "power to inject; negative charges", default="-p_limit_mw"),
        Knob("q_mvar", "Mvar", "-q_max_mvar", "q_max_mvar", "reactive power to inject"),
    )
    slots = (
        Slot("connected", "1", 0.0, "connectors", "vehicles that are there"),
        Slot("remaining_mwh", "MWh", 0.0, "capacity_all_mwh", "energy that they still ask for"),
        Slot("departs_in_h", "h", 0.0, parameters.LONGEST_STAY_H, "time until the next one leaves; 0 without any"),
        Slot(
            "laxity_h", "h", -parameters.LONGEST_STAY_H, parameters.LONGEST_STAY_H, "least laxity of those that still ask for energy; 0 without any"
        ),
        Slot("useful_mw", "MW", 0.0, "p_limit_mw", "power that they could use now"),
    )

    def __attrs_post_init__(self) -> None:
        parameters.check(self)
        smallest_mw = float(power_mw(self.i_min_a, self.phases, self.voltage_v))
        if self.p_limit_mw < smallest_mw:
            raise QuantityError("p_limit_mw", self.p_limit_mw, f">= the power of i_min_a, which is {smallest_mw:g}: no vehicle could be charged")

    @property
    def p_max_mw(self) -> Any:
        """Power of a connector's largest current, MW."""
        return power_mw(self.i_max_a, self.phases, self.voltage_v)

    @property
    def p_out_max_mw(self) -> Any:
        """Largest power into the grid, MW."""
        return np.where(self.v2g, np.minimum(self.p_limit_mw, self.connectors * self.p_max_mw), 0.0) + 0.0

    @property
    def q_max_mvar(self) -> Any:
        """Largest reactive power, Mvar."""
        return self.connectors * self.s_max_mva

    @property
    def capacity_all_mwh(self) -> Any:
        """Energy that full vehicles at all connectors hold, MWh."""
        return self.connectors * self.capacity_mwh

    def active_knobs(self) -> tuple[Knob, ...]:
        return self.knobs if self.q_control else self.knobs[:1]

    def rating_mva(self) -> float:
        return float(self.q_max_mvar)

    def initial(self, shape: tuple[int, ...], rng: Draw) -> State:
        seed = full(shape, rng.integers(0, SEEDS, size=shape))
        each, size = self._each(), self._size()
        number = parameters.visitors(each).first(seed[..., None], np.arange(float(size)))
        first = self._made(each, seed, np.where(self._exist(), number, 0.0))
        kept = {"number": np.where(self._exist(), number, 0.0), **_kept(first)}
        zeros = np.zeros((*shape, size))
        return {**_absent(shape), **_named({part: zeros + kept.get(part, 0.0) for part in _PARTS}), "t_h": full(shape, 0.0), "seed": seed}

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        each, parts = self._each(), self._parts(state)
        car, session = parameters.vehicle(each), _session(parts)
        there = bay.presence(session, car, parts["here"], np.asarray(state["t_h"])[..., None], dt_h)
        soc = np.where(there.arrives, there.arrival_soc, parts["soc"])
        charge_mw, discharge_mw = self._shared(each, action["p_mw"], there, session, soc, dt_h)
        done = connection.step(car, there, parts["soc"], parts["taken_mwh"], charge_mw, discharge_mw)
        later, number = bay.following(session, parts["number"], there.leaves, lambda number: self._made(each, state["seed"], number))
        after = {"number": number, **_kept(later), "here": there.stays, "soc": done.soc, "taken_mwh": done.taken_mwh}
        q_mvar = self._reactive(each, action["q_mvar"], connection.peak_mw(car, soc, charge_mw, discharge_mw), there.hours / dt_h)
        return {**state, **_named(after), "t_h": state["t_h"] + dt_h}, self._effect(done, q_mvar, dt_h)

    def observe(self, state: State, exo: Values) -> Values:
        each, parts = self._each(), self._parts(state)
        t_h = np.asarray(state["t_h"])[..., None]
        seen = bay.seen(_session(parts), parameters.vehicle(each), parts["here"], parts["soc"], t_h, each.p_max_mw)
        connected, asking = seen["connected"] > 0.0, seen["remaining_mwh"] > 0.0
        could_mw = np.where(connected & asking, np.minimum(each.p_max_mw, self._accepted(each, seen["soc"])), 0.0)
        return {
            "connected": total(np.where(connected, 1.0, 0.0)),
            "remaining_mwh": within(total(np.where(connected, seen["remaining_mwh"], 0.0)), 0.0, self.capacity_all_mwh),
            "departs_in_h": _least(seen["departs_in_h"], connected),
            "laxity_h": _least(seen["laxity_h"], connected & asking),
            "useful_mw": within(total(could_mw), 0.0, self.p_limit_mw),
        }

    def respond(self, action: Values, signal: Values, state: State, exo: Values) -> Values:
        p_mw = action["p_mw"]
        if "price" in signal:
            seen = self.observe(state, exo)
            price, urgent = signal["price"], (seen["laxity_h"] < self.reserve_h) & (seen["remaining_mwh"] > 0.0)
            dear = np.where(~urgent & (price >= self.sell_above_per_mwh), self.p_out_max_mw, 0.0)
            p_mw = np.where(urgent | (price <= self.charge_below_per_mwh), -self.p_limit_mw, dear)
        if "curtail" in signal:
            p_mw = np.maximum(p_mw, -self.p_limit_mw * (1.0 - within(signal["curtail"], 0.0, 1.0)))
        return {**action, "p_mw": p_mw}

    def _each(self) -> "ChargingStation":
        """The same parameters with an axis for the connectors at the end."""
        made = object.__new__(type(self))
        for field in attrs.fields(type(self)):
            object.__setattr__(made, field.name, np.asarray(getattr(self, field.name))[..., None])
        return made

    def _size(self) -> int:
        """Connectors of the largest of these stations: arrays need no more."""
        return int(np.max(self.connectors))

    def _exist(self) -> Any:
        return np.arange(self._size()) < np.asarray(self.connectors)[..., None]

    def _parts(self, state: State) -> dict[str, Any]:
        """The connectors' states side by side: arrays ``(…, K)``."""
        return {part: np.stack([np.asarray(state[f"{part}_{k:02d}"]) for k in range(self._size())], axis=-1) for part in _PARTS}

    def _made(self, each: "ChargingStation", seed: Any, number: Any) -> Session:
        """The generator's session with a number at each connector; to one that does not exist nobody ever comes."""
        most_mw = each.eta_charge * np.minimum(each.p_max_mw, each.accept_mw / each.eta_charge)
        connector = np.arange(float(self._size()))
        made = parameters.visitors(each).session(np.asarray(seed)[..., None], connector, number, most_mw, each.soc_target * each.capacity_mwh)
        exist = self._exist()
        arrival_h, departure_h = (np.where(exist, value, _NEVER_H) for value in (made.arrival_h, made.departure_h))
        return Session(arrival_h, departure_h, np.where(exist, made.energy_mwh, 0.0))

    def _shared(self, each: "ChargingStation", p_mw: Any, there: connection.Presence, session: Session, soc: Any, dt_h: float) -> tuple[Any, Any]:
        """Power that each connector may charge and discharge with, ``(…, K)``."""
        present = there.hours > 0.0
        lacking_mwh = positive(each.soc_target - soc) * each.capacity_mwh
        wanted_mw = np.where(present & (lacking_mwh > 0.0), np.minimum(each.p_max_mw, self._accepted(each, soc)), 0.0)
        key = self._key(each, session, lacking_mwh)
        charge_mw = in_order(within(-p_mw, 0.0, self.p_limit_mw), wanted_mw, key, lambda left: parameters.pilot_mw(self, left))
        if not np.any(self.v2g):  # a shortcut: nothing would be discharged
            return charge_mw, np.zeros_like(charge_mw)
        spare_mw = positive(soc - each.soc_min) * each.capacity_mwh * each.eta_discharge / dt_h
        offered_mw = np.where(present, np.minimum(each.p_max_mw, spare_mw), 0.0)
        most_mw = within(p_mw, 0.0, self.p_out_max_mw)
        return charge_mw, in_order(most_mw, offered_mw, -key, lambda left: np.minimum(left, self.p_max_mw))

    def _key(self, each: "ChargingStation", session: Session, lacking_mwh: Any) -> Any:
        needed_h = lacking_mwh / (each.eta_charge * each.p_max_mw)
        named = each.sharing
        by_deadline = np.where(named == "earliest_deadline", session.departure_h, session.departure_h - needed_h)
        return np.where(named == "first_come", session.arrival_h, by_deadline)

    def _accepted(self, each: "ChargingStation", soc: Any) -> Any:
        return accepted_mw(soc, each.accept_mw, each.transition_soc) / each.eta_charge

    def _reactive(self, each: "ChargingStation", q_mvar: Any, peak_mw: Any, share: Any) -> Any:
        """All connectors' reactive power: what was asked, up to the room that their ratings leave while vehicles are there."""
        room_mvar = total(np.sqrt(positive(each.s_max_mva * each.s_max_mva - peak_mw * peak_mw)) * share * self._exist())
        return within(np.where(self.q_control, q_mvar, 0.0), -room_mvar, room_mvar)

    def _effect(self, done: connection.Outcome, q_mvar: Any, dt_h: float) -> Effect:
        through_mwh, unserved_mwh = total(done.into_mwh + done.out_of_mwh), total(done.unserved_mwh)
        return Effect(
            p_mw=total(done.fed_mwh - done.drawn_mwh) / dt_h,
            q_mvar=q_mvar,
            cost=self.wear_cost_per_mwh * through_mwh + self.unserved_cost_per_mwh * unserved_mwh,
            stored_mwh=total(done.stored_mwh),
            loss_mwh=total(done.loss_mwh),
            useful_mwh=total(done.carried_mwh),
            unserved_mwh=unserved_mwh,
        )


def _session(parts: Mapping[str, Any]) -> Session:
    return Session(parts["arrival_h"], parts["departure_h"], parts["energy_mwh"])


def _kept(session: Session) -> dict[str, Any]:
    """What the state keeps of a session."""
    return {"arrival_h": session.arrival_h, "departure_h": session.departure_h, "energy_mwh": session.energy_mwh}


def _named(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays ``(…, K)`` as states of the device, each connector's under a name of its own."""
    return {f"{part}_{k:02d}": values[..., k] for part, values in parts.items() for k in range(values.shape[-1])}


def _absent(shape: tuple[int, ...]) -> dict[str, Any]:
    """The states of connectors that do not exist."""
    values = {part: full(shape, _NEVER_H if part in ("arrival_h", "departure_h") else 0.0) for part in _PARTS}
    return {f"{part}_{k:02d}": value for part, value in values.items() for k in range(CONNECTORS)}


def _least(values: Any, count: Any) -> Any:
    """The smallest of the values that count; 0 where none does."""
    least = np.min(np.where(count, values, np.inf), axis=-1)
    return np.where(np.isfinite(least), least, 0.0)
