"""Newton's method for the power flow of a neutral case."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.cases.admittances import bus_entries, live_buses, two_ports
from pgcore.cases.injections import scheduled_pu
from pgcore.columns import Flags, Index
from pgcore.contracts.network import Case, Complex

TOLERANCE_PU = 1e-11
MAX_ITERATIONS = 30


@frozen(eq=False)
class Solution:
    """Complex voltages of the case buses (pu; 0 where de-energised), whether the mismatch vanished, and which buses have a source."""

    voltage: Complex
    converged: bool
    live: Flags


def bus_matrix(case: Case) -> Any:
    """The sparse bus admittance matrix of a case, pu, shunts included."""
    from scipy.sparse import csr_array

    rows, columns, values = bus_entries(case, two_ports(case))
    return csr_array((values, (rows, columns)), shape=(len(case.vn_kv), len(case.vn_kv)))


def newton(case: Case, extra: Complex | None = None) -> Solution:
    """Solve the case's power flow; ``extra`` (MW + j Mvar into the grid, per case bus) comes on top of what the case injects.

    Polar Newton-Raphson (Tinney & Hart 1967) from the voltages of the unloaded series network, which carry every phase shift.
    """
    y, live = bus_matrix(case), live_buses(case)
    power = scheduled_pu(case) + (0 if extra is None else extra / case.base_mva)
    pv = case.pv_bus[live[case.pv_bus]]
    fixed = np.isin(np.arange(len(live)), np.concatenate([case.slack_bus, pv]))
    pq = np.flatnonzero(live & ~fixed)
    with np.errstate(all="ignore"):
        voltage = _unloaded(case, live)
        for _ in range(MAX_ITERATIONS):
            miss = _mismatch(y, voltage, power, pv, pq)
            if not np.isfinite(miss).all():
                break
            if not len(miss) or np.abs(miss).max() < TOLERANCE_PU:
                return Solution(voltage, True, live)
            voltage = _stepped(voltage, _solved(jacobian(y, voltage, pv, pq), -miss), pv, pq)
    miss = _mismatch(y, voltage, power, pv, pq)
    return Solution(voltage, bool(np.isfinite(miss).all() and np.abs(miss).max() < 100 * TOLERANCE_PU), live)


def _mismatch(y: Any, voltage: Complex, power: Complex, pv: Index, pq: Index) -> Any:
    off = voltage * np.conj(y @ voltage) - power
    return np.concatenate([off[pv].real, off[pq].real, off[pq].imag])


def jacobian(bus_matrix: Any, voltage: Complex, pv: Index, pq: Index) -> Any:
    """Sparse Jacobian of (P at pv and pq buses, Q at pq buses) by (angle at pv and pq buses, magnitude at pq buses)."""
    from scipy.sparse import block_array, diags_array

    unit = voltage / np.where(voltage == 0, 1, np.abs(voltage))
    current = bus_matrix @ voltage
    by_angle = 1j * diags_array(voltage) @ (diags_array(current) - bus_matrix @ diags_array(voltage)).conj()
    by_magnitude = diags_array(voltage) @ (bus_matrix @ diags_array(unit)).conj() + diags_array(np.conj(current) * unit)
    a, m, both = by_angle.tocsr(), by_magnitude.tocsr(), np.concatenate([pv, pq])
    p_rows = [a[both][:, both].real, m[both][:, pq].real]
    return block_array([p_rows, [a[pq][:, both].imag, m[pq][:, pq].imag]], format="csc")


def _solved(matrix: Any, right: Any) -> Any:
    from scipy.sparse.linalg import splu

    try:
        return splu(matrix).solve(right)
    except RuntimeError:  # SuperLU's word for an exactly singular matrix
        return np.full(len(right), np.nan)


def _stepped(voltage: Complex, step: Any, pv: Index, pq: Index) -> Complex:
    both = np.concatenate([pv, pq])
    angle, magnitude = np.angle(voltage), np.abs(voltage)
    angle[both] += step[: len(both)]
    magnitude[pq] += step[len(both) :]
    return np.asarray(magnitude * np.exp(1j * angle))


def _unloaded(case: Case, live: Flags) -> Complex:
    import attrs

    zero = np.zeros(len(case.r_pu))
    none = zero.astype(complex)
    bare = attrs.evolve(case, g_pu=zero, b_pu=zero, y_from_pu=none, y_to_pu=none, shunt_pu=np.zeros(len(live), dtype=complex))
    matrix = bus_matrix(bare)
    voltage = np.zeros(len(live), dtype=complex)
    voltage[case.slack_bus] = case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg))
    free = np.setdiff1d(np.flatnonzero(live), case.slack_bus)
    if len(free):
        right = -(matrix[free][:, case.slack_bus] @ voltage[case.slack_bus])
        voltage[free] = _solved(matrix[free][:, free].tocsc(), right)
    held = live[case.pv_bus]
    voltage[case.pv_bus[held]] *= case.pv_vm_pu[held] / np.abs(voltage[case.pv_bus[held]])
    return voltage
