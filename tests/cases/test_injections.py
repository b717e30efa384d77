"""Injections at topology buses, summed up at case buses."""

import numpy as np

from pgcore.cases.injections import Injections, scheduled_pu
from tests.feeders import network, row


def test_power_at_fused_buses_adds_up_and_at_dead_ones_is_dropped() -> None:
    case = network(row(3), bus_of=np.array([2, 0, -1, 2]), base_mva=10.0).case
    power = Injections(case).at_case_buses(np.array([[1.0, 2.0, 50.0, 4.0]]), np.array([[0.1, 0.2, 50.0, 0.4]]))
    assert np.allclose(power, [[0.2 + 0.02j, 0, 0.5 + 0.05j]], atol=1e-16)


def test_what_the_network_itself_injects_comes_along_with_its_generators() -> None:
    case = network(row(3), p_mw=np.array([0, -1.0, -2.0]), q_mvar=np.array([0, -0.5, 0]), pv_bus=np.array([2]), pv_p_mw=np.array([5.0])).case
    assert scheduled_pu(case).tolist() == [0, -1.0 - 0.5j, 3.0]
    assert Injections(case).at_case_buses(np.zeros((2, 3)), np.zeros((2, 3))).tolist() == [[0, -1.0 - 0.5j, 3.0]] * 2


def test_a_batch_is_its_rows_bit_for_bit() -> None:
    case = network(row(5), bus_of=np.arange(40) % 5, base_mva=3.0).case
    p_mw, q_mvar = np.random.default_rng(0).normal(size=(2, 9, 40))
    together = Injections(case).at_case_buses(p_mw, q_mvar)
    alone = [Injections(case).at_case_buses(p_mw[b : b + 1], q_mvar[b : b + 1])[0] for b in range(9)]
    assert np.array_equal(together, alone)
