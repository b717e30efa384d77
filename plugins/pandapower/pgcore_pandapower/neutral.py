"""A pandapower net made from a neutral case, so that the reference backend solves networks of any source."""

import copy
from functools import cache
from typing import Any

import numpy as np

from pgcore.columns import Array, Index
from pgcore.contracts.network import Case, Network, TapTable
from pgcore_pandapower.topology import UNKNOWN_LIMIT

F_HZ = 50.0
"""Any frequency would do: a case holds susceptances, and pandapower is given the capacitances that make them."""


def uncarried(network: Network) -> str | None:
    """Why a case cannot be written as a pandapower net, in a few words; ``None`` when it can."""
    case = network.case
    trafos, lines = case.trafo_branch[:, 0], case.line_branch[case.line_branch >= 0]
    owned = np.concatenate([case.line_branch, case.trafo_branch.ravel()])
    reasons = {
        "it has transformers of three windings": (case.trafo_branch[:, 1:] >= 0).any(),
        "it has transformers that are no branch of the case": (trafos < 0).any(),
        "it has branches that are neither lines nor transformers": not np.isin(np.arange(len(case.from_bus)), owned).all(),
        "it has case buses that are no bus of the topology": not np.isin(np.arange(len(case.vn_kv)), case.bus_of).all(),
        "it has lines with a ratio": (case.ratio[lines] != 1.0).any(),
        "it has lines between different voltages": (case.vn_kv[case.from_bus[lines]] != case.vn_kv[case.to_bus[lines]]).any(),
        "it has branches that are not symmetric": case.y_from_pu.any() or case.y_to_pu.any(),
        "it has transformers with magnetising currents": case.g_pu[trafos].any() or case.b_pu[trafos].any(),
        "it has transformers with a negative impedance": (case.r_pu[trafos] < 0.0).any() or (case.x_pu[trafos] < 0.0).any(),
        "the ratio of a transformer does not grow evenly from tap to tap": not all(_even(case, table) for table in case.taps),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def net_of(network: Network) -> Any:
    """A pandapower net with the buses, lines and transformers of a topology in its order, and the numbers of its case.

    What draws or injects constant power at a case bus becomes one load there. :func:`uncarried` says which cases cannot be written so.
    """
    net = copy.deepcopy(_empty())
    net.sn_mva = network.case.base_mva
    _add_buses(net, network)
    if len(network.topology.lines):
        _add_lines(net, network)
    for k in range(len(network.topology.trafos)):
        _add_trafo(net, network, k)
    _add_at_buses(net, network.case, _first(network.case))
    return net


@cache
def _empty() -> Any:
    """A net without elements: making one takes pandapower a quarter of a second, copying one does not."""
    import pandapower

    net = pandapower.create_empty_network(f_hz=F_HZ)
    pandapower.set_user_pf_options(net, calculate_voltage_angles=True)
    return net


def _first(case: Case) -> Index:
    """One bus of the topology for each case bus."""
    found = np.zeros(len(case.vn_kv), dtype=np.intp)
    known = np.flatnonzero(case.bus_of >= 0)[::-1]
    found[case.bus_of[known]] = known
    return found


def _add_buses(net: Any, network: Network) -> None:
    """The buses; those of one case bus are joined by closed switches."""
    import pandapower

    topology, case = network.topology, network.case
    n = len(topology)
    pandapower.create_buses(net, n, vn_kv=topology.vn_kv, index=np.arange(n), name=list(topology.bus_names), in_service=case.bus_of >= 0)
    first = np.where(case.bus_of >= 0, _first(case)[case.bus_of], np.arange(n))
    joined = np.flatnonzero(first != np.arange(n))
    if len(joined):
        pandapower.create_switches(net, first[joined], joined, et="b")


def _add_lines(net: Any, network: Network) -> None:
    import pandapower

    case, lines, there = network.case, network.topology.lines, network.case.line_branch >= 0
    ohm = network.topology.vn_kv[lines.from_bus] ** 2 / case.base_mva
    pandapower.create_lines_from_parameters(
        net,
        lines.from_bus,
        lines.to_bus,
        length_km=1.0,
        r_ohm_per_km=_of_lines(case, case.r_pu, 1.0) * ohm,
        x_ohm_per_km=_of_lines(case, case.x_pu, 1.0) * ohm,
        c_nf_per_km=_of_lines(case, case.b_pu, 0.0) / ohm / (2.0 * np.pi * F_HZ) * 1e9,
        g_us_per_km=_of_lines(case, case.g_pu, 0.0) / ohm * 1e6,
        max_i_ka=np.where(np.isfinite(case.line_limit_ka), case.line_limit_ka, UNKNOWN_LIMIT),
        in_service=there & _of_lines(case, case.closed, False),
        name=list(lines.names),
    )


def _of_lines(case: Case, values: Any, without: Any) -> Any:
    """What the branch of each line has, and ``without`` for a line that is no branch."""
    return np.where(case.line_branch >= 0, values[case.line_branch], without)


def _add_trafo(net: Any, network: Network, k: int) -> None:
    import pandapower

    case, trafos, branch = network.case, network.topology.trafos, int(network.case.trafo_branch[k, 0])
    low_kv, ratio = float(network.topology.vn_kv[trafos.to_bus[k]]), complex(case.ratio[branch])
    limit_ka = float(case.trafo_limit_ka[k, 0, 1])
    sn_mva = limit_ka * np.sqrt(3.0) * low_kv if np.isfinite(limit_ka) else UNKNOWN_LIMIT
    per_cent = 100.0 * sn_mva / case.base_mva
    pandapower.create_transformer_from_parameters(
        net,
        int(trafos.from_bus[k]),
        int(trafos.to_bus[k]),
        sn_mva=sn_mva,
        vn_hv_kv=float(network.topology.vn_kv[trafos.from_bus[k]]) * abs(ratio),
        vn_lv_kv=low_kv,
        vkr_percent=float(case.r_pu[branch]) * per_cent,
        vk_percent=float(np.hypot(case.r_pu[branch], case.x_pu[branch])) * per_cent,
        pfe_kw=0.0,
        i0_percent=0.0,
        shift_degree=float(np.rad2deg(np.angle(ratio))),
        in_service=bool(case.closed[branch]),
        name=trafos.names[k] or None,
        **_tap_changer(case, k),
    )


def _tap_changer(case: Case, k: int) -> dict[str, Any]:
    """A tap changer at the high-voltage side whose present position is the neutral one, so that the rated voltage is that of the case's ratio."""
    table = next((table for table in case.taps if table.trafo == k), None)
    if table is None:
        return {}
    now = table.low + _row_now(case, table)
    return {
        "tap_side": "hv",
        "tap_min": table.low,
        "tap_max": table.low + len(table.ratio) - 1,
        "tap_neutral": now,
        "tap_pos": now,
        "tap_step_percent": 100.0 * float(_steps(table)[0]) / abs(complex(case.ratio[table.branch])),
        "tap_step_degree": 0.0,
        "tap_changer_type": "Ratio",
    }


def _add_at_buses(net: Any, case: Case, first: Index) -> None:
    """Loads, shunts, external grids and generators."""
    import pandapower

    loaded, shunted = np.flatnonzero((case.p_mw != 0.0) | (case.q_mvar != 0.0)), np.flatnonzero(case.shunt_pu)
    if len(loaded):
        pandapower.create_loads(net, first[loaded], p_mw=-case.p_mw[loaded], q_mvar=-case.q_mvar[loaded])
    for k in shunted:
        admittance_mva = complex(case.shunt_pu[k]) * case.base_mva
        pandapower.create_shunt(net, int(first[k]), p_mw=admittance_mva.real, q_mvar=-admittance_mva.imag, vn_kv=float(case.vn_kv[k]))
    for k, vm_pu, va_deg in zip(case.slack_bus, case.slack_vm_pu, case.slack_va_deg, strict=True):
        pandapower.create_ext_grid(net, int(first[k]), vm_pu=float(vm_pu), va_degree=float(va_deg))
    for k, p_mw, vm_pu in zip(case.pv_bus, case.pv_p_mw, case.pv_vm_pu, strict=True):
        pandapower.create_gen(net, int(first[k]), p_mw=float(p_mw), vm_pu=float(vm_pu))


def _steps(table: TapTable) -> Array:
    return np.diff(np.abs(table.ratio))


def _row_now(case: Case, table: TapTable) -> int:
    """The row of the table that the case stands at."""
    return int(np.argmin(np.abs(table.ratio - case.ratio[table.branch])))


def _even(case: Case, table: TapTable) -> bool:
    """Whether a table is that of a tap changer which changes the magnitude of the ratio by the same step each time, and nothing else."""
    steps, now = _steps(table), table.ratio[_row_now(case, table)]
    same = all(np.ptp(entry) == 0.0 for entry in (table.r_pu, table.x_pu, table.b_pu, table.g_pu)) and not table.y_to_pu.any()
    turned = np.abs(np.angle(table.ratio / now)).max() < 1e-12
    return bool(len(steps) and same and turned and np.ptp(steps) < 1e-12 and now == case.ratio[table.branch])
