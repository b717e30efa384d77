"""Reads a flow off solved voltages: loadings, branch powers, slack and losses."""

from typing import Any

import numpy as np
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Complex, Network

from pgcore_acme.ybus import Admittances

Row = dict[str, Any]
"""One environment's flow: the fields of a Flow without their leading axis."""


def read(network: Network, y: Admittances, live: Flags, voltage: Complex, injected_mva: Complex) -> Row:
    """One row of a flow, from the voltages of all case buses (pu) and what was injected there (MW + j Mvar)."""
    case = network.case
    start, end = voltage[case.from_bus], voltage[case.to_bus]
    into_from, into_to = y.ff * start + y.ft * end, y.tf * start + y.tt * end
    from_mw = (start * np.conj(into_from)).real * case.base_mva
    lost_mw = from_mw + (end * np.conj(into_to)).real * case.base_mva
    base_ka = case.base_mva / (np.sqrt(3.0) * case.vn_kv)
    current_ka = np.stack([np.abs(into_from) * base_ka[case.from_bus], np.abs(into_to) * base_ka[case.to_bus]], axis=-1)
    slack = voltage * np.conj(y.bus @ voltage) * case.base_mva - injected_mva
    energised = (case.bus_of >= 0) & live[case.bus_of]
    seen = np.where(energised, voltage[case.bus_of], 0.0)
    return {
        "vm_pu": np.abs(seen),
        "va_deg": np.rad2deg(np.angle(seen)),
        "line_loading_percent": _loading(current_ka, case.line_branch[:, None], case.line_limit_ka[:, None, None]),
        "trafo_loading_percent": _loading(current_ka, case.trafo_branch, case.trafo_limit_ka),
        "line_p_mw": _of(from_mw, case.line_branch),
        "trafo_p_mw": _of(from_mw, case.trafo_branch[:, 0]),
        "slack_p_mw": slack[case.slack_bus].real.sum(),
        "slack_q_mvar": slack[case.slack_bus].imag.sum(),
        "losses_mw": _of(lost_mw, case.line_branch).sum() + _of(lost_mw, case.trafo_branch.ravel()).sum(),
        "converged": True,
        "energised": energised,
    }


def failed(network: Network) -> Row:
    """The row of a solve without a solution: zeros everywhere, nothing energised."""
    buses, lines, trafos = len(network.topology), len(network.topology.lines), len(network.topology.trafos)
    per_bus = {name: np.zeros(buses) for name in ("vm_pu", "va_deg")}
    per_line = {name: np.zeros(lines) for name in ("line_loading_percent", "line_p_mw")}
    per_trafo = {name: np.zeros(trafos) for name in ("trafo_loading_percent", "trafo_p_mw")}
    sums = dict.fromkeys(("slack_p_mw", "slack_q_mvar", "losses_mw"), 0.0)
    return {**per_bus, **per_line, **per_trafo, **sums, "converged": False, "energised": np.zeros(buses, dtype=bool)}


def stacked(rows: list[Row]) -> Flow:
    """The flow of all environments; rung 0 is the fixed point, rung 1 says that it failed."""
    fields = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Flow(**fields, rung=np.where(fields["converged"], 0, 1).astype(np.uint8))


def _of(values: Array, branch: Index) -> Array:
    """Each branch's value, 0 where there is none (−1)."""
    return np.asarray(np.where(branch >= 0, values[branch], 0.0) if len(values) else np.zeros(len(branch)))


def _loading(current_ka: Array, branch: Index, limit_ka: Array) -> Array:
    """Largest current over rated current among the ends of an element's branches, percent."""
    if not len(current_ka):
        return np.zeros(len(branch))
    share = np.where((branch >= 0)[:, :, None], current_ka[branch] / limit_ka, 0.0)
    return np.asarray(100.0 * share.max(axis=(1, 2)))
