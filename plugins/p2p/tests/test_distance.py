"""Electrical distances: sums of impedances along a feeder, parallel ways in a ring, and what cannot be."""

import numpy as np
import pytest
from attrs import evolve
from pgcore_p2p.distance import electrical_distances, gaps, matrix, strangers

import pgcore
from pgcore.contracts.network import Network
from pgcore.testing.stage import SLOPE_PU_PER_MW, StageFeeder

OHM = SLOPE_PU_PER_MW * 20.0**2  # each of the three lines, at 20 kV and 1 MVA


def ring() -> Network:
    """The feeder with a fourth line of the same impedance from its end back to the source."""
    network = StageFeeder().load()
    case = network.case
    more = {name: np.append(getattr(case, name), getattr(case, name)[-1]) for name in ("r_pu", "x_pu", "g_pu", "b_pu", "ratio", "closed")}
    ends = {"from_bus": np.append(case.from_bus, 3), "to_bus": np.append(case.to_bus, 0)}
    return evolve(network, case=evolve(case, **more, **ends))


def test_along_a_feeder_impedances_add_up() -> None:
    found = electrical_distances(StageFeeder().load(), {"First": 0, "Last": "C", "Middle": "B"})
    assert found["First"] == pytest.approx({"Last": 3 * OHM, "Middle": 2 * OHM})
    assert found["Last"] == pytest.approx({"Middle": OHM})


def test_ways_round_a_ring_are_parallel() -> None:
    """Two ways of one and three lines: 1·3/(1 + 3); of two and two: 1."""
    found = electrical_distances(ring(), {"A": "A", "B": "B", "C": "C"})
    assert found["A"] == pytest.approx({"B": 0.75 * OHM, "C": 1.0 * OHM})


def test_the_streets_homes_are_as_far_apart_as_their_cables_are_long() -> None:
    """H1 and H8: two service lines of 25 m, 0.642 + j0.083 ohm/km, and three cables of 50 m, 0.208 + j0.08 ohm/km."""
    pytest.importorskip("pgcore_pandapower", reason="the street's network needs pgcore-pandapower")
    network = pgcore.make_env("p2p_street").spec.network.load()
    found = electrical_distances(network, {f"H{k}": f"H{k}" for k in (1, 2, 8)})
    service, cable = 0.025 * (0.642 + 0.083j), 0.05 * (0.208 + 0.08j)
    assert found["H1"] == pytest.approx({"H2": abs(2 * service), "H8": abs(2 * service + 3 * cable)}, rel=1e-6)


def test_a_bus_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"the network has no bus for X \(bus 'Z'\); its buses: Source, A, B, C, 0"):
        electrical_distances(StageFeeder().load(), {"X": "Z"})


def test_peers_without_a_way_between_them_are_named() -> None:
    network = StageFeeder().load()
    opened = evolve(network, case=evolve(network.case, closed=np.array([True, False, True])))
    with pytest.raises(ValueError, match="there is no way from A to C; close a switch"):
        electrical_distances(opened, {"A": "A", "C": "C"})


def test_a_table_may_name_a_pair_in_either_order() -> None:
    table = {"B": {"A": 1.0}, "A": {"C": 2.0}}
    assert gaps(table, ("A", "B", "C")) == ["B and C"]
    assert strangers(table, ("A", "B")) == ["C"]
    assert matrix({**table, "C": {"B": 3.0}}, ("A", "B", "C")).tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]
