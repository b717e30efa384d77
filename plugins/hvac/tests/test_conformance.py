"""The conformance kit, asked of both devices and of the profile source."""

from pgcore_hvac.tank import HotWaterTank
from pgcore_hvac.weather import Weather
from pgcore_hvac.zone import Hvac

from pgcore.testing import DeviceChecks, ProfileChecks


class TestHvac(DeviceChecks):
    device = Hvac
    examples = (
        Hvac(r_k_per_kw=10.0, c_air_kwh_per_k=1e6 / 3.6e6, p_max_mw=0.01),
        Hvac(r_k_per_kw=6.7, c_air_kwh_per_k=1.0, c_mass_kwh_per_k=5.5, p_max_mw=0.003, function="both", min_on_h=0.5, min_off_h=0.25, window_m2=5.0),
        Hvac(r_k_per_kw=5.0, c_air_kwh_per_k=2.0, p_max_mw=0.005, p_min_mw=0.001, regulation="power", function="both", min_on_h=1.0),
    )


class TestHotWaterTank(DeviceChecks):
    device = HotWaterTank
    examples = (
        HotWaterTank(volume_l=200.0, p_max_mw=0.002),
        HotWaterTank(volume_l=300.0, p_max_mw=0.001, machine="heat_pump", regulation="power", min_on_h=0.5),
    )


class TestWeather(ProfileChecks):
    profile = Weather
