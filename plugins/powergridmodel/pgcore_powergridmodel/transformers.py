"""Transformers: circuits of two-winding transformers from their name plates."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.network import Complex


@frozen(eq=False)
class Transformers:
    """π-circuits at the low-voltage side behind ideal transformers at the high-voltage one, arrays of shape ``(n,)``."""

    series_ohm: Complex
    shunt_siemens: Complex
    """Of both ends together."""
    off_nominal: Array
    """Ratio of the windings over that of the rated voltages of their buses."""
    shift_rad: Array
    high_a: Array
    """Rated currents; ``inf`` where unknown."""
    low_a: Array


def transformers(net: Any) -> Transformers:
    """Read a net's table ``trafo``.

    Impedance from the short-circuit test and magnetising admittance from the open-circuit test (Kundur 1994, section 6.2), both at the rated low
    voltage, at the tap if that is where the tap changer sits. The equivalent T-circuit becomes the π-circuit with the same behaviour at its ends.
    """
    table = {name: net.trafo[name].to_numpy(dtype=float) for name in ("sn_mva", "vn_hv_kv", "vn_lv_kv", "vk_percent", "vkr_percent", "pfe_kw")}
    high_kv, low_kv = tapped(net.trafo)
    parallel, derating = (net.trafo[name].to_numpy(dtype=float) for name in ("parallel", "df"))
    series, shunt = _pi_circuit(_leakage_ohm(table, low_kv) / parallel, _magnetising_siemens(net.trafo, table, low_kv) * parallel, net)
    bus_high_kv, bus_low_kv = (net.bus.vn_kv.loc[net.trafo[side]].to_numpy(dtype=float) for side in ("hv_bus", "lv_bus"))
    rated_va = table["sn_mva"] * 1e6 * parallel * derating
    high_a, low_a = (rated_va / np.sqrt(3) / (table[name] * 1e3) for name in ("vn_hv_kv", "vn_lv_kv"))
    return Transformers(
        series_ohm=series,
        shunt_siemens=shunt,
        off_nominal=(high_kv / low_kv) / (bus_high_kv / bus_low_kv),
        shift_rad=np.deg2rad(net.trafo.shift_degree.to_numpy(dtype=float)),
        high_a=np.where(high_a > 0, high_a, np.inf),
        low_a=np.where(low_a > 0, low_a, np.inf),
    )


def tapped(trafo: Any) -> tuple[Array, Array]:
    """High and low rated voltage, kV, at the present tap positions of ratio tap changers."""
    high_kv, low_kv = (trafo[name].to_numpy(dtype=float) for name in ("vn_hv_kv", "vn_lv_kv"))
    if "tap_changer_type" not in trafo:
        return high_kv, low_kv
    steps = (trafo.tap_pos - trafo.tap_neutral).to_numpy(dtype=float) * trafo.tap_step_percent.to_numpy(dtype=float) / 100
    acting = (trafo.tap_changer_type == "Ratio").to_numpy(dtype=bool) & np.isfinite(steps)
    at_high, at_low = (acting & (trafo.tap_side == side).to_numpy(dtype=bool) for side in ("hv", "lv"))
    return high_kv * (1 + np.where(at_high, steps, 0)), low_kv * (1 + np.where(at_low, steps, 0))


def _leakage_ohm(table: dict[str, Array], low_kv: Array) -> Complex:
    base_ohm = low_kv**2 / table["sn_mva"]
    total, resistive = table["vk_percent"] / 100, table["vkr_percent"] / 100
    return np.asarray(base_ohm * (resistive + 1j * np.sqrt(total**2 - resistive**2)))


def _magnetising_siemens(trafo: Any, table: dict[str, Array], low_kv: Array) -> Complex:
    total_mva = trafo.i0_percent.to_numpy(dtype=float) / 100 * table["sn_mva"]
    iron_mw = table["pfe_kw"] / 1e3
    reactive_mvar = np.sqrt(np.maximum(total_mva**2 - iron_mw**2, 0))
    return np.asarray((iron_mw - 1j * reactive_mvar) / low_kv**2)


def _pi_circuit(series: Complex, shunt: Complex, net: Any) -> tuple[Complex, Complex]:
    if net.user_pf_options.get("trafo_model", "t") == "pi":
        return series, shunt
    crossed = 1 + series * shunt / 4
    return series * crossed, shunt / crossed
