"""The backend AcmeBackend against the closed form of two buses, and what every solver promises."""

import pickle

import attrs
import numpy as np
import pytest
from pgcore.columns import Array
from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Branches, Case, Loads, Network, Topology

from pgcore_acme.backend import AcmeBackend

R_PU, X_PU = 0.02, 0.04


def line_of(buses: int) -> Network:
    """Buses in a row behind a slack of 1 pu, on a base of 1 MVA and 20 kV; every line is R + jX."""
    n, none = buses - 1, np.zeros(0, dtype=np.intp)
    zero, without = np.zeros(n), np.zeros(n, dtype=complex)
    ends = np.arange(n), np.arange(1, buses)
    lines = Branches(tuple(range(n)), ("",) * n, *ends, np.ones(n), np.ones(n, dtype=bool))
    trafos = Branches((), (), none, none, np.zeros(0), np.zeros(0, dtype=bool))
    loads = Loads((), (), none, np.zeros(0), np.zeros(0))
    names = ("",) * buses
    vn_kv = np.full(buses, 20.0)
    topology = Topology(tuple(range(buses)), names, vn_kv, np.zeros((buses, 2)), (0,), lines, trafos, loads, np.zeros((0, 2)))
    case = Case(
        base_mva=1.0,
        bus_of=np.arange(buses),
        vn_kv=vn_kv,
        shunt_pu=np.zeros(buses, dtype=complex),
        p_mw=np.zeros(buses),
        q_mvar=np.zeros(buses),
        from_bus=ends[0],
        to_bus=ends[1],
        r_pu=zero + R_PU,
        x_pu=zero + X_PU,
        g_pu=zero,
        b_pu=zero,
        ratio=np.ones(n, dtype=complex),
        y_from_pu=without,
        y_to_pu=without,
        slack_bus=np.array([0]),
        slack_vm_pu=np.ones(1),
        slack_va_deg=np.zeros(1),
        pv_bus=none,
        pv_p_mw=np.zeros(0),
        pv_vm_pu=np.zeros(0),
        line_branch=np.arange(n),
        line_limit_ka=np.ones(n),
        trafo_branch=np.zeros((0, 3), dtype=np.intp),
        trafo_limit_ka=np.zeros((0, 3, 2)),
    )
    return Network(topology, case)


def solved(network: Network, p_mw: Array, q_mvar: Array) -> Flow:
    return AcmeBackend().compile(network).solve(p_mw, q_mvar)


def assert_same(one: Flow, other: Flow, row: int = 0) -> None:
    for field in attrs.fields(Flow):
        assert np.array_equal(getattr(one, field.name)[row], getattr(other, field.name)[0]), field.name


@pytest.mark.parametrize(("p_mw", "q_mvar"), [(-2.0, -0.5), (-0.1, 0.0), (1.5, 0.7)])
def test_two_buses_have_the_voltage_of_the_closed_form(p_mw: float, q_mvar: float) -> None:
    """V⁴ − (2(RP + XQ) + 1)·V² + (R² + X²)(P² + Q²) = 0, for P and Q into the grid; the larger root."""
    flow = solved(line_of(2), np.array([[0.0, p_mw]]), np.array([[0.0, q_mvar]]))
    b, c = 2.0 * (R_PU * p_mw + X_PU * q_mvar) + 1.0, (R_PU**2 + X_PU**2) * (p_mw**2 + q_mvar**2)
    assert flow.vm_pu[0, 1] == pytest.approx(np.sqrt((b + np.sqrt(b**2 - 4.0 * c)) / 2.0), abs=1e-9)


def test_the_slack_covers_injections_and_losses() -> None:
    p_mw, q_mvar = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4, 6))
    flow = solved(line_of(6), p_mw, q_mvar)
    assert np.allclose(flow.slack_p_mw, flow.losses_mw - p_mw.sum(axis=1), atol=1e-8)
    assert (flow.losses_mw > 0.0).all()


def test_a_batch_is_its_rows_solved_alone_bit_for_bit() -> None:
    p_mw, q_mvar = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 7, 6))
    together = solved(line_of(6), p_mw, q_mvar)
    for row in range(7):
        assert_same(together, solved(line_of(6), p_mw[row : row + 1], q_mvar[row : row + 1]), row)


def test_too_much_load_has_no_solution_and_leaves_no_trace() -> None:
    """At unity power factor a line from 1 pu to one load carries no more than 1/(2(R + |Z|)) = 7.7 MW: where the root above vanishes."""
    solver, zero = AcmeBackend().compile(line_of(2)), np.zeros((1, 2))
    failed = solver.solve(np.array([[0.0, -8.0]]), zero)
    assert not failed.converged[0]
    assert all(np.isfinite(getattr(failed, field.name)).all() for field in attrs.fields(Flow))
    after = np.array([[0.0, -1.0]])
    assert_same(solver.solve(after, zero), solved(line_of(2), after, zero))


def test_buses_behind_an_open_line_are_dead() -> None:
    network = line_of(4)
    cut = attrs.evolve(network, case=attrs.evolve(network.case, closed=np.array([True, False, True])))
    flow = solved(cut, np.full((1, 4), -0.1), np.zeros((1, 4)))
    assert flow.energised.tolist() == [[True, True, False, False]]
    assert flow.vm_pu[0, 2:].tolist() == [0.0, 0.0]
    assert flow.slack_p_mw[0] == pytest.approx(0.2 + flow.losses_mw[0], abs=1e-9)


def test_the_solver_can_be_pickled() -> None:
    solver, p_mw = AcmeBackend().compile(line_of(3)), np.full((1, 3), -0.3)
    assert_same(pickle.loads(pickle.dumps(solver)).solve(p_mw, 0.0 * p_mw), solver.solve(p_mw, 0.0 * p_mw))


def test_what_it_cannot_do_is_refused() -> None:
    network = line_of(3)
    held = attrs.evolve(network, case=attrs.evolve(network.case, pv_bus=np.array([2])))
    assert "hold a voltage" in (AcmeBackend().refuses(held) or "")
    with pytest.raises(ValueError, match="no controls"):
        AcmeBackend().compile(network, (Port(Control.CLOSED, 0, "line"),))
