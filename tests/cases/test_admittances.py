"""Two-ports, the bus matrix and islands of a neutral case."""

import attrs
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from pgcore.cases.admittances import bus_entries, islands, live_buses, two_ports
from pgcore.contracts.network import Case
from tests.feeders import network, row


def off_nominal() -> Case:
    """One transformer with charging, extra admittance at either end, and a ratio of 1.05 turned by 30°."""
    case = network([(0, 1)]).case
    one = {"g_pu": np.array([0.01]), "b_pu": np.array([0.03]), "y_from_pu": np.array([0.002 - 0.001j]), "y_to_pu": np.array([0.004j])}
    return attrs.evolve(case, **one, ratio=np.array([1.05 * np.exp(1j * np.pi / 6)]))


def test_a_two_port_is_the_circuit_solved_by_hand() -> None:
    """Currents of the π-circuit behind the ideal transformer by Kirchhoff's laws, element by element."""
    case, voltage = off_nominal(), (1.02 + 0.1j, 0.97 - 0.05j)
    y = two_ports(case)
    inner = voltage[0] / case.ratio[0]
    series, half = 1 / (0.02 + 0.04j), (0.01 + 0.03j) / 2
    from_inside = series * (inner - voltage[1]) + half * inner
    into_from = from_inside / np.conj(case.ratio[0]) + case.y_from_pu[0] * voltage[0]
    into_to = series * (voltage[1] - inner) + (half + case.y_to_pu[0]) * voltage[1]
    assert y.ff[0] * voltage[0] + y.ft[0] * voltage[1] == pytest.approx(into_from, abs=1e-14)
    assert y.tf[0] * voltage[0] + y.tt[0] * voltage[1] == pytest.approx(into_to, abs=1e-14)


def test_an_open_branch_has_no_admittance() -> None:
    y = two_ports(attrs.evolve(off_nominal(), closed=np.array([False])))
    assert not any(abs(part[0]) for part in (y.ff, y.ft, y.tf, y.tt))


def test_the_bus_matrix_adds_parallel_branches_and_shunts() -> None:
    case = network([(0, 1), (0, 1)], shunt_pu=np.array([0, 0.1j])).case
    rows, columns, values = bus_entries(case, two_ports(case))
    series = 2 / (0.02 + 0.04j)
    assert csr_array((values, (rows, columns)), shape=(2, 2)).toarray() == pytest.approx(np.array([[series, -series], [-series, series + 0.1j]]))


def test_islands_are_those_of_scipy_on_random_graphs() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        ends = rng.integers(0, 40, (30, 2))
        case = attrs.evolve(network([*map(tuple, ends.tolist()), (39, 39)]).case, closed=np.append(rng.random(30) < 0.8, True))
        on = case.closed
        _, expected = connected_components(csr_array((np.ones(on.sum()), (case.from_bus[on], case.to_bus[on])), shape=(40, 40)), directed=False)
        found = islands(case)
        assert np.array_equal(found[:, None] == found, expected[:, None] == expected)


def test_buses_behind_an_open_branch_have_no_source() -> None:
    case = attrs.evolve(network(row(4)).case, closed=np.array([True, False, True]))
    assert live_buses(case).tolist() == [True, True, False, False]


def test_a_row_of_ten_thousand_buses_is_one_island() -> None:
    ends = np.random.default_rng(0).permutation(10_000)
    assert len(set(islands(network([*zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]).case).tolist())) == 1
