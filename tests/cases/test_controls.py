"""Controls as changes of a neutral case, and what is refused."""

import attrs
import numpy as np
import pytest

from pgcore.cases.checks import check_injections, check_ports
from pgcore.cases.controls import check_carried, controlled
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Case, Network, TapTable
from tests.feeders import network, row


def stepped() -> Network:
    """A transformer with taps from −1 to 1, and a line behind it."""
    made = network([(1, 2), (0, 1)], trafos=1, base_mva=2.0)
    z = {"r_pu": np.array([0.01, 0.02, 0.03]), "x_pu": np.full(3, 0.04), "b_pu": np.zeros(3), "g_pu": np.zeros(3)}
    table = TapTable(trafo=0, branch=1, low=-1, **z, ratio=np.array([0.95, 1.0, 1.05], dtype=complex))
    topology = attrs.evolve(made.topology, tap_range=np.array([[-1.0, 1.0]]))
    return attrs.evolve(made, case=attrs.evolve(made.case, taps=(table,)), topology=topology)


def under(port: Port, value: float) -> Case:
    return controlled(stepped().case, (port,), np.array([value]))


@pytest.mark.parametrize(("tap", "ratio", "r_pu"), [(-1.0, 0.95, 0.01), (0.4, 1.0, 0.02), (7.0, 1.05, 0.03)])
def test_a_tap_takes_its_row_of_the_table_and_stops_at_the_end(tap: float, ratio: float, r_pu: float) -> None:
    case = under(Port(Control.TAP, 0, "trafo"), tap)
    assert (case.ratio[1], case.r_pu[1]) == (ratio, r_pu)
    assert (case.ratio[0], case.r_pu[0]) == (1.0, 0.02)


def test_a_switch_opens_the_branch_of_its_element() -> None:
    assert under(Port(Control.CLOSED, 0, "line"), 0.0).closed.tolist() == [False, True]
    assert under(Port(Control.CLOSED, 0, "trafo"), 0.0).closed.tolist() == [True, False]


def test_a_shunt_is_susceptance_on_the_base() -> None:
    assert under(Port(Control.SHUNT_MVAR, 2), 0.5).shunt_pu.tolist() == [0, 0, 0.25j]


def test_a_setpoint_moves_the_slack() -> None:
    assert under(Port(Control.VM_PU, 0), 1.03).slack_vm_pu.tolist() == [1.03]


def test_the_case_itself_stays_as_it_was() -> None:
    case = stepped().case
    controlled(case, (Port(Control.CLOSED, 0, "line"), Port(Control.SHUNT_MVAR, 2)), np.array([0.0, 1.0]))
    assert case.closed.all()
    assert not case.shunt_pu.any()


@pytest.mark.parametrize(
    ("port", "message"),
    [
        (Port(Control.TAP, 4, "trafo"), "the network has 1"),
        (Port(Control.CLOSED, 0), "acts on line or trafo, not on a bus"),
        (Port(Control.VM_PU, 2), "bus 2 has no generator or external grid"),
    ],
)
def test_a_port_that_cannot_work_is_refused(port: Port, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_ports(stepped(), (port,))


def test_a_transformer_without_tap_range_is_refused() -> None:
    with pytest.raises(ValueError, match="has no tap changer"):
        check_ports(network(row(2), trafos=1), (Port(Control.TAP, 0, "trafo"),))


def test_an_element_that_the_case_lacks_is_refused_with_the_backend_to_use() -> None:
    made = stepped()
    lacking = attrs.evolve(made, case=attrs.evolve(made.case, line_branch=np.array([-1]), taps=()))
    for port in (Port(Control.CLOSED, 0, "line"), Port(Control.TAP, 0, "trafo")):
        check_carried(made, (port,))
        with pytest.raises(ValueError, match="use the backend 'pandapower'"):
            check_carried(lacking, (port,))


def test_injections_that_are_not_finite_name_bus_and_environment() -> None:
    p_mw = np.zeros((2, 3))
    p_mw[1, 2] = np.nan
    with pytest.raises(ValueError, match="p_mw at bus 2 is nan in environment 1"):
        check_injections(stepped().topology, (), p_mw, np.zeros((2, 3)), None)
