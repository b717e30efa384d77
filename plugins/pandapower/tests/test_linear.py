"""The linear backend: exact at its base point, first order beside it, and exact in its controls."""

from typing import Any

import attrs
import numpy as np
import pandapower.networks
import pytest
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend
from pgcore_pandapower.flows import FIELDS
from pgcore_pandapower.linear import LinearBackend

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network


@pytest.fixture(scope="module")
def feeder() -> Network:
    return network_of(pandapower.networks.case33bw())


def idle(network: Network, rows: int = 1) -> Any:
    return np.zeros((rows, len(network.topology)))


def largest_error(network: Network, ports: tuple[Port, ...], controls: Any) -> float:
    """Largest voltage difference from the AC backend without any injection, pu."""
    zero = idle(network)
    flows = [backend.compile(network, ports).solve(zero, zero, controls) for backend in (PandapowerBackend(), LinearBackend())]
    assert np.array_equal(flows[0].energised, flows[1].energised)
    return float(np.abs(flows[0].vm_pu - flows[1].vm_pu).max())


@pytest.mark.parametrize("name", ["case33bw", "case9", "case14", "case30", "case39", "example_multivoltage"])
def test_without_devices_it_is_the_ac_solution(name: str) -> None:
    network = network_of(getattr(pandapower.networks, name)())
    zero = idle(network)
    exact, linear = PandapowerBackend().compile(network).solve(zero, zero), LinearBackend().compile(network).solve(zero, zero)
    for field in FIELDS:
        assert np.allclose(getattr(exact, field), getattr(linear, field), atol=2e-6), field


def test_its_error_falls_with_the_square_of_the_injection(feeder: Network) -> None:
    exact, linear = PandapowerBackend(tolerance_mva=1e-11).compile(feeder), LinearBackend().compile(feeder)
    errors = []
    for scale in (0.02, 0.01):
        p_mw = idle(feeder) + scale
        errors.append(np.abs(exact.solve(p_mw, idle(feeder)).vm_pu - linear.solve(p_mw, idle(feeder)).vm_pu).max())
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)


def test_a_batch_is_its_rows_solved_alone_bit_for_bit(feeder: Network) -> None:
    p_mw, q_mvar = np.random.default_rng(1).normal(scale=0.1, size=(2, 7, 33))
    solver = LinearBackend().compile(feeder)
    batch = solver.solve(p_mw, q_mvar)
    for b in range(7):
        row = solver.solve(p_mw[b : b + 1], q_mvar[b : b + 1])
        assert all(np.array_equal(getattr(batch, field.name)[b], getattr(row, field.name)[0]) for field in attrs.fields(Flow))


@pytest.mark.parametrize(
    ("port", "value"),
    [
        (Port(Control.CLOSED, 5, "line"), 0.0),
        (Port(Control.CLOSED, 33, "line"), 1.0),
        (Port(Control.SHUNT_MVAR, 17), 0.4),
        (Port(Control.VM_PU, 0), 1.03),
    ],
    ids=lambda value: str(value),
)
def test_a_control_costs_no_accuracy(feeder: Network, port: Port, value: float) -> None:
    assert largest_error(feeder, (port,), np.array([[value]])) < 1e-7


def test_random_switching_gives_the_same_islands_and_voltages(feeder: Network) -> None:
    ports = tuple(Port(Control.CLOSED, k, "line") for k in range(37))
    closed = (np.random.default_rng(11).random((8, 37)) > 0.15).astype(float)
    for row in closed:
        assert largest_error(feeder, ports, row[None]) < 1e-6


def test_power_balances_beside_the_base_point(feeder: Network) -> None:
    p_mw = idle(feeder) + 0.1
    flow = LinearBackend().compile(feeder).solve(p_mw, idle(feeder))
    assert flow.slack_p_mw[0] + p_mw.sum() - feeder.topology.loads.p_mw.sum() == pytest.approx(flow.losses_mw[0], abs=1e-9)


def test_a_tap_costs_no_accuracy() -> None:
    network = network_of(pandapower.networks.mv_oberrhein())
    assert largest_error(network, (Port(Control.TAP, 1, "trafo"),), np.array([[4.0]])) < 1e-8


def test_what_the_case_does_not_carry_is_refused_with_the_backend_to_use() -> None:
    network = network_of(pandapower.networks.example_multivoltage())
    three_winding = int(np.flatnonzero(network.case.trafo_branch[:, 1] >= 0)[0])
    with pytest.raises(ValueError, match="tap_changer_type|use the backend 'pandapower'"):
        LinearBackend().compile(network, (Port(Control.TAP, three_winding, "trafo"),))


def test_a_base_point_without_solution_is_a_value(feeder: Network) -> None:
    solver = LinearBackend().compile(feeder, (Port(Control.VM_PU, 0),))
    flow = solver.solve(idle(feeder, 2), idle(feeder, 2), np.array([[0.2], [1.0]]))
    assert list(flow.converged) == [False, True]
    assert not flow.vm_pu[0].any()
