"""OCPP payloads, checked against the schemas that the ``ocpp`` package carries."""

from datetime import UTC, datetime

import pytest
from pgcore_ev import ocpp

AT = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


def test_a_schedule_fits_the_schema_and_joins_equal_steps() -> None:
    pytest.importorskip("ocpp")
    payload = ocpp.set_charging_profile([-0.011, -0.011, 0.0, -0.00414, 0.002], 0.25, AT, evse_id=1, transaction_id="T1")
    ocpp.validate("SetChargingProfile", payload)
    periods = payload["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
    assert [(p["startPeriod"], p["limit"]) for p in periods] == [(0, 11000.0), (1800, 0.0), (2700, 4140.0), (3600, 0.0)]


def test_a_schedule_comes_back_as_the_powers_it_was_made_of() -> None:
    powers = [-0.011, -0.011, 0.0, -0.00414]
    payload = ocpp.set_charging_profile(powers, 0.25, AT, evse_id=1, transaction_id="T1")
    assert ocpp.charging_power_mw(payload, 0.25) == pytest.approx(powers, abs=1e-15)
    assert ocpp.charging_power_mw(payload, 0.125) == pytest.approx([p for p in powers for _ in range(2)], abs=1e-15)


def test_a_limit_is_never_rounded_up() -> None:
    payload = ocpp.set_charging_profile([-0.01099999], 0.25, AT, evse_id=1, transaction_id="T1")
    assert payload["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 10999.9


def test_meter_values_fit_the_schema() -> None:
    pytest.importorskip("ocpp")
    payload = ocpp.meter_values(-0.007, 0.001, 0.0123, 0.0, 0.55, AT, evse_id=2)
    ocpp.validate("MeterValues", payload)
    samples = {s["measurand"]: (s["value"], s["unitOfMeasure"]["unit"]) for s in payload["meterValue"][0]["sampledValue"]}
    assert samples["Power.Active.Import"] == (7000.0, "W")
    assert samples["Power.Reactive.Export"] == (1000.0, "var")
    assert samples["Energy.Active.Import.Register"] == (12300.0, "Wh")
    assert samples["SoC"] == (55.0, "Percent")


def test_a_payload_that_does_not_fit_is_refused_with_its_place() -> None:
    pytest.importorskip("ocpp")
    payload = ocpp.set_charging_profile([-0.011], 0.25, AT, evse_id=1, transaction_id="T1")
    payload["chargingProfile"]["chargingProfileKind"] = "Whenever"
    with pytest.raises(ValueError, match="SetChargingProfile: chargingProfile/chargingProfileKind: 'Whenever'"):
        ocpp.validate("SetChargingProfile", payload)


@pytest.mark.parametrize(
    ("powers", "dt_h", "start", "message"),
    [
        ([], 0.25, AT, "expected 1 to 1024 finite numbers"),
        ([float("nan")], 0.25, AT, "expected 1 to 1024 finite numbers"),
        ([-0.01], 1e-5, AT, "expected a whole number of seconds"),
        ([-0.01], 0.25, datetime(2026, 1, 5), "has no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused(powers: list[float], dt_h: float, start: datetime, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ocpp.set_charging_profile(powers, dt_h, start, evse_id=1, transaction_id="T1")
