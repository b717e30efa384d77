"""OCPP: what a charger's power means in OCPP 2.0.1 messages, checked against the schemas of the ``ocpp`` package (extra ``ocpp``)."""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from typing import Any

import numpy as np

VERSION = "2.0.1"
LARGEST_SCHEDULE = 1024
"""Most periods of a schedule, by the schema of ``SetChargingProfile``."""

Payload = dict[str, Any]


def set_charging_profile(
    p_mw: Sequence[float], dt_h: float, start: datetime, evse_id: int, transaction_id: str, profile_id: int = 1, phases: int = 3
) -> Payload:
    """The payload of ``SetChargingProfileRequest`` that lets a vehicle charge with the power of each step, W in one decimal, rounded down.

    Args:
        p_mw: power into the grid of each step, MW; so −0.011 lets it charge with 11 kW. OCPP 2.0.1 has no discharging: where it is positive the
            limit is 0.
        dt_h: length of a step, h: a whole number of seconds.
        start: beginning of the first step, with a time zone.
        evse_id: number of the connector's EVSE at the station, from 1.
        transaction_id: the session that it is for; the profile is a ``TxProfile``.
        profile_id: number of the profile.
        phases: phases to charge on.

    Raises:
        ValueError: there are no steps or too many, a power is not finite, ``dt_h`` is no whole number of seconds, or ``start`` has no time zone.
    """
    seconds = _seconds(dt_h)
    if not 1 <= len(p_mw) <= LARGEST_SCHEDULE or not np.isfinite(p_mw).all():
        raise ValueError(f"p_mw has {len(p_mw)} steps, expected 1 to {LARGEST_SCHEDULE} finite numbers")
    limits = [float(np.floor(max(-p, 0.0) * 1e7 + 1e-6) / 10.0) for p in p_mw]
    starts = [i for i, limit in enumerate(limits) if i == 0 or limit != limits[i - 1]]
    schedule = {
        "id": profile_id,
        "startSchedule": _stamp(start),
        "duration": seconds * len(limits),
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": i * seconds, "limit": limits[i], "numberPhases": phases} for i in starts],
    }
    profile = {
        "id": profile_id,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": transaction_id,
        "chargingSchedule": [schedule],
    }
    return {"evseId": evse_id, "chargingProfile": profile}


def meter_values(p_mw: float, q_mvar: float, drawn_mwh: float, fed_mwh: float, soc: float, at: datetime, evse_id: int) -> Payload:
    """The payload of ``MeterValuesRequest``: power (W, var), registers (Wh) and state of charge (%) at the end of a step.

    Args:
        p_mw, q_mvar: power into the grid, mean over the step, MW and Mvar.
        drawn_mwh, fed_mwh: registers of the energy from and into the grid, MWh.
        soc: the vehicle's state of charge, 0…1.
        at: end of the step, with a time zone.
        evse_id: number of the EVSE at the station, from 1.

    Raises:
        ValueError: ``at`` has no time zone, or a value is not finite.
    """
    samples = [
        _sample("Power.Active.Export" if p_mw > 0.0 else "Power.Active.Import", abs(p_mw) * 1e6, "W"),
        _sample("Power.Reactive.Export" if q_mvar > 0.0 else "Power.Reactive.Import", abs(q_mvar) * 1e6, "var"),
        _sample("Energy.Active.Import.Register", drawn_mwh * 1e6, "Wh"),
        _sample("Energy.Active.Export.Register", fed_mwh * 1e6, "Wh"),
        _sample("SoC", soc * 100.0, "Percent", location="EV"),
    ]
    return {"evseId": evse_id, "meterValue": [{"timestamp": _stamp(at), "sampledValue": samples}]}


def charging_power_mw(profile: Payload, dt_h: float) -> list[float]:
    """The way back: power into the grid of each step of a ``SetChargingProfileRequest`` in W, MW: what an agent's knob would be set to.

    Raises:
        ValueError: the profile is in amperes, has no duration, or changes within a step.
    """
    schedule = profile["chargingProfile"]["chargingSchedule"][0]
    if schedule["chargingRateUnit"] != "W" or "duration" not in schedule:
        raise ValueError(
            f"the schedule is in {schedule['chargingRateUnit']} with duration {schedule.get('duration')}: expected W and a duration in s"
        )
    seconds, periods = _seconds(dt_h), schedule["chargingSchedulePeriod"]
    if any(period["startPeriod"] % seconds for period in periods) or schedule["duration"] % seconds:
        raise ValueError(f"the schedule changes within a step of {seconds} s")
    steps = np.arange(schedule["duration"] // seconds) * seconds
    at = np.searchsorted([period["startPeriod"] for period in periods], steps, side="right") - 1
    return [-float(periods[i]["limit"]) * 1e-6 for i in at]


def validate(action: str, payload: Payload) -> None:
    """Check a request's payload against the OCPP 2.0.1 schema of ``action``, such as ``SetChargingProfile``.

    Raises:
        ImportError: the package ``ocpp`` is not installed; the message says how to install it.
        ValueError: the payload does not fit the schema; the message says where.
    """
    try:
        messages = import_module("ocpp.messages")
    except ImportError as error:
        raise ImportError('ocpp is needed to check OCPP messages and is not installed; run: pip install "pgcore-ev[ocpp]"') from error
    problem = next(messages.get_validator(messages.MessageType.Call, action, VERSION).iter_errors(payload), None)
    if problem is not None:
        where = "/".join(map(str, problem.absolute_path)) or "the payload"
        raise ValueError(f"{action}: {where}: {problem.message}")


def _sample(measurand: str, value: float, unit: str, location: str = "Outlet") -> Payload:
    if not np.isfinite(value):
        raise ValueError(f"{measurand} is {value}, expected a finite number")
    return {
        "value": round(float(value), 3),
        "context": "Sample.Periodic",
        "measurand": measurand,
        "location": location,
        "unitOfMeasure": {"unit": unit},
    }


def _seconds(dt_h: float) -> int:
    seconds = round(dt_h * 3600.0)
    if seconds < 1 or abs(seconds - dt_h * 3600.0) > 1e-6:
        raise ValueError(f"dt_h is {dt_h}, expected a whole number of seconds")
    return seconds


def _stamp(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; OCPP needs one, for example datetime(…, tzinfo=UTC)")
    return at.isoformat()
