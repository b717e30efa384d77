"""The backend: its bits, its failures and what it refuses."""

from typing import Any

import attrs
import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_pandapower import network_of
from pgcore_powergridmodel.backend import PowerGridModelBackend

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.testing.backends.networks import street


@pytest.fixture(scope="module")
def feeder() -> Network:
    return network_of(pandapower.networks.case33bw())


def idle(network: Network, rows: int = 1) -> Any:
    return np.zeros((rows, len(network.topology)))


def rows(flow: Flow, chosen: Any) -> Flow:
    return Flow(**{field.name: getattr(flow, field.name)[chosen] for field in attrs.fields(Flow)})


def expect_identical(one: Flow, other: Flow) -> None:
    for field in attrs.fields(Flow):
        assert np.array_equal(getattr(one, field.name), getattr(other, field.name)), field.name


@pytest.mark.parametrize("backend", [PowerGridModelBackend(), PowerGridModelBackend(from_elements=True)], ids=["case", "elements"])
def test_every_row_of_a_batch_has_the_bits_of_a_fresh_solver_also_after_rows_without_solution(
    feeder: Network, backend: PowerGridModelBackend
) -> None:
    p_mw = np.random.default_rng(7).normal(size=(8, 33)) * np.array([[0.01, 0.1, 5.0, 0.1, 0.1, 5.0, 0.05, 0.1]]).T
    together = backend.compile(feeder).solve(p_mw, 0.3 * p_mw)
    assert list(together.converged) == [True, True, False, True, True, False, True, True]
    for b in range(8):
        expect_identical(rows(together, slice(b, b + 1)), backend.compile(feeder).solve(p_mw[b : b + 1], 0.3 * p_mw[b : b + 1]))


@pytest.mark.parametrize("backend", [PowerGridModelBackend(), PowerGridModelBackend(from_elements=True)], ids=["case", "elements"])
def test_an_infeasible_row_is_zeros(feeder: Network, backend: PowerGridModelBackend) -> None:
    flow = backend.compile(feeder).solve(idle(feeder) - 5.0, idle(feeder))
    assert not flow.converged[0]
    assert flow.rung[0] == 1
    assert not any(getattr(flow, field.name).any() for field in attrs.fields(Flow) if field.name != "rung")


def test_generators_that_hold_a_voltage_are_refused_with_what_to_use() -> None:
    network = network_of(pandapower.networks.case9())
    with pytest.raises(ValueError, match="hold a voltage.*use the backend 'lightsim2grid'"):
        PowerGridModelBackend().compile(network)


def test_elements_need_a_network_from_pandapower() -> None:
    with pytest.raises(ValueError, match="did not come from pandapower.*leave out from_elements"):
        PowerGridModelBackend(from_elements=True).compile(street())


def test_elements_take_no_controls(feeder: Network) -> None:
    with pytest.raises(ValueError, match="no controls"):
        PowerGridModelBackend(from_elements=True).compile(feeder, (Port(Control.SHUNT_MVAR, 17),))


def zip_load(net: Any) -> None:
    net.load["const_z_p_percent"] = 30.0


def shunt(net: Any) -> None:
    pp.create_shunt(net, 5, q_mvar=0.1)


def open_switch(net: Any) -> None:
    pp.create_switch(net, 5, 5, et="l", closed=False)


def dead_bus(net: Any) -> None:
    net.bus.loc[17, "in_service"] = False


def limits(net: Any) -> None:
    pp.set_user_pf_options(net, enforce_q_lims=True)


def undecided(net: Any) -> None:
    pp.set_user_pf_options(net, calculate_voltage_angles="auto")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (zip_load, "depend on the voltage"), (shunt, "shunt elements"), (open_switch, "open a branch"), (dead_bus, "buses out of service"),
        (limits, "enforce_q_lims"), (undecided, "set it to True or False"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_refused_in_words(change: Any, words: str) -> None:
    net = pandapower.networks.case33bw()
    change(net)
    refusal = PowerGridModelBackend(from_elements=True).refuses(network_of(net))
    assert refusal is not None
    assert words in refusal
