"""The solver: rows, memory, the ladder, islands, threads and what is refused."""

import pickle
from typing import Any

import attrs
import numpy as np
import pandapower.networks
import pytest
from nets import at_the_nose, awkward, feeder
from pgcore_fixedpoint.backend import FixedPointBackend
from pgcore_fixedpoint.sharing import shares
from pgcore_pandapower import network_of

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network

WARM, FLAT, NEWTON, FAILED = range(4)
TOO_MUCH = -50.0


def injections(network: Network, rows: int, seed: int = 0, scale_mw: float = 0.1) -> Any:
    return np.random.default_rng(seed).normal(scale=scale_mw, size=(2, rows, len(network.topology)))


def assert_same(one: Flow, row: int, other: Flow, again: int = 0) -> None:
    for field in attrs.fields(Flow):
        assert np.array_equal(getattr(one, field.name)[row], getattr(other, field.name)[again]), field.name


@pytest.mark.parametrize("rows", [2, 4, 5, 8, 9, 21])
def test_a_batch_of_any_size_is_its_rows_solved_alone_bit_for_bit_also_where_some_fail(rows: int) -> None:
    network = feeder()
    ports = (Port(Control.CLOSED, 11, "line"), Port(Control.SHUNT_MVAR, 17))
    together, alone = FixedPointBackend().compile(network, ports), [FixedPointBackend().compile(network, ports) for _ in range(rows)]
    for step in range(3):
        p_mw, q_mvar = injections(network, rows, step)
        p_mw[1, 5:] += TOO_MUCH * (step == 1)
        controls = np.random.default_rng(step).random((rows, 2)).round(1)
        batch = together.solve(p_mw, q_mvar, controls)
        assert batch.converged.tolist() == [not (step == 1 and row == 1) for row in range(rows)]
        for row, solver in enumerate(alone):
            assert_same(batch, row, solver.solve(p_mw[row : row + 1], q_mvar[row : row + 1], controls[row : row + 1]))


def test_threads_change_no_bit() -> None:
    network = feeder()
    p_mw, q_mvar = injections(network, 3000)
    one, three = (FixedPointBackend(threads=n).compile(network).solve(p_mw, q_mvar) for n in (1, 3))
    assert all(np.array_equal(getattr(one, field.name), getattr(three, field.name)) for field in attrs.fields(Flow))


def test_shares_are_whole_blocks_and_worth_a_thread() -> None:
    rows = np.arange(1003)
    parts = shares(rows, 2, 75)
    assert np.array_equal(np.concatenate(parts), rows)
    assert [len(part) % 8 for part in parts] == [0, 3]
    assert len(shares(np.arange(100), 2, 75)) == 1


def test_rows_say_whose_they_are() -> None:
    """Environment 4 goes on from its own last solution, whatever row it comes in."""
    network = feeder()
    first, second = injections(network, 6, 1), injections(network, 2, 2)
    mixed, plain = FixedPointBackend().compile(network), FixedPointBackend().compile(network)
    mixed.solve(*first)
    plain.solve(first[0, 4:5], first[1, 4:5])
    found = mixed.solve(second[0], second[1], None, np.array([4, 9]))
    assert_same(found, 0, plain.solve(second[0, :1], second[1, :1]))
    assert found.rung.tolist() == [WARM, FLAT]


def test_the_first_solve_starts_flat_and_the_next_warm_until_it_is_forgotten() -> None:
    network = feeder()
    solver, zero = FixedPointBackend().compile(network), np.zeros((2, 33))
    assert solver.solve(zero, zero).rung.tolist() == [FLAT, FLAT]
    assert solver.solve(zero, zero).rung.tolist() == [WARM, WARM]
    solver.forget(0)
    assert solver.solve(zero, zero).rung.tolist() == [FLAT, WARM]
    solver.forget()
    assert_same(solver.solve(zero, zero), 0, FixedPointBackend().compile(network).solve(zero, zero))


def test_a_solve_after_a_failure_equals_a_fresh_one_bit_for_bit() -> None:
    network = feeder()
    solver, (p_mw, q_mvar) = FixedPointBackend().compile(network), injections(network, 1)
    solver.solve(p_mw, q_mvar)
    failed = solver.solve(p_mw + TOO_MUCH, q_mvar)
    assert failed.rung.tolist() == [FAILED]
    assert not any(getattr(failed, field.name).any() for field in attrs.fields(Flow) if field.name != "rung")
    assert_same(solver.solve(p_mw, q_mvar), 0, FixedPointBackend().compile(network).solve(p_mw, q_mvar))


@pytest.mark.parametrize(("share", "rung"), [(0.5, FLAT), (0.99, NEWTON), (0.9999, NEWTON), (1.0005, FAILED), (1.1, FAILED), (100.0, FAILED)])
def test_up_to_the_nose_there_is_a_solution_and_none_beyond(share: float, rung: int) -> None:
    """With R + jX in pu and P drawn at unity power factor, V² is the larger root of V⁴ + (2RP − 1)V² + |Z|²P² = 0."""
    network, most_mw = at_the_nose()
    p_mw = np.array([[0.0, -share * most_mw]])
    flow = FixedPointBackend().compile(network).solve(p_mw, np.zeros((1, 2)))
    assert flow.rung.tolist() == [rung]
    if rung != FAILED:
        p, r, z = share * most_mw / 400, 1.25, np.hypot(1.25, 1.0)
        b = 1 - 2 * r * p
        assert flow.vm_pu[0, 1] == pytest.approx(np.sqrt((b + np.sqrt(b**2 - 4 * (z * p) ** 2)) / 2), abs=1e-6)


