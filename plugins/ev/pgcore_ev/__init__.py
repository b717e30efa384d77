"""Electric vehicle charging: devices, a profile source for recorded sessions, and a scenario."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.device import Device
    from pgcore.contracts.profile import ProfileSource
    from pgcore.contracts.scenario import Scenario


@hookimpl
def pgcore_devices() -> "Iterable[type[Device]]":
    """A charger of one connector, and a station of several that shares its power among them."""
    from pgcore_ev.charging_station import ChargingStation
    from pgcore_ev.ev_charger import EvCharger

    return [EvCharger, ChargingStation]


@hookimpl
def pgcore_profiles() -> "Iterable[type[ProfileSource]]":
    """Recorded sessions from a table."""
    from pgcore_ev.session_table import SessionTable

    return [SessionTable]


@hookimpl
def pgcore_scenarios() -> "Iterable[Scenario]":
    """A street of homes with chargers behind one transformer."""
    from pgcore_ev.scenarios import SCENARIOS

    return SCENARIOS
