"""What a topology says about a pandapower net."""

import numpy as np
import pandapower as pp
import pandapower.networks
from pgcore_pandapower import network_of


def test_ids_are_the_net_s_own_in_the_order_of_its_tables() -> None:
    net = pp.create_empty_network()
    for index in (40, 7, 19):
        pp.create_bus(net, vn_kv=20.0, index=index, name=f"B{index}")
    pp.create_ext_grid(net, 19)
    pp.create_line(net, 40, 7, 1.0, "NAYY 4x50 SE", index=5)
    pp.create_line(net, 19, 7, 1.0, "NAYY 4x50 SE", index=2, name="tie")
    topology = network_of(net).topology
    assert topology.bus_ids == (40, 7, 19)
    assert topology.bus_names == ("B40", "B7", "B19")
    assert topology.slack_buses == (2,)
    assert topology.lines.ids == (5, 2)
    assert topology.lines.names == ("", "tie")
    assert list(topology.lines.from_bus) == [0, 2]


def test_coordinates_come_from_geojson() -> None:
    topology = network_of(pp.networks.case33bw()).topology
    assert topology.xy[0].round(6).tolist() == [-1.027204, 0.232016]


def test_coordinates_that_are_not_known_are_nan() -> None:
    net = pp.networks.case9()
    net.bus["geo"] = None
    assert np.isnan(network_of(net).topology.xy).all()


def test_ratings_that_are_not_known_are_infinite() -> None:
    assert np.isinf(network_of(pp.networks.case33bw()).topology.lines.limit).all()


def test_ratings_count_parallel_lines_and_derating() -> None:
    net = pp.networks.case9()
    net.line["parallel"], net.line["df"] = 2, 0.5
    assert np.allclose(network_of(net).topology.lines.limit, net.line.max_i_ka)


def test_loads_are_scaled_and_only_those_in_service() -> None:
    net = pp.networks.case33bw()
    net.load.loc[3, "in_service"] = False
    net.load.loc[4, "scaling"] = 0.5
    loads = network_of(net).topology.loads
    assert 3 not in loads.ids
    assert loads.p_mw[loads.ids.index(4)] == 0.5 * net.load.p_mw[4]


def test_the_voltage_dependent_part_of_a_load_is_not_listed() -> None:
    net = pp.networks.case33bw()
    net.load.loc[4, ["const_z_p_percent", "const_i_q_percent"]] = 25.0, 100.0
    loads = network_of(net).topology.loads
    assert loads.p_mw[4] == 0.75 * net.load.p_mw[4]
    assert loads.q_mvar[4] == 0.0


def test_tap_ranges_are_those_that_pandapower_acts_on() -> None:
    net = pp.networks.mv_oberrhein()
    net.trafo.loc[net.trafo.index[0], "tap_changer_type"] = None
    tap_range = network_of(net).topology.tap_range
    assert np.isnan(tap_range[0]).all()
    assert tap_range[1].tolist() == [-9.0, 9.0]


def test_three_winding_transformers_follow_the_others() -> None:
    net = pp.networks.example_multivoltage()
    topology = network_of(net).topology
    assert topology.trafos.ids == (*net.trafo.index, *net.trafo3w.index)
