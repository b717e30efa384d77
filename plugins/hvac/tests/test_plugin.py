"""The plugin module: what it registers, and that finding it costs nothing."""

import subprocess
import sys

import pgcore_hvac


def test_it_offers_two_devices_weather_and_a_scenario() -> None:
    assert [device.type for device in pgcore_hvac.pgcore_devices()] == ["hvac", "hot_water_tank"]
    assert [profile.type for profile in pgcore_hvac.pgcore_profiles()] == ["weather"]
    assert [scenario.name for scenario in pgcore_hvac.pgcore_scenarios()] == ["preheating"]


def test_discovering_it_imports_nothing_heavy() -> None:
    program = (
        "import sys, pgcore_hvac as m\n"
        "m.pgcore_devices(), m.pgcore_profiles(), m.pgcore_scenarios()\n"
        "print([x for x in ('pandapower', 'pandas', 'scipy') if x in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert done.stdout.strip() == "[]"
