"""Connection: what a vehicle at a connector takes or gives within a step, and what its coming and leaving do to the books."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore_ev.limits import Real, positive, within
from pgcore_ev.taper import accepted_mw, soc_rise


@frozen
class Vehicle:
    """The battery at the connector and what lies between it and the grid; every value a number or an array."""

    capacity_mwh: Any
    accept_mw: Any
    """Largest power that the battery takes below the transition."""
    transition_soc: Any
    target_soc: Any
    least_soc: Any
    """State of charge below which it is not discharged."""
    eta_charge: Any
    eta_discharge: Any


@frozen
class Presence:
    """When the vehicle is there, of a step's hours."""

    arrives: Any
    """Whether it came since the last step: its state of charge is then ``arrival_soc``."""
    arrival_soc: Any
    hours: Any
    """Time of the step that it is connected."""
    leaves: Any
    """Whether it is gone at the end of the step."""
    stays: Any
    """1 where a vehicle is still there at the end of the step, else 0."""


@frozen
class Outcome:
    """What a step did; every value a number or an array."""

    soc: Any
    taken_mwh: Any
    """Energy that the vehicle at the connector took since it came, less what it gave."""
    drawn_mwh: Any
    """Energy from the grid in this step, at the grid side."""
    fed_mwh: Any
    """Energy into the grid in this step, at the grid side."""
    into_mwh: Any
    """Energy into the battery."""
    out_of_mwh: Any
    """Energy out of the battery."""
    stored_mwh: Any
    """Change of what the vehicles at the connector have taken."""
    carried_mwh: Any
    """What a vehicle that left had taken in all; negative if it gave more than it took."""
    unserved_mwh: Any
    """What a vehicle that left lacks of what it asked for."""

    @property
    def loss_mwh(self) -> Any:
        """What became heat on the way."""
        return (self.drawn_mwh - self.into_mwh) + (self.out_of_mwh - self.fed_mwh)


def peak_mw(vehicle: Vehicle, soc: Real, charge_mw: Real, discharge_mw: Real) -> Any:
    """The largest power (grid side) at any moment of a step that begins at ``soc``: at its beginning, for power only falls within a step."""
    accepted = accepted_mw(soc, vehicle.accept_mw, vehicle.transition_soc) / vehicle.eta_charge
    return np.maximum(np.minimum(charge_mw, accepted), discharge_mw)


def step(vehicle: Vehicle, presence: Presence, soc: Real, taken_mwh: Real, charge_mw: Real, discharge_mw: Real) -> Outcome:
    """Charge at up to ``charge_mw`` or discharge at up to ``discharge_mw`` (grid side, one of them zero) while the vehicle is there.

    Charging follows :func:`pgcore_ev.taper.soc_rise` and ends when the vehicle has what it asked for; discharging ends at ``least_soc``.
    """
    before = np.where(presence.arrives, presence.arrival_soc, soc)
    already_mwh = np.where(presence.arrives, 0.0, taken_mwh)
    into_mwh, drawn_mwh = _charged(vehicle, before, charge_mw, presence.hours)
    fed_mwh = np.minimum(discharge_mw * presence.hours, positive(before - vehicle.least_soc) * vehicle.capacity_mwh * vehicle.eta_discharge)
    out_of_mwh = fed_mwh / vehicle.eta_discharge
    after = within(before + (into_mwh - out_of_mwh) / vehicle.capacity_mwh, 0.0, 1.0)
    taken = already_mwh + (into_mwh - out_of_mwh)
    carried_mwh = np.where(presence.leaves, taken, 0.0)
    return Outcome(
        soc=np.where(presence.leaves, 0.0, after),
        taken_mwh=np.where(presence.leaves, 0.0, taken),
        drawn_mwh=drawn_mwh,
        fed_mwh=fed_mwh,
        into_mwh=into_mwh,
        out_of_mwh=out_of_mwh,
        stored_mwh=(into_mwh - out_of_mwh) - carried_mwh,
        carried_mwh=carried_mwh,
        unserved_mwh=np.where(presence.leaves, _lacking_mwh(vehicle, after), 0.0),
    )


def _charged(vehicle: Vehicle, soc: Real, charge_mw: Real, hours: Real) -> tuple[Any, Any]:
    """Energy into the battery, and what it takes from the grid; never more than ``charge_mw`` in all the hours, to the last bit."""
    offered_mw = vehicle.eta_charge * charge_mw
    rise = soc_rise(soc, offered_mw, vehicle.accept_mw, vehicle.capacity_mwh, vehicle.transition_soc, hours)
    into_mwh = np.minimum(rise, positive(vehicle.target_soc - soc)) * vehicle.capacity_mwh
    drawn_mwh = np.minimum(into_mwh / vehicle.eta_charge, charge_mw * hours)
    return np.minimum(into_mwh, drawn_mwh * vehicle.eta_charge), drawn_mwh


def _lacking_mwh(vehicle: Vehicle, soc: Real) -> Any:
    """What is missing to the target; a last bit of rounding is nothing."""
    lacking = vehicle.target_soc - soc
    return np.where(lacking > 1e-12, lacking, 0.0) * vehicle.capacity_mwh
