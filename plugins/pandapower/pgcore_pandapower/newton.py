"""Newton's method for the power flow of a neutral case."""

from typing import Any

import numpy as np
from attrs import frozen

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


@frozen(eq=False)
class Admittances:
    """The four admittances of each branch (pu; 0 where open) and the bus admittance matrix (sparse, shunts included)."""

    ff: Complex
    ft: Complex
    tf: Complex
    tt: Complex
    bus: Any


def admittances(case: Case) -> Admittances:
    """Branch and bus admittances, from the π-model behind an ideal transformer (MATPOWER manual, section 3.2)."""
    on: Complex = case.closed.astype(np.complex128)
    series: Complex = on / (case.r_pu + 1j * case.x_pu)
    half: Complex = on * (case.g_pu + 1j * case.b_pu) / 2
    ff: Complex = (series + half) / np.abs(case.ratio) ** 2 + on * case.y_from_pu
    ft: Complex = -series / np.conj(case.ratio)
    tf: Complex = -series / case.ratio
    tt = series + half + on * case.y_to_pu
    return Admittances(ff, ft, tf, tt, _bus_matrix(case, ff, ft, tf, tt))


def _bus_matrix(case: Case, ff: Complex, ft: Complex, tf: Complex, tt: Complex) -> Any:
    from scipy.sparse import csr_array

    n, f, t = len(case.vn_kv), case.from_bus, case.to_bus
    diagonal = np.arange(n)
    rows, cols = np.concatenate([f, f, t, t, diagonal]), np.concatenate([f, t, f, t, diagonal])
    return csr_array((np.concatenate([ff, ft, tf, tt, case.shunt_pu]), (rows, cols)), shape=(n, n))


def reached(case: Case) -> Flags:
    """Which case buses are connected to a slack bus by closed branches."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    n, on = len(case.vn_kv), case.closed
    links = csr_array((np.ones(int(on.sum())), (case.from_bus[on], case.to_bus[on])), shape=(n, n))
    _, island = connected_components(links, directed=False)
    return np.asarray(np.isin(island, island[case.slack_bus]))


def newton(case: Case, extra: Complex | None = None) -> Solution:
    """Solve the case's power flow; ``extra`` (MW + j Mvar into the grid, per case bus) comes on top of what the case injects.

    Polar Newton-Raphson (Tinney & Hart 1967) from the voltages of the unloaded series network, which carry every phase shift.
    """
    y, live = admittances(case), reached(case)
    power = scheduled(case) + (0 if extra is None else extra / case.base_mva)
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
            voltage = _stepped(voltage, _solved(jacobian(y.bus, voltage, pv, pq), -miss), pv, pq)
    miss = _mismatch(y, voltage, power, pv, pq)
    return Solution(voltage, bool(np.isfinite(miss).all() and np.abs(miss).max() < 100 * TOLERANCE_PU), live)


def scheduled(case: Case) -> Complex:
    """Complex power that the network itself injects at each case bus, pu."""
    power = (case.p_mw + 1j * case.q_mvar) / case.base_mva
    power[case.pv_bus] += case.pv_p_mw / case.base_mva
    return np.asarray(power)


def _mismatch(y: Admittances, voltage: Complex, power: Complex, pv: Index, pq: Index) -> Any:
    off = voltage * np.conj(y.bus @ voltage) - power
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
    matrix = admittances(bare).bus
    voltage = np.zeros(len(live), dtype=complex)
    voltage[case.slack_bus] = case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg))
    free = np.setdiff1d(np.flatnonzero(live), case.slack_bus)
    if len(free):
        right = -(matrix[free][:, case.slack_bus] @ voltage[case.slack_bus])
        voltage[free] = _solved(matrix[free][:, free].tocsc(), right)
    held = live[case.pv_bus]
    voltage[case.pv_bus[held]] *= case.pv_vm_pu[held] / np.abs(voltage[case.pv_bus[held]])
    return voltage
