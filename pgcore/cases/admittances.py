"""Admittances of a neutral case: its branches as two-ports, the bus matrix, and the buses that have a source."""

import numpy as np
from attrs import frozen

from pgcore.columns import Flags, Index
from pgcore.contracts.network import Case, Complex


@frozen(eq=False)
class TwoPorts:
    """Every branch as a two-port, ``(n branch,)`` in pu, 0 where open: the current into it is ``ff·V_from + ft·V_to`` at its from end and
    ``tf·V_from + tt·V_to`` at its to end.
    """

    ff: Complex
    ft: Complex
    tf: Complex
    tt: Complex


def two_ports(case: Case) -> TwoPorts:
    """The branches of a case, from the π-model behind an ideal transformer (MATPOWER manual, section 3.2)."""
    on: Complex = case.closed.astype(np.complex128)
    series: Complex = on / (case.r_pu + 1j * case.x_pu)
    half: Complex = on * (case.g_pu + 1j * case.b_pu) / 2
    ff: Complex = (series + half) / np.abs(case.ratio) ** 2 + on * case.y_from_pu
    ft: Complex = -series / np.conj(case.ratio)
    tf: Complex = -series / case.ratio
    return TwoPorts(ff, ft, tf, series + half + on * case.y_to_pu)


def bus_entries(case: Case, y: TwoPorts) -> tuple[Index, Index, Complex]:
    """The bus admittance matrix with its shunts as rows, columns and values (pu); what falls on one place adds up.

    ``scipy.sparse.csr_array((values, (rows, columns)), shape=(n, n))`` is the matrix.
    """
    f, t, diagonal = case.from_bus, case.to_bus, np.arange(len(case.vn_kv))
    rows, columns = np.concatenate([f, f, t, t, diagonal]), np.concatenate([f, t, f, t, diagonal])
    return rows, columns, np.concatenate([y.ff, y.ft, y.tf, y.tt, case.shunt_pu])


def live_buses(case: Case) -> Flags:
    """Which case buses a slack bus reaches through closed branches, ``(n bus,)``."""
    label = islands(case)
    return np.asarray(np.isin(label, label[case.slack_bus]))


def islands(case: Case) -> Index:
    """A number for every case bus, the same for two buses where closed branches connect them, ``(n bus,)``.

    Each round hooks every island to its lowest neighbour, which at least halves the number of islands that still touch (Shiloach & Vishkin 1982).
    """
    label, start, end = np.arange(len(case.vn_kv)), case.from_bus[case.closed], case.to_bus[case.closed]
    while not np.array_equal(label[start], label[end]):
        one, other = label[start], label[end]
        np.minimum.at(label, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(label, label[label]):
            label = label[label]
    return label
