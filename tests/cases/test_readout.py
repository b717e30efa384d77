"""Reading a Flow off voltages: Kirchhoff's laws by hand, rows, and what carries nothing."""

from typing import Any

import attrs
import numpy as np
import pytest

from pgcore.cases.admittances import live_buses, two_ports
from pgcore.cases.readout import Readout, joined, without_solution
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case
from tests.feeders import network, row

FIELDS = [field.name for field in attrs.fields(Flow)]


def read(case: Case, voltage: Any, power: Any = None, converged: Any = None) -> Flow:
    voltage = np.array(voltage, dtype=complex, ndmin=2)
    power = np.zeros_like(voltage) if power is None else np.array(power, dtype=complex, ndmin=2)
    good = np.ones(len(voltage), dtype=bool) if converged is None else np.array(converged)
    return Readout(case, two_ports(case), live_buses(case)).read(voltage, power, good, np.zeros(len(voltage), dtype=np.uint8))


def test_one_line_is_read_as_by_hand() -> None:
    """I = (V0 − V1)/Z, S = V·I*, losses = |I|²·R, loading = |I|·S_base/(√3·V_n)/limit."""
    start, end, z = 1.0, 0.97 * np.exp(-0.03j), 0.02 + 0.04j
    current = (start - end) / z
    flow = read(network([(0, 1)]).case, [start, end], [0, -end * np.conj(current)])
    assert flow.line_p_mw[0, 0] == pytest.approx((start * np.conj(current)).real)
    assert flow.slack_q_mvar[0] == pytest.approx((start * np.conj(current)).imag)
    assert flow.losses_mw[0] == pytest.approx(abs(current) ** 2 * z.real)
    assert flow.line_loading_percent[0, 0] == pytest.approx(100 * abs(current) / (np.sqrt(3) * 20.0) / 0.05)
    assert flow.va_deg[0, 1] == pytest.approx(np.rad2deg(-0.03))


def test_the_slack_feeds_shunts_too() -> None:
    case = network([(0, 1)], shunt_pu=np.array([0.1, 0.02 + 0.3j])).case
    flow = read(case, [1.0, 1.0])
    assert flow.slack_p_mw[0] == pytest.approx(0.12)
    assert flow.slack_q_mvar[0] == pytest.approx(-0.3)
    assert flow.losses_mw[0] == pytest.approx(0.0)


def test_reactive_power_of_a_generator_is_not_the_slacks() -> None:
    case = network(row(3), pv_bus=np.array([2]), pv_p_mw=np.zeros(1), pv_vm_pu=np.ones(1)).case
    voltage = [1.0, 0.99, 1.02]
    assert read(case, voltage).slack_q_mvar[0] == pytest.approx(((0.01 + 0.99 * (2 * 0.99 - 2.02)) / (0.02 - 0.04j)).imag)


def test_a_transformer_is_loaded_as_its_heaviest_winding() -> None:
    """Three branches to a star point at bus 3; currents of 0.5, 0.3 and 0.2 from limits of 50, 20 and 50 A."""
    case = network([(0, 3), (3, 1), (3, 2)], z_pu=0.1 + 0j, trafos=3).case
    limit = np.array([[[0.05, np.inf], [np.inf, 0.02], [np.inf, 0.05]]])
    case = attrs.evolve(case, trafo_branch=np.array([[0, 1, 2]]), trafo_limit_ka=limit)
    flow = read(case, [1.0, 0.92, 0.93, 0.95])
    assert flow.trafo_loading_percent.shape == (1, 1)
    assert flow.trafo_loading_percent[0, 0] == pytest.approx(100 * 0.3 / (np.sqrt(3) * 20) / 0.02)
    assert flow.losses_mw[0] == pytest.approx(0.1 * (0.5**2 + 0.3**2 + 0.2**2))


def test_a_branch_without_limit_has_no_loading() -> None:
    flow = read(network([(0, 1)], line_limit_ka=np.array([np.inf])).case, [1.0, 0.9])
    assert flow.line_loading_percent[0, 0] == 0


def test_lines_without_branch_and_buses_without_case_bus_hold_zeros() -> None:
    case = network(row(2), bus_of=np.array([0, -1, 1]), line_branch=np.array([-1, 0]), line_limit_ka=np.array([1.0, 1.0])).case
    flow = read(case, [1.0, 0.9])
    assert flow.vm_pu.tolist() == [[1.0, 0.0, 0.9]]
    assert flow.energised.tolist() == [[True, False, True]]
    assert flow.line_p_mw[0, 0] == 0
    assert flow.line_p_mw[0, 1] > 0


def test_a_row_that_did_not_converge_is_zero_whatever_its_voltage_was() -> None:
    flow = read(network(row(3)).case, [[1.0, 0.9, 0.8], [np.nan, np.inf, 1.0]], np.ones((2, 3)), [True, False])
    assert all(np.isfinite(getattr(flow, name)).all() for name in FIELDS)
    assert not any(getattr(flow, name)[1].any() for name in FIELDS)
    assert flow.energised[0].all()


def test_a_batch_is_its_rows_bit_for_bit() -> None:
    rng = np.random.default_rng(4)
    case = network([(0, 1), (1, 2), (2, 3), (1, 4), (4, 5), (5, 6), (0, 7)], trafos=2, shunt_pu=rng.normal(size=8) + 1j).case
    voltage = rng.normal(1, 0.05, (13, 8)) * np.exp(1j * rng.normal(0, 0.05, (13, 8)))
    power = rng.normal(size=(13, 8)) + 1j
    together = read(case, voltage, power)
    for b in range(13):
        alone = read(case, voltage[b], power[b])
        assert all(np.array_equal(getattr(together, name)[b], getattr(alone, name)[0]) for name in FIELDS)


def test_flows_of_some_rows_each_join_to_one() -> None:
    case = network(row(3)).case
    voltage = np.array([[1.0, 0.99, 0.98], [1.0, 0.97, 0.96], [1.0, 0.95, 0.94]])
    whole = read(case, voltage)
    parts = [(np.array(rows), read(case, voltage[rows])) for rows in ([2, 0], [1])]
    assert all(np.array_equal(getattr(joined(parts, 3), name), getattr(whole, name)) for name in FIELDS)


def test_rows_without_solution_have_the_shapes_of_a_flow() -> None:
    net = network(row(4), trafos=1)
    failed, solved = without_solution(net.topology, 2, rung=3), read(net.case, np.ones((2, 4)))
    assert all(getattr(failed, name).shape == getattr(solved, name).shape for name in FIELDS)
    assert failed.rung.tolist() == [3, 3]
    assert not failed.converged.any()
