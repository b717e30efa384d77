"""The backend: its ladder, its bits, its islands and what it refuses."""

from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_lightsim2grid.backend import Lightsim2gridBackend
from pgcore_pandapower import network_of

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network

FLAT, DAMPED, FAILED = 0, 1, 2


@pytest.fixture(scope="module")
def feeder() -> Network:
    return network_of(pandapower.networks.case33bw())


@pytest.fixture(scope="module")
def mesh() -> Network:
    """118 buses, 53 of them with generators that hold their voltage: here lightsim2grid's first solve ends in other bits than its second."""
    return network_of(pandapower.networks.case118())


def idle(network: Network, rows: int = 1) -> Any:
    return np.zeros((rows, len(network.topology)))


def wild(network: Network, rows: int) -> tuple[Any, Any]:
    """Injections from small ones to such without a solution."""
    rng = np.random.default_rng(7)
    size = np.abs(network.case.p_mw).mean() * rng.choice([0.1, 1.0, 5.0, 30.0], size=(rows, 1))
    p_mw = rng.normal(size=(rows, len(network.topology))) * size
    return p_mw, 0.3 * p_mw


def rows(flow: Flow, chosen: Any) -> Flow:
    return Flow(**{field.name: getattr(flow, field.name)[chosen] for field in attrs.fields(Flow)})


def expect_identical(one: Flow, other: Flow) -> None:
    for field in attrs.fields(Flow):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


@pytest.mark.parametrize("threads", [1, 2])
def test_every_row_of_a_batch_has_the_bits_of_a_fresh_solver_also_after_rows_without_solution(mesh: Network, threads: int) -> None:
    p_mw, q_mvar = wild(mesh, 12)
    together = Lightsim2gridBackend(threads=threads).compile(mesh).solve(p_mw, q_mvar)
    assert 0 < together.converged.sum() < 12
    for b in range(12):
        expect_identical(rows(together, slice(b, b + 1)), Lightsim2gridBackend().compile(mesh).solve(p_mw[b : b + 1], q_mvar[b : b + 1]))


def test_one_solve_after_another_has_the_bits_of_a_batch(mesh: Network) -> None:
    p_mw, q_mvar = wild(mesh, 12)
    together, solver = Lightsim2gridBackend().compile(mesh).solve(p_mw, q_mvar), Lightsim2gridBackend().compile(mesh)
    for b in range(12):
        expect_identical(rows(together, slice(b, b + 1)), solver.solve(p_mw[b : b + 1], q_mvar[b : b + 1]))


def test_rows_of_different_settings_have_the_bits_of_batches_with_one(feeder: Network) -> None:
    ports = (Port(Control.CLOSED, 32, "line"), Port(Control.SHUNT_MVAR, 17))
    p_mw, q_mvar = wild(feeder, 6)
    controls = np.array([[0.0, 0.1], [1.0, 0.1], [0.0, 0.1], [1.0, 0.3], [0.0, 0.1], [1.0, 0.1]])
    mixed = Lightsim2gridBackend().compile(feeder, ports).solve(p_mw, q_mvar, controls)
    for b in range(6):
        alike = Lightsim2gridBackend().compile(feeder, ports).solve(p_mw, q_mvar, np.repeat(controls[b : b + 1], 6, axis=0))
        expect_identical(rows(mixed, [b]), rows(alike, [b]))


def test_an_infeasible_row_is_zeros_and_costs_all_rungs(feeder: Network) -> None:
    flow = Lightsim2gridBackend().compile(feeder).solve(idle(feeder) - 5.0, idle(feeder))
    assert not flow.converged[0]
    assert flow.rung[0] == FAILED
    assert not flow.vm_pu.any()
    assert flow.slack_p_mw[0] == 0


def test_damped_steps_reach_a_solution_that_full_ones_overshoot() -> None:
    """14 MW from the end of a feeder for 4 MW; pandapower's Newton finds the same solution in more than its usual ten iterations."""
    network = network_of(pandapower.networks.case33bw())
    p_mw = idle(network)
    p_mw[0, 17] = 14.0
    flow = Lightsim2gridBackend().compile(network).solve(p_mw, idle(network))
    net = pandapower.networks.case33bw()
    pp.create_sgen(net, 17, p_mw=14.0)
    pp.runpp(net, numba=False, max_iteration=50)
    assert flow.rung[0] == DAMPED
    assert flow.vm_pu[0] == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-7)


