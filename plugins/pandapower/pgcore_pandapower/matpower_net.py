"""Builds a pandapower net from MATPOWER matrices, exactly."""

from typing import Any

import numpy as np

from pgcore_pandapower.matpower import MatpowerCase, Matrix
from pgcore_pandapower.topology import UNKNOWN_LIMIT

REFERENCE, PV, ISOLATED = 3, 2, 4


def net_of(case: MatpowerCase) -> Any:
    """A pandapower net with MATPOWER's bus numbers as indices and its exact power flow.

    pandapower's own converter puts the off-nominal ratio of a transformer on the wrong side when the from bus has the lower voltage, and turns its
    charging into magnetising; so transformers are built here: the ratio becomes a rated voltage at the from side, charging becomes shunts at both
    ends. Voltage angles count at every voltage level, as they do in MATPOWER. Buses without a base voltage are taken to be of 1 kV.
    """
    import pandapower

    net = pandapower.create_empty_network(sn_mva=case.base_mva)
    pandapower.set_user_pf_options(net, calculate_voltage_angles=True)
    vn_kv = {int(row[0]): float(row[9]) or 1.0 for row in case.bus}
    for row in case.bus:
        _add_bus(net, row, vn_kv[int(row[0])])
    _add_generators(net, case)
    for row in case.branch:
        (_add_line if _is_line(row, vn_kv) else _add_transformer)(net, row, vn_kv, case.base_mva)
    return net


def _add_bus(net: Any, row: Matrix, vn_kv: float) -> None:
    import pandapower

    bus = pandapower.create_bus(net, vn_kv=vn_kv, index=int(row[0]), name=f"{int(row[0])}", in_service=bool(row[1] != ISOLATED))
    if row[2] or row[3]:
        pandapower.create_load(net, bus, p_mw=row[2], q_mvar=row[3])
    if row[4] or row[5]:
        pandapower.create_shunt(net, bus, p_mw=row[4], q_mvar=-row[5])


def _add_generators(net: Any, case: MatpowerCase) -> None:
    """As in MATPOWER the first unit at a reference bus is the slack, and the last one at a bus sets its voltage."""
    import pandapower

    kind = {int(row[0]): int(row[1]) for row in case.bus}
    angle = {int(row[0]): float(row[8]) for row in case.bus}
    units = [row for row in case.gen if row[7] > 0]
    vm_pu = {int(row[0]): float(row[5]) for row in units}
    seen: set[int] = set()
    for row in units:
        bus = int(row[0])
        if kind[bus] == REFERENCE and bus not in seen:
            pandapower.create_ext_grid(net, bus, vm_pu=vm_pu[bus], va_degree=angle[bus])
        elif kind[bus] in (REFERENCE, PV):
            pandapower.create_gen(net, bus, p_mw=row[1], vm_pu=vm_pu[bus])
        else:
            pandapower.create_sgen(net, bus, p_mw=row[1], q_mvar=row[2])
        seen.add(bus)


def _is_line(row: Matrix, vn_kv: dict[int, float]) -> bool:
    return bool(vn_kv[int(row[0])] == vn_kv[int(row[1])] and row[8] in (0, 1) and row[9] == 0)


def _add_line(net: Any, row: Matrix, vn_kv: dict[int, float], base_mva: float) -> None:
    import pandapower

    start, end = int(row[0]), int(row[1])
    ohm = vn_kv[start] ** 2 / base_mva
    pandapower.create_line_from_parameters(
        net,
        start,
        end,
        length_km=1.0,
        r_ohm_per_km=row[2] * ohm,
        x_ohm_per_km=row[3] * ohm,
        c_nf_per_km=row[4] / ohm / (2 * np.pi * net.f_hz) * 1e9,
        max_i_ka=row[5] / (np.sqrt(3) * vn_kv[start]) if row[5] > 0 else UNKNOWN_LIMIT,
        in_service=bool(row[10] > 0),
    )


def _add_transformer(net: Any, row: Matrix, vn_kv: dict[int, float], base_mva: float) -> None:
    import pandapower

    start, end = int(row[0]), int(row[1])
    ratio, sn_mva = row[8] or 1.0, row[5] if row[5] > 0 else UNKNOWN_LIMIT
    from_high = vn_kv[start] >= vn_kv[end]
    rated = {start: vn_kv[start] * ratio, end: vn_kv[end]}
    high, low = (start, end) if from_high else (end, start)
    percent = 100 * sn_mva / base_mva
    pandapower.create_transformer_from_parameters(
        net,
        high,
        low,
        sn_mva=sn_mva,
        vn_hv_kv=rated[high],
        vn_lv_kv=rated[low],
        vk_percent=float(np.copysign(np.hypot(row[2], row[3]), row[3])) * percent,
        vkr_percent=row[2] * percent,
        pfe_kw=0.0,
        i0_percent=0.0,
        shift_degree=row[9] if from_high else -row[9],
        in_service=bool(row[10] > 0),
    )
    if row[4] and row[10] > 0:
        half = row[4] / 2 * base_mva
        pandapower.create_shunt(net, start, q_mvar=-half / ratio**2)
        pandapower.create_shunt(net, end, q_mvar=-half)