def test_newtons_method_and_the_fixed_point_agree_with_shunts_and_rings() -> None:
    network, ports = awkward(), (Port(Control.SHUNT_MVAR, 8),)
    p_mw, q_mvar = injections(network, 3)
    controls = np.array([[2.0], [0.0], [-3.0]])
    slow = FixedPointBackend(iterations=1).compile(network, ports).solve(p_mw, q_mvar, controls)
    quick = FixedPointBackend().compile(network, ports).solve(p_mw, q_mvar, controls)
    assert slow.rung.tolist() == [NEWTON] * 3
    assert slow.vm_pu == pytest.approx(quick.vm_pu, abs=1e-9)
    assert slow.slack_p_mw == pytest.approx(quick.slack_p_mw, abs=1e-7)


def test_a_dead_island_holds_zeros_and_comes_back_when_its_line_is_closed() -> None:
    network = feeder()
    solver = FixedPointBackend().compile(network, (Port(Control.CLOSED, 5, "line"), Port(Control.SHUNT_MVAR, 10)))
    p_mw, q_mvar = injections(network, 1)
    solver.solve(p_mw, q_mvar, np.array([[1.0, 0.3]]))
    dead = solver.solve(p_mw, q_mvar, np.array([[0.0, 0.3]]))
    assert dead.converged[0]
    assert np.flatnonzero(~dead.energised[0]).tolist() == list(range(6, 18))
    assert not dead.vm_pu[0, 6:18].any()
    assert not dead.line_loading_percent[0, 5:17].any()
    back = solver.solve(p_mw, q_mvar, np.array([[1.0, 0.3]]))
    assert back.rung[0] == FLAT
    assert back.energised.all()


def test_controls_left_out_leave_the_network_as_it_is() -> None:
    network, ports = feeder(), (Port(Control.VM_PU, 0), Port(Control.CLOSED, 5, "line"), Port(Control.SHUNT_MVAR, 17))
    p_mw, q_mvar = injections(network, 1)
    solver = FixedPointBackend().compile(network, ports)
    solver.solve(p_mw, q_mvar, np.array([[1.03, 0.0, 0.5]]))
    solver.forget()
    assert_same(solver.solve(p_mw, q_mvar), 0, FixedPointBackend().compile(network).solve(p_mw, q_mvar))


def test_injections_at_the_source_are_its_own_affair() -> None:
    network = feeder()
    p_mw, q_mvar = injections(network, 1)
    before = FixedPointBackend().compile(network).solve(p_mw, q_mvar)
    p_mw[0, 0] += 2.0
    after = FixedPointBackend().compile(network).solve(p_mw, q_mvar)
    assert np.array_equal(after.vm_pu, before.vm_pu)
    assert after.slack_p_mw[0] == pytest.approx(before.slack_p_mw[0] - 2.0, abs=1e-12)


def test_flows_of_earlier_solves_stay_as_they_were() -> None:
    network = feeder()
    solver = FixedPointBackend().compile(network)
    first = solver.solve(*injections(network, 2, 1))
    kept = first.vm_pu.copy()
    solver.solve(*injections(network, 2, 2))
    assert np.array_equal(first.vm_pu, kept)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_injection_that_is_not_finite_names_bus_and_environment(bad: float) -> None:
    network = feeder()
    p_mw, q_mvar = injections(network, 12)
    q_mvar[9, 32] = bad
    with pytest.raises(ValueError, match="q_mvar at bus 32 .*environment 9"):
        FixedPointBackend().compile(network).solve(p_mw, q_mvar)


def test_a_control_that_is_not_finite_is_named() -> None:
    network = feeder()
    solver = FixedPointBackend().compile(network, (Port(Control.SHUNT_MVAR, 17),))
    with pytest.raises(ValueError, match="shunt_mvar of bus 17 is nan"):
        solver.solve(*injections(network, 1), np.array([[np.nan]]))


@pytest.mark.parametrize("shape", [(1, 3), (33,), (2, 34)])
def test_arrays_of_wrong_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected \\(environments, 33 buses\\)"):
        FixedPointBackend().compile(feeder()).solve(np.zeros(shape), np.zeros(shape))


def test_generators_that_hold_a_voltage_are_refused_with_the_backend_to_use() -> None:
    network = network_of(pandapower.networks.case9())
    refusal = FixedPointBackend().refuses(network)
    assert refusal is not None
    assert "2 generators hold the voltage of a bus" in refusal
    assert "'lightsim2grid' or 'pandapower'" in refusal
    with pytest.raises(ValueError, match="2 generators"):
        FixedPointBackend().compile(network)


def test_a_pickled_solver_goes_on_with_the_same_bits() -> None:
    network = feeder()
    solver = FixedPointBackend(threads=2).compile(network, (Port(Control.CLOSED, 5, "line"),))
    solver.solve(*injections(network, 800, 1), np.ones((800, 1)))
    copied = pickle.loads(pickle.dumps(solver))
    again = injections(network, 800, 2)
    assert_same(copied.solve(*again, np.ones((800, 1))), 700, solver.solve(*again, np.ones((800, 1))), 700)
