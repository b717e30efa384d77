"""The plugin module: what it registers, and that finding it costs nothing."""

import subprocess
import sys

import pgcore_ev


def test_it_offers_two_devices_a_profile_and_a_scenario() -> None:
    assert [kind.type for kind in [*pgcore_ev.pgcore_devices(), *pgcore_ev.pgcore_profiles()]] == ["ev_charger", "charging_station", "ev_sessions"]
    assert [s.name for s in pgcore_ev.pgcore_scenarios()] == ["ev_street"]


def test_discovering_it_imports_neither_a_power_flow_nor_ocpp() -> None:
    program = (
        "import sys, pgcore_ev as m\n"
        "m.pgcore_devices(), m.pgcore_profiles(), m.pgcore_scenarios()\n"
        "print([x for x in ('pandapower', 'pandas', 'scipy', 'ocpp', 'jsonschema') if x in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == "[]"
