"""The weather against the sine that it stands for."""

import numpy as np
import pytest
from pgcore_hvac.weather import Weather

from pgcore.builtin.profiles.csv_file import CsvProfile
from pgcore.quantity import QuantityError


def outdoor_c(t_h: np.ndarray) -> np.ndarray:
    return 3.0 + 7.0 * np.cos(2 * np.pi * (t_h - 15.0) / 24.0)


def series(step_min: float, shows: str = "temperature") -> np.ndarray:
    return np.asarray(Weather(shows=shows, mean_c=3.0, swing_k=7.0, warmest_h=15.0, step_min=step_min, days=2).load().values)


@pytest.mark.parametrize("step_min", [5.0, 15.0, 60.0, 360.0])
def test_each_value_is_the_mean_over_its_step(step_min: float) -> None:
    fine = outdoor_c((np.arange(48 * 3600) + 0.5) / 3600)
    assert np.allclose(series(step_min), fine.reshape(-1, round(step_min * 60)).mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("step_min", [5.0, 60.0])
def test_each_slope_is_the_rise_over_its_step(step_min: float) -> None:
    ends = outdoor_c(np.arange(round(48 * 60 / step_min) + 1) * step_min / 60)
    assert np.allclose(series(step_min, "slope"), np.diff(ends) / (step_min / 60), atol=1e-9)


@pytest.mark.parametrize("shows", ["temperature", "slope"])
def test_averaged_to_a_longer_step_it_is_what_the_longer_step_has(shows: str) -> None:
    assert np.allclose(series(15.0, shows).reshape(-1, 4).mean(axis=1), series(60.0, shows), atol=1e-12)


def test_a_word_for_a_date_is_refused() -> None:
    with pytest.raises(QuantityError, match="start is 'soon', expected a date"):
        Weather(start="soon")


def test_measured_weather_comes_through_the_csv_source(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "weather.csv"
    file.write_text("outdoor_c,sun\n-3.5,0\n-2.0,120\n")
    assert CsvProfile(file, "outdoor_c", step_min=60.0).load().values.tolist() == [-3.5, -2.0]
