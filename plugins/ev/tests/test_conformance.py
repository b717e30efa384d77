"""The kit's checks, asked of both devices and of the profile source."""

from pathlib import Path

from pgcore_ev.charging_station import ChargingStation
from pgcore_ev.ev_charger import EvCharger
from pgcore_ev.session_table import SessionTable

from pgcore.testing import DeviceChecks, ProfileChecks

SESSIONS = Path(__file__).parent / "sessions.csv"
"""Three made-up sessions of two chargers."""


class TestEvCharger(DeviceChecks):
    device = EvCharger
    examples = (EvCharger(), EvCharger(sessions="profile", v2g=True, q_control=True), EvCharger(sessions="public", sessions_per_day=4, i_step_a=1.0))


class TestChargingStation(DeviceChecks):
    device = ChargingStation
    examples = (ChargingStation(), ChargingStation(connectors=16, sessions="work", v2g=True, q_control=True, p_limit_mw=0.05))


class TestSessionTable(ProfileChecks):
    profile = SessionTable
    examples = (
        SessionTable(file=SESSIONS, charger="A", value="stay"),
        SessionTable(file=SESSIONS, charger="A", value="energy", start="2024-05-06", days=2, step_min=15.0),
    )
