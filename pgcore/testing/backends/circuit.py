"""Circuit: what follows from the voltages of a neutral case by Ohm's and Kirchhoff's laws alone, written down a second time for checks."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Case, Complex


@frozen(eq=False)
class Branches:
    """Each branch of a case at given voltages, ``(n branch,)``: power into it at both ends in MVA, and the currents there in kA."""

    from_mva: Complex
    to_mva: Complex
    current_ka: Array
    """``(n branch, 2)``: at the from end and at the to end."""


def branches(case: Case, voltage: Complex) -> Branches:
    """What flows in every branch; ``voltage`` is that of each case bus in pu.

    The π-circuit with its charging stands behind the ideal transformer at the from end, ``y_from`` and ``y_to`` at the buses themselves.
    """
    on = case.closed
    start, end = voltage[case.from_bus], voltage[case.to_bus]
    behind = start / case.ratio
    through = (behind - end) / (case.r_pu + 1j * case.x_pu)
    half = (case.g_pu + 1j * case.b_pu) / 2.0
    into_from = on * ((through + half * behind) / np.conj(case.ratio) + case.y_from_pu * start)
    into_to = on * (-through + half * end + case.y_to_pu * end)
    base_ka = case.base_mva / (np.sqrt(3.0) * case.vn_kv)
    currents = np.column_stack([np.abs(into_from) * base_ka[case.from_bus], np.abs(into_to) * base_ka[case.to_bus]])
    return Branches(start * np.conj(into_from) * case.base_mva, end * np.conj(into_to) * case.base_mva, currents)


def missing_mva(case: Case, voltage: Complex, injected_mva: Complex) -> Complex:
    """What each case bus needs besides ``injected_mva`` for its power to balance, MW + j Mvar: what sources give, and zero elsewhere."""
    found = branches(case, voltage)
    drawn: Complex = np.conj(case.shunt_pu) * np.abs(voltage) ** 2 * case.base_mva - injected_mva
    np.add.at(drawn, case.from_bus, found.from_mva)
    np.add.at(drawn, case.to_bus, found.to_mva)
    return drawn


def injected_mva(case: Case, p_mw: Array, q_mvar: Array) -> Complex:
    """What the network itself and ``p_mw``, ``q_mvar`` at the topology's buses inject at each case bus, MW + j Mvar."""
    total: Complex = (case.p_mw + 1j * case.q_mvar).astype(np.complex128)
    np.add.at(total, case.pv_bus, case.pv_p_mw)
    alive = case.bus_of >= 0
    np.add.at(total, case.bus_of[alive], p_mw[alive] + 1j * q_mvar[alive])
    return total


def live(case: Case) -> Flags:
    """Which case buses a source reaches through closed branches, ``(n bus,)``."""
    reached = np.zeros(len(case.vn_kv), dtype=bool)
    reached[case.slack_bus] = True
    start, end = case.from_bus[case.closed], case.to_bus[case.closed]
    before = 0
    while before != reached.sum():
        before = int(reached.sum())
        touched = reached[start] | reached[end]
        reached[start[touched]] = reached[end[touched]] = True
    return reached


def alive(case: Case) -> Flags:
    """Which buses of the topology have voltage, ``(n topology bus,)``."""
    return np.asarray((case.bus_of >= 0) & live(case)[case.bus_of])


def seen(case: Case) -> Index | None:
    """For each case bus one bus of the topology that is the same; ``None`` where a case bus is none of them, as inside a transformer."""
    first = np.full(len(case.vn_kv), -1, dtype=np.intp)
    known = np.flatnonzero(case.bus_of >= 0)
    first[case.bus_of[known]] = known
    return None if (first < 0).any() else first


def loading_percent(current_ka: Array, branch: Index, limit_ka: Any) -> Array:
    """Largest current over rated current among the ends of an element's branches, percent.

    Args:
        current_ka: at both ends of every branch, ``(n branch, 2)``.
        branch: the branches of each element, ``(n, k)``, −1 for none.
        limit_ka: rated currents, ``(n, k, 2)``.
    """
    share = np.where((branch >= 0)[:, :, None], current_ka[branch] / limit_ka, 0.0) if len(current_ka) else np.zeros((*branch.shape, 2))
    return np.asarray(100.0 * share.max(axis=(1, 2), initial=0.0))
