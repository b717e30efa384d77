"""The reference backend: published power flows, the ladder, islands, controls and what it refuses."""

from typing import Any

import attrs
import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network

WARM, FLAT, FAILED = 0, 1, 3


@pytest.fixture(scope="module")
def feeder() -> Network:
    return network_of(pp.networks.case33bw())


def idle(network: Network, rows: int = 1) -> Any:
    return np.zeros((rows, len(network.topology)))


def solved(network: Network) -> Flow:
    return PandapowerBackend().compile(network).solve(idle(network), idle(network))


def identical(one: Flow, other: Flow) -> bool:
    """Equality bit for bit of all but the rung."""
    names = [field.name for field in attrs.fields(Flow) if field.name != "rung"]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def test_case33bw_has_the_published_losses_and_lowest_voltage(feeder: Network) -> None:
    """Baran & Wu 1989: 202.7 kW, 0.9131 pu at bus 18 (index 17)."""
    flow = solved(feeder)
    assert flow.losses_mw[0] == pytest.approx(0.2027, abs=5e-5)
    assert flow.vm_pu[0].argmin() == 17
    assert flow.vm_pu[0].min() == pytest.approx(0.9131, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "slack_mw", "losses_mw", "digits"),
    [
        ("case14", 232.4, 13.4, 5e-2),  # IEEE common data format, slack unit 232.4 MW; generation 272.4 less load 259.0
        ("case30", 25.97, 2.444, 5e-3),  # MATPOWER's runpf('case30')
        ("case39", 677.871, 43.641, 1e-2),  # solved values in MATPOWER's case39.m
    ],
)
def test_slack_power_and_losses_are_the_published_ones(name: str, slack_mw: float, losses_mw: float, digits: float) -> None:
    flow = solved(network_of(getattr(pp.networks, name)()))
    assert flow.slack_p_mw[0] == pytest.approx(slack_mw, abs=digits)
    assert flow.losses_mw[0] == pytest.approx(losses_mw, abs=digits)


def test_case9_with_the_textbook_setpoints_has_the_textbook_flow() -> None:
    """Anderson & Fouad, Power System Control and Stability, figure 2.19: 71.6 MW and 27 Mvar from unit 1, voltages of buses 5 to 9."""
    net = pp.networks.case9()
    net.ext_grid["vm_pu"], net.gen["vm_pu"] = 1.04, 1.025
    flow = solved(network_of(net))
    assert flow.slack_p_mw[0] == pytest.approx(71.6, abs=0.05)
    assert flow.slack_q_mvar[0] == pytest.approx(27.0, abs=0.05)
    assert sorted(flow.vm_pu[0].round(3)) == [0.996, 1.013, 1.016, 1.025, 1.025, 1.026, 1.026, 1.032, 1.04]


def test_case39_has_the_voltages_of_the_solved_case_file() -> None:
    """Buses 1, 12, 20 and 38 of MATPOWER's case39.m, which is a solved case."""
    flow = solved(network_of(pp.networks.case39()))
    buses = [0, 11, 19, 37]
    assert flow.vm_pu[0, buses] == pytest.approx([1.0393836, 1.000815, 0.99101054, 1.0265], abs=1e-6)
    assert flow.va_deg[0, buses] == pytest.approx([-13.536602, -8.9988236, -6.8211783, 3.8928177], abs=1e-4)


def test_injection_into_the_grid_lowers_the_slack_power(feeder: Network) -> None:
    p_mw = idle(feeder)
    p_mw[0, 17] = 0.5
    flow = PandapowerBackend().compile(feeder).solve(p_mw, idle(feeder))
    net = pp.networks.case33bw()
    pp.create_sgen(net, 17, p_mw=0.5)
    pp.runpp(net, numba=False)
    assert flow.vm_pu[0] == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-12)
    assert flow.slack_p_mw[0] == pytest.approx(float(net.res_ext_grid.p_mw.iloc[0]), abs=1e-9)


def test_power_balances(feeder: Network) -> None:
    p_mw = np.random.default_rng(3).normal(scale=0.1, size=(1, 33))
    flow = PandapowerBackend().compile(feeder).solve(p_mw, idle(feeder))
    assert flow.slack_p_mw[0] + p_mw.sum() - feeder.topology.loads.p_mw.sum() == pytest.approx(flow.losses_mw[0], abs=1e-7)


def test_a_batch_is_its_rows_solved_alone(feeder: Network) -> None:
    rng = np.random.default_rng(5)
    together = PandapowerBackend().compile(feeder)
    alone = [PandapowerBackend().compile(feeder) for _ in range(3)]
    for _ in range(3):
        p_mw, q_mvar = rng.normal(scale=0.1, size=(2, 3, 33))
        batch = together.solve(p_mw, q_mvar)
        for b, solver in enumerate(alone):
            assert np.array_equal(batch.vm_pu[b], solver.solve(p_mw[b : b + 1], q_mvar[b : b + 1]).vm_pu[0])


def test_the_first_solve_starts_flat_and_the_next_warm(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder)
    assert solver.solve(idle(feeder), idle(feeder)).rung[0] == FLAT
    assert solver.solve(idle(feeder), idle(feeder)).rung[0] == WARM


