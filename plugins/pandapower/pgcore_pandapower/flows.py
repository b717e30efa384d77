"""Branch loadings, slack power and losses of a neutral case at given voltages."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case, Complex
from pgcore_pandapower.newton import Admittances, scheduled

FIELDS = (
    "vm_pu",
    "va_deg",
    "line_loading_percent",
    "trafo_loading_percent",
    "line_p_mw",
    "trafo_p_mw",
    "slack_p_mw",
    "slack_q_mvar",
    "losses_mw",
)
"""The numbers of a Flow: those that are zero where a row did not converge."""

Row = dict[str, Any]
"""One environment's Flow: the fields without their leading axis."""


@frozen(eq=False)
class Gauge:
    """What it takes to read a Flow off the voltages of one case."""

    case: Case
    y: Admittances
    live: Flags
    """Which case buses have a source."""

    def read(self, voltage: Complex, power: Complex) -> Row:
        """One row of a Flow.

        Args:
            voltage: complex voltage of each case bus, pu.
            power: what is injected at each case bus without the slack's share, pu.
        """
        case = self.case
        start, end = voltage[case.from_bus], voltage[case.to_bus]
        into_from, into_to = self.y.ff * start + self.y.ft * end, self.y.tf * start + self.y.tt * end
        p_from, p_to = (start * np.conj(into_from)).real * case.base_mva, (end * np.conj(into_to)).real * case.base_mva
        currents = np.column_stack([self._ka(into_from, case.from_bus), self._ka(into_to, case.to_bus)])
        slack = self._slack_mva(voltage, power)
        return {
            **self._buses(voltage),
            "line_loading_percent": _loading(currents, case.line_branch[:, None], case.line_limit_ka[:, None, None]),
            "trafo_loading_percent": _loading(currents, case.trafo_branch, case.trafo_limit_ka),
            "line_p_mw": _at(p_from, case.line_branch),
            "trafo_p_mw": _at(p_from, case.trafo_branch[:, 0]),
            "slack_p_mw": slack.real,
            "slack_q_mvar": slack.imag,
            "losses_mw": _at(p_from + p_to, case.line_branch).sum() + _at(p_from + p_to, case.trafo_branch.ravel()).sum(),
        }

    def _ka(self, current: Complex, bus: Index) -> Array:
        return np.asarray(np.abs(current) * self.case.base_mva / (np.sqrt(3) * self.case.vn_kv[bus]))

    def _slack_mva(self, voltage: Complex, power: Complex) -> Any:
        """What is missing at all buses together (Q: at those without a generator that holds the voltage).

        At a solution nothing is missing but at the slack; beside one, as in a linear solve, this makes the power balance all the same.
        """
        missing = np.where(self.live, voltage * np.conj(self.y.bus @ voltage) - power, 0)
        reactive = missing.imag.sum() - missing[self.case.pv_bus].imag.sum()
        return (missing.real.sum() + 1j * reactive) * self.case.base_mva

    def _buses(self, voltage: Complex) -> Row:
        held = self.case.bus_of
        energised = (held >= 0) & self.live[held]
        seen = np.where(energised, voltage[held], 0)
        return {"vm_pu": np.abs(seen), "va_deg": np.rad2deg(np.angle(seen)), "energised": energised, "converged": True}


def injected_pu(case: Case, extra: Complex) -> Complex:
    """What is injected at each case bus, pu: by the network itself and by ``extra`` (MW + j Mvar)."""
    return scheduled(case) + extra / case.base_mva


def gathered(case: Case, p_mw: Array, q_mvar: Array) -> Complex:
    """Injections at topology buses (one row) summed up at case buses, MW + j Mvar; those at dead buses are dropped."""
    total = np.zeros(len(case.vn_kv), dtype=complex)
    alive = case.bus_of >= 0
    np.add.at(total, case.bus_of[alive], p_mw[alive] + 1j * q_mvar[alive])
    return total


def stacked(rows: list[Row], rungs: list[int]) -> Flow:
    """The Flow of all rows."""
    values = {name: np.array([row[name] for row in rows], dtype=float) for name in FIELDS}
    flags = {name: np.array([row[name] for row in rows], dtype=bool) for name in ("converged", "energised")}
    return Flow(**values, **flags, rung=np.array(rungs, dtype=np.uint8))


def failed(n_bus: int, n_line: int, n_trafo: int) -> Row:
    """The row of a solve that did not converge: zeros, nothing energised."""
    return {
        "vm_pu": np.zeros(n_bus),
        "va_deg": np.zeros(n_bus),
        "line_loading_percent": np.zeros(n_line),
        "trafo_loading_percent": np.zeros(n_trafo),
        "line_p_mw": np.zeros(n_line),
        "trafo_p_mw": np.zeros(n_trafo),
        "slack_p_mw": 0.0,
        "slack_q_mvar": 0.0,
        "losses_mw": 0.0,
        "energised": np.zeros(n_bus, dtype=bool),
        "converged": False,
    }


def _at(values: Array, branch: Index) -> Array:
    """``values`` of each branch, zero where it is −1."""
    return np.asarray(np.where(branch >= 0, values[branch], 0.0) if len(values) else np.zeros(len(branch)))


def _loading(currents: Array, branch: Index, limit_ka: Array) -> Array:
    """Largest current over rated current, percent; ``branch`` is ``(n, k)`` and ``limit_ka`` spreads to ``(n, k, 2)``."""
    if not len(currents):
        return np.zeros(len(branch))
    share = np.where((branch >= 0)[:, :, None], currents[branch] / limit_ka, 0.0)
    return np.asarray(100 * share.max(axis=(1, 2)))
