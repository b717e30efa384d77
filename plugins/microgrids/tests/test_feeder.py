"""The network of microgrids: its size, its names, and pandapower's power flow in it."""

import pandapower as pp
import pytest
from pgcore_microgrids.feeder import MicrogridFeeder, build

from pgcore.quantity import QuantityError


@pytest.mark.parametrize(("n", "feeders"), [(1, 1), (3, 1), (4, 2), (10, 4), (100, 34)])
def test_n_microgrids_have_the_documented_size(n: int, feeders: int) -> None:
    net = build(n)
    assert (len(net.bus), len(net.trafo), len(net.load), len(net.line)) == (1 + 32 * feeders + 14 * n, n, 32 * feeders, 37 * feeders + 13 * n)


@pytest.mark.parametrize("n", [1, 3, 10, 100, 1000])
def test_the_power_flow_converges_with_all_feeder_loads_at_their_published_size(n: int) -> None:
    net = build(n)
    pp.runpp(net, numba=False)
    assert net.converged
    assert net.res_bus.vm_pu.min() > 0.93
    assert net.res_bus.vm_pu.max() <= 1.025


def test_the_bare_feeder_has_the_published_losses_and_lowest_voltage() -> None:
    # Baran & Wu 1989: 202.7 kW, and 0.9131 pu at bus 18, with 1.0 pu at the substation.
    net = build(3)
    net.trafo["in_service"] = False
    net.ext_grid["vm_pu"] = 1.0
    pp.runpp(net, numba=False)
    assert net.res_line.pl_mw.sum() == pytest.approx(0.2027, abs=5e-5)
    assert net.res_bus.vm_pu.min() == pytest.approx(0.9131, abs=5e-5)
    assert net.bus.name[net.res_bus.vm_pu.idxmin()] == "F1 bus 18"


def test_feeders_do_not_feel_each_other() -> None:
    one, many = build(3), build(6)
    pp.runpp(one, numba=False)
    pp.runpp(many, numba=False)
    first, second = ({n.split(" ", 1)[1]: v for n, v in zip(many.bus.name, many.res_bus.vm_pu, strict=True) if n.startswith(f)} for f in ("F1", "F2"))
    assert first == pytest.approx(second, abs=1e-9)
    assert many.res_bus.vm_pu.min() == pytest.approx(one.res_bus.vm_pu.min(), abs=1e-9)


def test_names_are_unique() -> None:
    net = build(7)
    for table in (net.bus, net.line, net.trafo, net.load):
        assert table.name.is_unique
        assert table.name.notna().all()


def test_each_microgrid_hangs_on_its_transformer_alone() -> None:
    net = build(3)
    net.trafo.loc[net.trafo.name == "MG2 trafo", "in_service"] = False
    pp.runpp(net, numba=False)
    dead = set(net.bus.name[net.res_bus.vm_pu.isna()])
    assert dead == {f"MG2 bus {k}" for k in range(1, 15)}


def test_a_tap_step_moves_the_microgrids_voltage_by_its_size() -> None:
    net = build(1)
    pp.runpp(net, numba=False)
    before = net.res_bus.vm_pu[net.bus.name == "MG1 bus 1"].item()
    net.trafo["tap_pos"] = -1
    pp.runpp(net, numba=False)
    after = net.res_bus.vm_pu[net.bus.name == "MG1 bus 1"].item()
    assert after / before == pytest.approx(1 / (1 - 0.0125), abs=1e-4)


def test_the_source_hands_over_names_loads_and_tap_ranges() -> None:
    network = MicrogridFeeder(3).load()
    topology = network.topology
    assert (len(topology), len(topology.lines), len(topology.trafos), len(topology.loads)) == (75, 76, 3, 32)
    assert topology.trafos.names == ("MG1 trafo", "MG2 trafo", "MG3 trafo")
    assert topology.tap_range.tolist() == [[-8, 8]] * 3
    assert network.case.notes == ()


def test_the_transformers_sit_at_the_documented_feeder_buses() -> None:
    topology = MicrogridFeeder(4).load().topology
    at = [topology.bus_names[k] for k in topology.trafos.from_bus]
    assert at == ["F1 bus 12", "F1 bus 25", "F1 bus 30", "F2 bus 12"]


@pytest.mark.parametrize("n", [0, 1001])
def test_too_few_or_too_many_are_refused(n: int) -> None:
    with pytest.raises(QuantityError, match="n is"):
        MicrogridFeeder(n)
