"""Parameters: the fields that a charger and a station's connectors have in common, and what follows from them."""

from typing import Any, Protocol

import numpy as np
from attrs import Factory

from pgcore.quantity import QuantityError, option, quantity
from pgcore_ev.connection import Vehicle
from pgcore_ev.limits import Real
from pgcore_ev.pilot import allowed_a, power_mw
from pgcore_ev.sessions import PLACES, Visitors

PHASES = quantity("1", "phases that the vehicle is charged on", default=3, ge=1, le=3)
VOLTAGE = quantity("V", "voltage from line to neutral", default=230.0, gt=0, le=1000)
I_MAX = quantity("A", "largest current of a phase", default=32.0, gt=0, le=1000)
I_MIN = quantity("A", "smallest current to charge with; a smaller one charges nothing", default=6.0, ge=0)
I_STEP = quantity("A", "distance of the current's levels from the smallest on; 0 for no levels", default=0.0, ge=0)
Q_CONTROL = option("whether an agent sets the reactive power", default=False)
V2G = option("whether vehicles can be discharged", default=False)
ETA_CHARGE = quantity("1", "efficiency from the grid into the battery", default=0.92, gt=0, le=1)
ETA_DISCHARGE = quantity("1", "efficiency from the battery into the grid", default=0.92, gt=0, le=1)
CAPACITY = quantity("MWh", "energy that a vehicle's full battery holds", default=0.06, gt=0)
ACCEPT = quantity(
    "MW", "most power that a battery takes; that of the connector by default", default=Factory(lambda self: self.p_max_mw, takes_self=True), gt=0
)
TRANSITION = quantity("1", "state of charge at which the taper begins", default=0.8, ge=0, le=1)
SOC_TARGET = quantity("1", "state of charge that the energy asked for leads to", default=0.9, gt=0, le=1)
SOC_MIN = quantity("1", "state of charge down to which a vehicle is discharged", default=0.2, ge=0, lt=1)
SESSIONS_PER_DAY = quantity("1", "sessions of a day at one connector", default=1, ge=1, le=24)
CHANCE = quantity("1", "chance that each of them takes place", default=1.0, ge=0, le=1)
STAY_SPREAD = quantity("1", "how far a stay may lie from its mean, as a share of it", default=0.25, ge=0, lt=1)
RESET_HOUR = quantity("h", "hour of the day at which episodes begin", default=0.0, ge=0, lt=24)
WEAR_COST = quantity("currency/MWh", "wear for energy through a battery's cells, in either direction", default=0.0, ge=0)
UNSERVED_COST = quantity("currency/MWh", "cost of energy that a vehicle leaves without", default=500.0, ge=0)
CHARGE_BELOW = quantity("currency/MWh", "price up to which it charges when it answers a price", default=80.0)
SELL_ABOVE = quantity(
    "currency/MWh",
    "price from which it discharges when it answers a price; 160 by default, or charge_below_per_mwh if that is higher",
    default=Factory(lambda self: max(160.0, self.charge_below_per_mwh), takes_self=True),
)
RESERVE_H = quantity("h", "slack below which it charges at any price", default=1.0, ge=0)

LONGEST_STAY_H = 48.0
"""Bound on times in observations."""


class Connector(Protocol):
    """The fields that these functions read."""

    @property
    def phases(self) -> int: ...
    @property
    def voltage_v(self) -> float: ...
    @property
    def i_max_a(self) -> float: ...
    @property
    def i_min_a(self) -> float: ...
    @property
    def i_step_a(self) -> float: ...
    @property
    def p_max_mw(self) -> Any: ...
    @property
    def v2g(self) -> bool: ...
    @property
    def eta_charge(self) -> float: ...
    @property
    def eta_discharge(self) -> float: ...
    @property
    def capacity_mwh(self) -> float: ...
    @property
    def accept_mw(self) -> float: ...
    @property
    def transition_soc(self) -> float: ...
    @property
    def soc_target(self) -> float: ...
    @property
    def soc_min(self) -> float: ...
    @property
    def sessions(self) -> str: ...
    @property
    def sessions_per_day(self) -> int: ...
    @property
    def chance(self) -> float: ...
    @property
    def stay_spread(self) -> float: ...
    @property
    def reset_hour_h(self) -> float: ...
    @property
    def s_max_mva(self) -> float: ...
    @property
    def charge_below_per_mwh(self) -> float: ...
    @property
    def sell_above_per_mwh(self) -> float: ...


def check(one: Connector) -> None:
    """Check how the fields stand to one another.

    Raises:
        QuantityError: the first that does not fit.
    """
    rules = (
        ("i_max_a", one.i_max_a, one.i_max_a >= one.i_min_a, f">= i_min_a, which is {one.i_min_a:g}"),
        ("s_max_mva", one.s_max_mva, one.s_max_mva >= one.p_max_mw * (1.0 - 1e-9), f">= the power of i_max_a, which is {one.p_max_mw:g}"),
        ("soc_target", one.soc_target, one.soc_target > one.soc_min, f"> soc_min, which is {one.soc_min:g}"),
        (
            "sell_above_per_mwh",
            one.sell_above_per_mwh,
            one.sell_above_per_mwh >= one.charge_below_per_mwh,
            f">= charge_below_per_mwh, which is {one.charge_below_per_mwh:g}",
        ),
    )
    for field, found, holds, expected in rules:
        if not holds:
            raise QuantityError(field, found, expected)


def pilot_mw(one: Connector, p_mw: Real) -> Any:
    """The largest power that the levels of the current allow and that is not above ``p_mw`` (not negative)."""
    scale = power_mw(1.0, one.phases, one.voltage_v)
    return power_mw(allowed_a(p_mw / scale, one.i_min_a, one.i_max_a, one.i_step_a), one.phases, one.voltage_v)


def vehicle(one: Connector) -> Vehicle:
    """The vehicles that come to a connector."""
    return Vehicle(
        capacity_mwh=one.capacity_mwh,
        accept_mw=one.accept_mw,
        transition_soc=one.transition_soc,
        target_soc=one.soc_target,
        least_soc=one.soc_min,
        eta_charge=one.eta_charge,
        eta_discharge=one.eta_discharge,
    )


def visitors(one: Connector) -> Visitors:
    """Who comes, by the generator."""
    named = np.asarray(one.sessions, dtype=object)
    place = sum(np.where(named == name, float(i), 0.0) for i, name in enumerate(PLACES))
    return Visitors(place=place, visits=one.sessions_per_day, chance=one.chance, stay_spread=one.stay_spread, reset_hour_h=one.reset_hour_h)
