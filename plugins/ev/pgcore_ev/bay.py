"""Bay: how sessions turn into the presence of a vehicle within a step, and into what can be seen of it before."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pgcore_ev.connection import Presence, Vehicle
from pgcore_ev.limits import Real, positive, within
from pgcore_ev.parameters import LONGEST_STAY_H
from pgcore_ev.sessions import Session

_ROUNDING_H = 1e-9
"""A departure that misses the end of a step by less is at its end."""


def presence(session: Session, vehicle: Vehicle, here: Real, t_h: Real, dt_h: float) -> Presence:
    """Who is there in the step from ``t_h`` on. ``here``: whether the session's vehicle was there before.

    A connector serves one vehicle in a step: one that comes within the step in which another left begins with the next.
    """
    arrives = (here <= 0.0) & (session.arrival_h < t_h + dt_h)
    comes = (here > 0.0) | arrives
    hours = np.minimum(session.departure_h, t_h + dt_h) - np.maximum(session.arrival_h, t_h)
    leaves = comes & (session.departure_h <= t_h + dt_h + _ROUNDING_H)
    return Presence(
        arrives=arrives,
        arrival_soc=arrival_soc(session, vehicle),
        hours=np.where(comes, within(hours, 0.0, dt_h), 0.0),
        leaves=leaves,
        stays=np.where(comes & ~leaves, 1.0, 0.0),
    )


def following(session: Session, number: Real, leaves: Real, make: Callable[[Any], Session]) -> tuple[Session, Any]:
    """The session after a step, and its number: the next one (``make`` tells it from its number) where a vehicle left."""
    if not np.any(leaves):  # a shortcut: the next ones would be made and then taken nowhere
        return session, number
    later = number + np.where(leaves, 1.0, 0.0)
    made = make(later)
    pairs = ((made.arrival_h, session.arrival_h), (made.departure_h, session.departure_h), (made.energy_mwh, session.energy_mwh))
    return Session(*(np.where(leaves, new, old) for new, old in pairs)), later


def arrival_soc(session: Session, vehicle: Vehicle) -> Any:
    """State of charge from which the energy that is asked for leads to the target."""
    return within(vehicle.target_soc - session.energy_mwh / vehicle.capacity_mwh, 0.0, 1.0)


def seen(session: Session, vehicle: Vehicle, here: Real, soc: Real, t_h: Real, p_max_mw: Real) -> Mapping[str, Any]:
    """What a policy may know at ``t_h``: ``connected``, ``soc``, ``remaining_mwh``, ``departs_in_h`` and ``laxity_h``, zero without a vehicle.

    Laxity: the time left less the time that the rest takes at full power.
    """
    connected = (session.arrival_h <= t_h) & (session.departure_h > t_h + _ROUNDING_H)
    level = np.where(here > 0.0, soc, arrival_soc(session, vehicle))
    remaining_mwh = positive(vehicle.target_soc - level) * vehicle.capacity_mwh
    left_h = session.departure_h - t_h
    laxity_h = left_h - remaining_mwh / (vehicle.eta_charge * np.minimum(p_max_mw, vehicle.accept_mw / vehicle.eta_charge))
    values = {
        "connected": 1.0,
        "soc": level,
        "remaining_mwh": remaining_mwh,
        "departs_in_h": within(left_h, 0.0, LONGEST_STAY_H),
        "laxity_h": within(laxity_h, -LONGEST_STAY_H, LONGEST_STAY_H),
    }
    return {name: np.where(connected, value, 0.0) for name, value in values.items()}
