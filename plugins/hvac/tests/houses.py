"""What the tests of this package share: one device outside of any grid, stepped with plain numbers."""

from typing import Any

import numpy as np
from pgcore_hvac.zone import Hvac

from pgcore.contracts.device import Device, Effect, State

BOPTEST = {"r_k_per_kw": 10.0, "c_air_kwh_per_k": 1e6 / 3.6e6}
"""BOPTEST's testcase1: 0.01 K/W and 1e6 J/K."""
HEAVY = {"r_k_per_kw": 6.67, "c_air_kwh_per_k": 1.0, "c_mass_kwh_per_k": 5.5, "r_mass_k_per_kw": 0.37}
CALM = {"outdoor_c": 0.0, "outdoor_k_per_h": 0.0, "irradiance_w_per_m2": 0.0, "internal_mw": 0.0}
NO_DRAW = {"draw_l_per_h": 0.0, "cold_c": 10.0, "room_c": 20.0, "outdoor_c": 5.0}


def house(**options: Any) -> Hvac:
    return Hvac(**{"p_max_mw": 0.01, **BOPTEST, **options})


def start(device: Device, **values: float) -> State:
    """Its state at reset, with some values set."""
    state = device.initial((), np.random.default_rng(0))
    if "air_c" in values:
        values = {"mass_c": values["air_c"], **values}
    return {**state, **{name: np.float64(value) for name, value in values.items()}}


def step(device: Device, state: State, exo: dict[str, float], dt_h: float, **action: float) -> tuple[State, Effect]:
    """One step; knobs that are not set stay at their default."""
    settings = {k.name: getattr(device, k.default) if isinstance(k.default, str) else k.default for k in device.knobs}
    return device.step(state, {k: np.float64(v) for k, v in {**settings, **action}.items()}, {k: np.float64(v) for k, v in exo.items()}, dt_h)


def imbalance(effect: Effect, dt_h: float) -> float:
    """By how much the energy ledger does not close, MWh."""
    return float(abs(-effect.p_mw * dt_h - effect.stored_mwh - effect.loss_mwh - effect.useful_mwh))