def test_a_forgotten_row_starts_flat_and_the_others_stay_warm(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder)
    solver.solve(idle(feeder, 2), idle(feeder, 2))
    solver.forget(0)
    assert list(solver.solve(idle(feeder, 2), idle(feeder, 2)).rung) == [FLAT, WARM]


def test_a_solve_after_forget_equals_a_fresh_one_bit_for_bit(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder)
    solver.solve(idle(feeder) + 0.05, idle(feeder))
    solver.forget()
    assert identical(solver.solve(idle(feeder), idle(feeder)), solved(feeder))


def test_an_infeasible_step_is_a_value_of_zeros(feeder: Network) -> None:
    flow = PandapowerBackend().compile(feeder).solve(idle(feeder) - 5.0, idle(feeder))
    assert not flow.converged[0]
    assert flow.rung[0] == FAILED
    assert not flow.vm_pu.any()
    assert flow.slack_p_mw[0] == 0


@pytest.mark.parametrize("beyond", [1.0005, 1.001, 1.1, 100.0])
def test_a_load_beyond_the_nose_of_a_short_feeder_is_no_solution_and_prints_nothing(beyond: float, capsys: pytest.CaptureFixture[str]) -> None:
    """Two buses: the most that reaches the end at unity power factor is V²/(2·(R + |Z|)) (Kundur, section 14.2, with resistance)."""
    net = pp.create_empty_network()
    start, end = pp.create_buses(net, 2, vn_kv=20.0)
    pp.create_ext_grid(net, start)
    pp.create_line_from_parameters(net, start, end, length_km=1, r_ohm_per_km=1.25, x_ohm_per_km=1.0, c_nf_per_km=0, max_i_ka=1)
    most_mw = 20.0**2 / (2 * (1.25 + np.hypot(1.25, 1.0)))
    network = network_of(net)
    solver = PandapowerBackend().compile(network)
    below, above = (np.array([[0.0, -share * most_mw]]) for share in (0.999, beyond))
    assert not solver.solve(above, idle(network)).converged[0]
    assert solver.solve(below, idle(network)).converged[0]
    assert capsys.readouterr().out == ""


def test_a_solve_after_an_infeasible_one_equals_a_fresh_one_bit_for_bit(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder)
    solver.solve(idle(feeder), idle(feeder))
    solver.solve(idle(feeder) - 5.0, idle(feeder))
    assert identical(solver.solve(idle(feeder) + 0.01, idle(feeder)), PandapowerBackend().compile(feeder).solve(idle(feeder) + 0.01, idle(feeder)))


def test_an_infeasible_row_leaves_the_others_alone(feeder: Network) -> None:
    p_mw = idle(feeder, 3)
    p_mw[1] = -5.0
    flow = PandapowerBackend().compile(feeder).solve(p_mw, idle(feeder, 3))
    assert list(flow.converged) == [True, False, True]
    assert np.array_equal(flow.vm_pu[0], flow.vm_pu[2])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_names_bus_and_row(feeder: Network, bad: float) -> None:
    p_mw = idle(feeder, 2)
    p_mw[1, 4] = bad
    with pytest.raises(ValueError, match="p_mw at bus 4 .*environment 1"):
        PandapowerBackend().compile(feeder).solve(p_mw, idle(feeder, 2))


def test_an_array_of_wrong_shape_is_refused(feeder: Network) -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 3\), expected \(environments, 33 buses\)"):
        PandapowerBackend().compile(feeder).solve(np.zeros((1, 3)), np.zeros((1, 3)))


def test_an_opened_line_leaves_a_dead_island_with_defined_values(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder, (Port(Control.CLOSED, 5, "line"),))
    flow = solver.solve(idle(feeder), idle(feeder), np.zeros((1, 1)))
    assert flow.converged[0]
    assert list(np.flatnonzero(~flow.energised[0])) == list(range(6, 18))
    assert not flow.vm_pu[0, 6:18].any()
    assert flow.line_loading_percent[0, 5] == 0
    assert all(np.isfinite(getattr(flow, field.name)).all() for field in attrs.fields(Flow))


def test_a_dead_island_comes_back_when_the_line_is_closed(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder, (Port(Control.CLOSED, 5, "line"),))
    solver.solve(idle(feeder), idle(feeder), np.zeros((1, 1)))
    flow = solver.solve(idle(feeder), idle(feeder), np.ones((1, 1)))
    assert flow.energised.all()
    assert flow.vm_pu[0] == pytest.approx(solved(feeder).vm_pu[0], abs=1e-8)


def test_a_tie_line_that_is_out_of_service_can_be_closed(feeder: Network) -> None:
    """Baran & Wu's reconfiguration: opening 7, 9, 14, 32, 37 and closing 33-36 brings the losses to 139.5 kW."""
    opened = [6, 8, 13, 31]
    ports = tuple(Port(Control.CLOSED, k, "line") for k in (*opened, 32, 33, 34, 35))
    flow = PandapowerBackend().compile(feeder, ports).solve(idle(feeder), idle(feeder), np.array([[0, 0, 0, 0, 1, 1, 1, 1.0]]))
    assert flow.losses_mw[0] == pytest.approx(0.1395, abs=1e-4)


