"""The neutral case agrees with ``runpp`` on small networks that each hold one awkward feature."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from pgcore_pandapower import network_of
from pgcore_pandapower.newton import newton

from pgcore.cases.admittances import two_ports
from pgcore.cases.injections import scheduled_pu
from pgcore.cases.readout import Readout
from pgcore.contracts.backend import Flow

Feature = Callable[[Any, dict[str, int]], None]
FEATURES: dict[str, Feature] = {}


def feature(build: Feature) -> Feature:
    FEATURES[build.__name__] = build
    return build


def base() -> tuple[Any, dict[str, int]]:
    """110 kV grid, transformer, and a 20 kV ring of three buses with loads."""
    net = pp.create_empty_network(sn_mva=10.0)
    bus = {name: int(pp.create_bus(net, vn_kv=vn)) for name, vn in (("hv0", 110.0), ("hv1", 110.0), ("a", 20.0), ("b", 20.0), ("c", 20.0))}
    pp.create_ext_grid(net, bus["hv0"], vm_pu=1.02, va_degree=5.0)
    line(net, bus["hv0"], bus["hv1"], length_km=12.0)
    trafo(net, bus["hv1"], bus["a"])
    line(net, bus["a"], bus["b"])
    line(net, bus["b"], bus["c"], length_km=3.0)
    pp.create_load(net, bus["b"], p_mw=4.0, q_mvar=1.5)
    pp.create_load(net, bus["c"], p_mw=3.0, q_mvar=0.7)
    return net, bus


def line(net: Any, start: int, end: int, **changes: Any) -> int:
    values = {"length_km": 5.0, "r_ohm_per_km": 0.25, "x_ohm_per_km": 0.35, "c_nf_per_km": 120.0, "g_us_per_km": 0.4, "max_i_ka": 0.4}
    return int(pp.create_line_from_parameters(net, start, end, **{**values, **changes}))


def trafo(net: Any, high: int, low: int, **changes: Any) -> int:
    rated = {"sn_mva": 25.0, "vn_hv_kv": 110.0, "vn_lv_kv": 20.0}
    values = {"vkr_percent": 0.5, "vk_percent": 11.0, "pfe_kw": 20.0, "i0_percent": 0.4, "shift_degree": 0.0}
    return int(pp.create_transformer_from_parameters(net, high, low, **{**rated, **values, **changes}))


def taps(side: str, kind: str | None = "Ratio", position: int = 3, **changes: Any) -> dict[str, Any]:
    values = {"tap_side": side, "tap_neutral": 0, "tap_min": -9, "tap_max": 9, "tap_pos": position, "tap_step_percent": 1.5, "tap_step_degree": 0.0}
    return {**values, "tap_changer_type": kind, **changes}


@feature
def nothing_special(net: Any, bus: dict[str, int]) -> None:
    pass


@feature
def ring_closed(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["c"], bus["a"])


@feature
def parallel_lines(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["b"], bus["c"], parallel=3, df=0.8)


@feature
def parallel_transformers(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], parallel=2, df=0.9)


@feature
def tap_on_high_side(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("hv"))


@feature
def tap_on_low_side(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("lv", position=-4))


@feature
def tap_of_unset_type(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("hv", kind=None))


@feature
def symmetrical_phase_shifter(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("hv", kind="Symmetrical", tap_step_degree=90.0))


@feature
def ideal_phase_shifter(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("lv", kind="Ideal", tap_step_percent=np.nan, tap_step_degree=0.8))


@feature
def cross_regulator(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], **taps("hv", tap_step_degree=60.0))


@feature
def vector_group_of_150_degrees(net: Any, bus: dict[str, int]) -> None:
    net.trafo["shift_degree"] = 150.0
    trafo(net, bus["hv1"], bus["a"], shift_degree=150.0)


@feature
def off_nominal_voltages(net: Any, bus: dict[str, int]) -> None:
    trafo(net, bus["hv1"], bus["a"], vn_hv_kv=115.0, vn_lv_kv=20.5)


@feature
def uneven_leakage(net: Any, bus: dict[str, int]) -> None:
    net.trafo["leakage_resistance_ratio_hv"] = 0.3
    net.trafo["leakage_reactance_ratio_hv"] = 0.7
    net.trafo["i0_percent"] = 4.0


@feature
def pi_transformer_model(net: Any, bus: dict[str, int]) -> None:
    net.trafo["i0_percent"] = 4.0
    pp.set_user_pf_options(net, trafo_model="pi")


@feature
def closed_bus_switch(net: Any, bus: dict[str, int]) -> None:
    other = pp.create_bus(net, vn_kv=20.0)
    pp.create_switch(net, bus["b"], other, et="b", closed=True)
    pp.create_load(net, other, p_mw=1.0, q_mvar=0.2)


@feature
def bus_switch_with_impedance(net: Any, bus: dict[str, int]) -> None:
    other = pp.create_bus(net, vn_kv=20.0)
    pp.create_switch(net, bus["b"], other, et="b", closed=True, z_ohm=0.8)
    pp.create_load(net, other, p_mw=1.0, q_mvar=0.2)


@feature
def open_bus_switch(net: Any, bus: dict[str, int]) -> None:
    other = pp.create_bus(net, vn_kv=20.0)
    pp.create_switch(net, bus["b"], other, et="b", closed=False)
    pp.create_load(net, other, p_mw=1.0, q_mvar=0.2)


@feature
def line_open_at_one_end(net: Any, bus: dict[str, int]) -> None:
    dangling = line(net, bus["a"], bus["c"], length_km=40.0)
    pp.create_switch(net, bus["c"], dangling, et="l", closed=False)


@feature
def line_open_at_both_ends(net: Any, bus: dict[str, int]) -> None:
    dangling = line(net, bus["a"], bus["c"])
    pp.create_switch(net, bus["a"], dangling, et="l", closed=False)
    pp.create_switch(net, bus["c"], dangling, et="l", closed=False)


@feature
def transformer_open_at_one_end(net: Any, bus: dict[str, int]) -> None:
    dangling = trafo(net, bus["hv1"], bus["a"], i0_percent=3.0)
    pp.create_switch(net, bus["a"], dangling, et="t", closed=False)


@feature
def island_without_source(net: Any, bus: dict[str, int]) -> None:
    far, further = pp.create_bus(net, vn_kv=20.0), pp.create_bus(net, vn_kv=20.0)
    line(net, far, further)
    pp.create_load(net, further, p_mw=2.0)
    pp.create_gen(net, far, p_mw=1.0, vm_pu=1.0)


@feature
def three_winding_transformer(net: Any, bus: dict[str, int]) -> None:
    low = pp.create_bus(net, vn_kv=10.0)
    pp.create_transformer3w(net, bus["hv1"], bus["a"], low, std_type="63/25/38 MVA 110/20/10 kV", tap_pos=2)
    pp.create_load(net, low, p_mw=5.0, q_mvar=1.0)


@feature
def three_winding_transformer_with_star_losses(net: Any, bus: dict[str, int]) -> None:
    three_winding_transformer(net, bus)
    pp.set_user_pf_options(net, trafo3w_losses="star")


@feature
def three_winding_transformer_with_open_winding(net: Any, bus: dict[str, int]) -> None:
    three_winding_transformer(net, bus)
    pp.create_switch(net, bus["a"], 0, et="t3", closed=False)


@feature
def three_winding_transformer_out_of_service(net: Any, bus: dict[str, int]) -> None:
    three_winding_transformer(net, bus)
    net.trafo3w["in_service"] = False


@feature
def impedance(net: Any, bus: dict[str, int]) -> None:
    pp.create_impedance(net, bus["a"], bus["c"], rft_pu=0.02, xft_pu=0.08, sn_mva=15.0, gf_pu=0.001, bf_pu=0.004, gt_pu=0.002, bt_pu=0.001)


@feature
def ward(net: Any, bus: dict[str, int]) -> None:
    pp.create_ward(net, bus["b"], ps_mw=0.6, qs_mvar=0.2, pz_mw=0.3, qz_mvar=-0.1)


@feature
def xward(net: Any, bus: dict[str, int]) -> None:
    pp.create_xward(net, bus["b"], ps_mw=0.6, qs_mvar=0.2, pz_mw=0.3, qz_mvar=-0.1, r_ohm=0.7, x_ohm=2.0, vm_pu=1.0)


@feature
def shunt_with_steps(net: Any, bus: dict[str, int]) -> None:
    pp.create_shunt(net, bus["c"], q_mvar=-0.4, p_mw=0.01, step=3, max_step=5, vn_kv=21.0)


@feature
def scaling(net: Any, bus: dict[str, int]) -> None:
    pp.create_load(net, bus["b"], p_mw=1.0, q_mvar=0.4, scaling=0.6)
    pp.create_sgen(net, bus["c"], p_mw=2.0, q_mvar=-0.3, scaling=0.7)
    pp.create_storage(net, bus["c"], p_mw=0.8, max_e_mwh=2.0, q_mvar=0.1, scaling=1.3)


@feature
def out_of_service_elements(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["c"], bus["a"], in_service=False)
    trafo(net, bus["hv1"], bus["a"], in_service=False)
    pp.create_load(net, bus["b"], p_mw=9.0, in_service=False)
    pp.create_sgen(net, bus["b"], p_mw=9.0, in_service=False)
    pp.create_gen(net, bus["c"], p_mw=9.0, vm_pu=1.1, in_service=False)


@feature
def out_of_service_bus_at_the_end_of_a_line(net: Any, bus: dict[str, int]) -> None:
    dead = pp.create_bus(net, vn_kv=20.0, in_service=False)
    line(net, bus["c"], dead, length_km=30.0)
    pp.create_load(net, dead, p_mw=2.0)


@feature
def scattered_indices(net: Any, bus: dict[str, int]) -> None:
    far = pp.create_bus(net, vn_kv=20.0, index=907)
    line(net, bus["c"], far, index=51)
    pp.create_load(net, far, p_mw=0.5, q_mvar=0.1, index=77)
    near = pp.create_bus(net, vn_kv=20.0, index=60)
    line(net, far, near, index=8)


@feature
def voltage_controlling_generator(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["c"], bus["a"])
    pp.create_gen(net, bus["c"], p_mw=2.0, vm_pu=1.01, scaling=0.9)


@feature
def generator_at_the_external_grid(net: Any, bus: dict[str, int]) -> None:
    pp.create_gen(net, bus["hv0"], p_mw=2.0, vm_pu=1.02)


@feature
def two_external_grids(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["c"], bus["a"])
    pp.create_ext_grid(net, bus["c"], vm_pu=1.0, va_degree=3.0)


@feature
def slack_generator(net: Any, bus: dict[str, int]) -> None:
    net.ext_grid["in_service"] = False
    pp.create_gen(net, bus["c"], p_mw=0.0, vm_pu=1.01, slack=True)


@feature
def motor(net: Any, bus: dict[str, int]) -> None:
    pp.create_motor(net, bus["b"], pn_mech_mw=1.2, cos_phi=0.85, efficiency_percent=94.0, loading_percent=80.0, scaling=0.9)


@feature
def asymmetric_load(net: Any, bus: dict[str, int]) -> None:
    pp.create_asymmetric_load(net, bus["b"], p_a_mw=0.3, p_b_mw=0.5, p_c_mw=0.1, q_a_mvar=0.1, q_b_mvar=0.0, q_c_mvar=0.2, scaling=0.8)
    pp.create_asymmetric_sgen(net, bus["c"], p_a_mw=0.2, p_b_mw=0.1, p_c_mw=0.1, q_a_mvar=0.0, q_b_mvar=0.1, q_c_mvar=0.0)


@feature
def dc_line(net: Any, bus: dict[str, int]) -> None:
    pp.create_dcline(net, bus["hv1"], bus["c"], p_mw=1.5, loss_percent=1.2, loss_mw=0.05, vm_from_pu=1.01, vm_to_pu=1.0)


@feature
def constant_impedance_load(net: Any, bus: dict[str, int]) -> None:
    pp.create_load(net, bus["hv1"], p_mw=3.0, q_mvar=1.0, const_z_p_percent=60.0, const_z_q_percent=30.0)


@feature
def constant_current_load(net: Any, bus: dict[str, int]) -> None:
    net.load.loc[0, ["const_i_p_percent", "const_z_p_percent", "const_i_q_percent"]] = 40.0, 20.0, 50.0


Pair = tuple[Any, Flow]


@pytest.fixture(scope="module", params=FEATURES, ids=lambda name: name.replace("_", " "))
def pair(request: pytest.FixtureRequest) -> Pair:
    """A net solved by ``runpp``, and the Flow of its case solved by our Newton."""
    net, bus = base()
    FEATURES[request.param](net, bus)
    pp.runpp(net, numba=False, tolerance_mva=1e-10)
    case = network_of(net).case
    found = newton(case)
    assert found.converged
    readout = Readout(case, two_ports(case), found.live)
    return net, readout.read(found.voltage[None], scheduled_pu(case)[None], np.ones(1, dtype=bool), np.zeros(1, dtype=np.uint8))


def zeroed(values: Any) -> Any:
    return np.nan_to_num(np.asarray(values, dtype=float))


def test_voltages_agree_with_runpp(pair: Pair) -> None:
    net, flow = pair
    expected = net.res_bus.vm_pu * np.exp(1j * np.deg2rad(net.res_bus.va_degree))
    found = flow.vm_pu[0] * np.exp(1j * np.deg2rad(flow.va_deg[0]))
    assert np.abs(found - np.nan_to_num(expected.to_numpy())).max() < 1e-9


def test_energised_buses_agree_with_runpp(pair: Pair) -> None:
    net, flow = pair
    assert np.array_equal(flow.energised[0], net.res_bus.vm_pu.notna().to_numpy())


def test_loadings_and_flows_agree_with_runpp(pair: Pair) -> None:
    net, flow = pair
    assert np.allclose(flow.line_loading_percent[0], zeroed(net.res_line.loading_percent), atol=1e-7)
    assert np.allclose(flow.line_p_mw[0], zeroed(net.res_line.p_from_mw), atol=1e-7)
    assert np.allclose(flow.trafo_loading_percent[0], zeroed([*net.res_trafo.loading_percent, *net.res_trafo3w.loading_percent]), atol=1e-7)
    assert np.allclose(flow.trafo_p_mw[0], zeroed([*net.res_trafo.p_hv_mw, *net.res_trafo3w.p_hv_mw]), atol=1e-7)


def test_slack_power_and_losses_agree_with_runpp(pair: Pair) -> None:
    net, flow = pair
    slack_gen = net.gen.slack.to_numpy(dtype=bool)
    beside = slack_gen | net.gen.bus.isin(net.ext_grid.bus[net.ext_grid.in_service]).to_numpy()
    losses = sum(table.pl_mw.sum() for table in (net.res_line, net.res_trafo, net.res_trafo3w))
    assert flow.slack_p_mw[0] == pytest.approx(net.res_ext_grid.p_mw.sum() + net.res_gen.p_mw[slack_gen].sum(), abs=1e-7)
    assert flow.slack_q_mvar[0] == pytest.approx(net.res_ext_grid.q_mvar.sum() + net.res_gen.q_mvar[beside].sum(), abs=1e-7)
    assert flow.losses_mw[0] == pytest.approx(losses, abs=1e-7)


TAPS = [taps("hv"), taps("lv"), taps("hv", kind="Symmetrical", tap_step_degree=90.0), taps("hv", tap_step_degree=60.0)]


@pytest.mark.parametrize("kind", TAPS, ids=["high side", "low side", "phase shifter", "cross regulator"])
def test_every_row_of_a_tap_table_is_the_case_at_that_tap(kind: dict[str, Any]) -> None:
    made, bus = base()
    trafo(made, bus["hv1"], bus["a"], **kind)
    table = network_of(made).case.taps[0]
    for position in (-9, -4, 0, 3, 9):
        made.trafo.loc[1, "tap_pos"] = position
        case = network_of(made).case
        for name in ("r_pu", "x_pu", "g_pu", "b_pu", "ratio", "y_to_pu"):
            assert getattr(table, name)[position - table.low] == getattr(case, name)[table.branch]


def test_impedances_that_differ_by_direction_are_noted() -> None:
    made, bus = base()
    pp.create_impedance(made, bus["a"], bus["c"], rft_pu=0.02, xft_pu=0.08, rtf_pu=0.03, xtf_pu=0.09, sn_mva=15.0)
    assert "differ by direction" in network_of(made).case.notes[0]


def test_arrays_are_read_only() -> None:
    case = network_of(base()[0]).case
    with pytest.raises(ValueError, match="read-only"):
        case.p_mw[0] = 1.0


def test_a_net_without_external_grid_is_refused_with_what_to_do() -> None:
    made, _ = base()
    made.ext_grid["in_service"] = False
    with pytest.raises(ValueError, match="no external grid.*create_ext_grid"):
        network_of(made)


def test_converting_leaves_the_net_alone() -> None:
    made, bus = base()
    dc_line(made, bus)
    before = pp.to_json(made)
    network_of(made)
    assert pp.to_json(made) == before
