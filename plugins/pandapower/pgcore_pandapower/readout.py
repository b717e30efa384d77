"""Reads one row of a Flow off the result tables of a solved pandapower net."""

from typing import Any

import numpy as np

from pgcore.columns import Array, Flags
from pgcore.contracts.network import Case
from pgcore_pandapower.flows import Row


def at_slack(net: Any, case: Case) -> Flags:
    """Which generators share a bus with an external grid or are slack themselves.

    pandapower hands the reactive power of such a bus to the generators; counting them with the external grid makes it one number again.
    """
    place = {int(bus): k for k, bus in enumerate(net.bus.index)}
    held = case.bus_of[[place[int(bus)] for bus in net.gen.bus]] if len(net.gen) else np.zeros(0, dtype=int)
    return np.asarray(np.isin(held, case.slack_bus) & (held >= 0))


def read(net: Any, sharing: Flags) -> Row:
    """The row of a net that ``runpp`` has just solved. Dead buses and idle branches, NaN in pandapower's tables, become zeros.

    ``sharing`` comes from :func:`at_slack`.
    """
    vm_pu = _column(net.res_bus, "vm_pu")
    energised = np.isfinite(vm_pu)
    return {
        "vm_pu": _clean(vm_pu),
        "va_deg": _clean(_column(net.res_bus, "va_degree")),
        "line_loading_percent": _clean(_column(net.res_line, "loading_percent")),
        "trafo_loading_percent": _clean(_both(net, "loading_percent")),
        "line_p_mw": _clean(_column(net.res_line, "p_from_mw")),
        "trafo_p_mw": _clean(_both(net, "p_hv_mw")),
        "slack_p_mw": _slack(net, "p_mw", sharing & net.gen.slack.to_numpy(dtype=bool)),
        "slack_q_mvar": _slack(net, "q_mvar", sharing),
        "losses_mw": sum(float(_clean(_column(net[table], "pl_mw")).sum()) for table in ("res_line", "res_trafo", "res_trafo3w")),
        "energised": energised,
        "converged": True,
    }


def _column(table: Any, name: str) -> Array:
    return table[name].to_numpy(dtype=float) if len(table) else np.zeros(0)


def _both(net: Any, name: str) -> Array:
    return np.concatenate([_column(net.res_trafo, name), _column(net.res_trafo3w, name)])


def _clean(values: Array) -> Array:
    """Zeros for NaN (nothing flows) and for infinite loadings (a rating of zero is an unknown one)."""
    return np.where(np.isfinite(values), values, 0.0)


def _slack(net: Any, name: str, with_them: Flags) -> float:
    """What external grids inject, and the generators ``with_them``."""
    total = float(_clean(_column(net.res_ext_grid, name)).sum())
    return total + float(_clean(_column(net.res_gen, name))[with_them].sum()) if with_them.any() else total
