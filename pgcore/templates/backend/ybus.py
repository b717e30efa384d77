"""Admittances of a network's case, and which of its buses are connected to a source."""

import numpy as np
from attrs import frozen
from pgcore.columns import Flags
from pgcore.contracts.network import Case, Complex


@frozen(eq=False)
class Admittances:
    """The bus admittance matrix, and the four entries of each branch, pu: current into it at one end from the voltage at the other."""

    bus: Complex
    ff: Complex
    ft: Complex
    tf: Complex
    tt: Complex


def admittances(case: Case) -> Admittances:
    """Every branch is a π-circuit behind an ideal transformer at its from end (MATPOWER's convention)."""
    closed = case.closed.astype(float)
    series: Complex = np.asarray(closed / (case.r_pu + 1j * case.x_pu), dtype=np.complex128)
    half = closed * (case.g_pu + 1j * case.b_pu) / 2.0
    ff = (series + half) / np.abs(case.ratio) ** 2 + closed * case.y_from_pu
    tt = series + half + closed * case.y_to_pu
    ft: Complex = -series / np.conj(case.ratio)
    tf: Complex = -series / case.ratio
    bus = np.diag(case.shunt_pu).astype(complex)
    start, end = case.from_bus, case.to_bus
    for row, column, value in ((start, start, ff), (start, end, ft), (end, start, tf), (end, end, tt)):
        np.add.at(bus, (row, column), value)
    return Admittances(bus, ff, ft, tf, tt)


def connected(case: Case) -> Flags:
    """Which case buses a slack bus reaches through closed branches, ``(n bus,)``."""
    live = np.zeros(len(case.vn_kv), dtype=bool)
    live[case.slack_bus] = True
    start, end = case.from_bus[case.closed], case.to_bus[case.closed]
    reached = 0
    while reached != live.sum():
        reached = int(live.sum())
        live[end[live[start]]] = True
        live[start[live[end]]] = True
    return live
