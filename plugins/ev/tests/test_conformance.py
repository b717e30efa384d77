"""The kit's checks for devices, asked of both devices."""

from pgcore_ev.charging_station import ChargingStation
from pgcore_ev.ev_charger import EvCharger

from pgcore.testing.devices import DeviceChecks


class TestEvCharger(DeviceChecks):
    device = EvCharger
    examples = (EvCharger(), EvCharger(sessions="profile", v2g=True, q_control=True), EvCharger(sessions="public", sessions_per_day=4, i_step_a=1.0))


class TestChargingStation(DeviceChecks):
    device = ChargingStation
    examples = (ChargingStation(), ChargingStation(connectors=16, sessions="work", v2g=True, q_control=True, p_limit_mw=0.05))
