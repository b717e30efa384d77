"""Buildings and hot water: devices that store heat, the weather outside, and what pre-heating is good for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.device import Device
    from pgcore.contracts.profile import ProfileSource
    from pgcore.contracts.scenario import Scenario


@hookimpl
def pgcore_devices() -> "Iterable[type[Device]]":
    """A heated or cooled building, and a tank of hot water."""
    from pgcore_hvac.tank import HotWaterTank
    from pgcore_hvac.zone import Hvac

    return [Hvac, HotWaterTank]


@hookimpl
def pgcore_profiles() -> "Iterable[type[ProfileSource]]":
    """Weather."""
    from pgcore_hvac.weather import Weather

    return [Weather]


@hookimpl
def pgcore_scenarios() -> "Iterable[Scenario]":
    """Houses that warm themselves before the evening peak."""
    from pgcore_hvac.scenarios import SCENARIOS

    return SCENARIOS