@pytest.mark.parametrize("share", [0.999, 0.99999])
def test_a_load_just_below_the_nose_is_solved_and_just_above_is_not(share: float) -> None:
    """Two buses: the most that reaches the end at unity power factor is V²/(2·(R + |Z|)) (Kundur, section 14.2, with resistance)."""
    net = pp.create_empty_network()
    start, end = pp.create_buses(net, 2, vn_kv=20.0)
    pp.create_ext_grid(net, start)
    pp.create_line_from_parameters(net, start, end, length_km=1, r_ohm_per_km=1.25, x_ohm_per_km=1.0, c_nf_per_km=0, max_i_ka=1)
    most_mw = 20.0**2 / (2 * (1.25 + np.hypot(1.25, 1.0)))
    network = network_of(net)
    p_mw = np.array([[0.0, -share * most_mw], [0.0, -most_mw / share]])
    assert list(Lightsim2gridBackend().compile(network).solve(p_mw, 0 * p_mw).converged) == [True, False]


def test_each_island_with_a_source_is_solved_by_itself() -> None:
    """Two copies of a feeder in one network, of which the second has a source of another voltage and angle, against each alone."""
    one, other, pair = (pp.create_empty_network() for _ in range(3))
    add_feeder(one, 1.02, 10.0)
    add_feeder(other, 0.98, -40.0)
    add_feeder(pair, 1.02, 10.0)
    add_feeder(pair, 0.98, -40.0)
    alone = [solved(network_of(net)) for net in (one, other)]
    together = solved(network_of(pair))
    assert together.vm_pu[0] == pytest.approx(np.concatenate([flow.vm_pu[0] for flow in alone]), abs=1e-10)
    assert together.va_deg[0] == pytest.approx(np.concatenate([flow.va_deg[0] for flow in alone]), abs=1e-8)
    assert together.slack_p_mw[0] == pytest.approx(sum(flow.slack_p_mw[0] for flow in alone), abs=1e-8)


def add_feeder(net: Any, vm_pu: float, va_degree: float) -> None:
    buses = pp.create_buses(net, 3, vn_kv=20.0)
    pp.create_ext_grid(net, buses[0], vm_pu=vm_pu, va_degree=va_degree)
    for start, end in pairwise(buses):
        pp.create_line_from_parameters(net, start, end, length_km=4, r_ohm_per_km=0.3, x_ohm_per_km=0.3, c_nf_per_km=200, max_i_ka=0.3)
    pp.create_load(net, buses[2], p_mw=3.0, q_mvar=1.0)


def solved(network: Network) -> Flow:
    return Lightsim2gridBackend().compile(network).solve(idle(network), idle(network))


def test_a_network_with_every_line_open_is_its_source(feeder: Network) -> None:
    ports = tuple(Port(Control.CLOSED, k, "line") for k in range(37))
    flow = Lightsim2gridBackend().compile(feeder, ports).solve(idle(feeder), idle(feeder), np.zeros((1, 37)))
    assert flow.converged[0]
    assert list(np.flatnonzero(flow.energised[0])) == [0]
    assert flow.slack_p_mw[0] == 0


def test_forgetting_settings_changes_nothing(feeder: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pgcore_lightsim2grid.backend.REMEMBERED", 2)
    solver = Lightsim2gridBackend().compile(feeder, (Port(Control.SHUNT_MVAR, 17),))
    first = solver.solve(idle(feeder), idle(feeder), np.array([[0.3]]))
    for q_mvar in (0.1, 0.2, 0.4):
        solver.solve(idle(feeder), idle(feeder), np.array([[q_mvar]]))
    expect_identical(solver.solve(idle(feeder), idle(feeder), np.array([[0.3]])), first)


def test_a_line_that_is_not_in_the_case_cannot_be_switched() -> None:
    net = pandapower.networks.case33bw()
    pp.create_switch(net, 6, 6, et="l", closed=False)
    with pytest.raises(ValueError, match=r"line 7 .*use the backend 'pandapower'"):
        Lightsim2gridBackend().compile(network_of(net), (Port(Control.CLOSED, 7, "line"),))