def test_controls_left_out_put_the_network_back(feeder: Network) -> None:
    solver = PandapowerBackend().compile(feeder, (Port(Control.CLOSED, 5, "line"), Port(Control.SHUNT_MVAR, 17), Port(Control.VM_PU, 0)))
    solver.solve(idle(feeder), idle(feeder), np.array([[0.0, 0.3, 1.03]]))
    solver.forget()
    assert solver.solve(idle(feeder), idle(feeder)).vm_pu[0] == pytest.approx(solved(feeder).vm_pu[0], abs=1e-12)


def test_a_shunt_injects_by_the_square_of_the_voltage(feeder: Network) -> None:
    flow = PandapowerBackend().compile(feeder, (Port(Control.SHUNT_MVAR, 17),)).solve(idle(feeder), idle(feeder), np.array([[0.4]]))
    q_mvar = idle(feeder)
    q_mvar[0, 17] = 0.4 * flow.vm_pu[0, 17] ** 2
    same = PandapowerBackend().compile(feeder).solve(idle(feeder), q_mvar)
    assert flow.vm_pu[0] == pytest.approx(same.vm_pu[0], abs=1e-9)


def test_a_voltage_setpoint_moves_the_external_grid(feeder: Network) -> None:
    flow = PandapowerBackend().compile(feeder, (Port(Control.VM_PU, 0),)).solve(idle(feeder), idle(feeder), np.array([[1.04]]))
    assert flow.vm_pu[0, 0] == pytest.approx(1.04, abs=1e-12)


def test_a_tap_position_moves_the_transformer() -> None:
    net = pp.networks.mv_oberrhein()
    network = network_of(net)
    flow = PandapowerBackend().compile(network, (Port(Control.TAP, 0, "trafo"),)).solve(idle(network), idle(network), np.array([[3.0]]))
    net.trafo.loc[net.trafo.index[0], "tap_pos"] = 3
    pp.runpp(net, numba=False)
    assert flow.vm_pu[0] == pytest.approx(np.nan_to_num(net.res_bus.vm_pu.to_numpy()), abs=1e-10)


@pytest.mark.parametrize(
    ("port", "message"),
    [
        (Port(Control.TAP, 0, "trafo"), "the network has 0"),
        (Port(Control.VM_PU, 7), "bus 7 has no generator or external grid"),
        (Port(Control.SHUNT_MVAR, 0, "line"), "acts on bus, not on a line"),
    ],
)
def test_a_port_that_cannot_work_is_refused_at_compile(feeder: Network, port: Port, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PandapowerBackend().compile(feeder, (port,))


def test_a_tap_port_needs_a_tap_changer_that_pandapower_acts_on() -> None:
    net = pp.networks.mv_oberrhein()
    net.trafo["tap_changer_type"] = None
    with pytest.raises(ValueError, match="tap_changer_type"):
        PandapowerBackend().compile(network_of(net), (Port(Control.TAP, 0, "trafo"),))


def test_a_device_beside_a_voltage_dependent_load_keeps_its_power() -> None:
    """pandapower alone would scale the device with the load's shares."""
    net = pp.networks.case33bw()
    net.load[["const_z_p_percent", "const_i_p_percent", "const_i_q_percent"]] = 30.0, 50.0, 80.0
    network = network_of(net)
    p_mw = idle(network)
    p_mw[0, 17] = 0.2
    flow = PandapowerBackend().compile(network).solve(p_mw, idle(network))
    loads = net.load.p_mw.to_numpy() * (0.2 + 0.5 * flow.vm_pu[0, net.load.bus] + 0.3 * flow.vm_pu[0, net.load.bus] ** 2)
    assert flow.slack_p_mw[0] + 0.2 - loads.sum() == pytest.approx(flow.losses_mw[0], abs=1e-7)


def test_voltage_dependent_loads_agree_with_runpp() -> None:
    net = pp.networks.case33bw()
    net.load[["const_z_p_percent", "const_i_p_percent", "const_i_q_percent"]] = 30.0, 50.0, 80.0
    flow = solved(network_of(net))
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    assert flow.vm_pu[0] == pytest.approx(net.res_bus.vm_pu.to_numpy(), abs=1e-8)


def test_warm_starts_work_with_auxiliary_buses() -> None:
    network = network_of(pp.networks.example_multivoltage())
    solver = PandapowerBackend().compile(network)
    first = solver.solve(idle(network), idle(network))
    again = solver.solve(idle(network), idle(network))
    assert again.rung[0] == WARM
    assert again.vm_pu[0] == pytest.approx(first.vm_pu[0], abs=1e-8)


def test_a_solver_option_in_the_net_does_not_reach_the_solver() -> None:
    net = pp.networks.case33bw()
    pp.set_user_pf_options(net, algorithm="gs", max_iteration=1, init="results")
    assert solved(network_of(net)).converged[0]
