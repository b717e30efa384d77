"""Agreement with pandapower: networks with one awkward feature each, published cases, settings of controls and shipped scenarios."""

from typing import Any

import numpy as np
import pandapower.networks
import pytest
from pgcore_lightsim2grid.backend import Lightsim2gridBackend
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend

import pgcore
from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.running.comparison import pair
from plugins.pandapower.tests.test_case import FEATURES, base

REFERENCE = PandapowerBackend(tolerance_mva=1e-10)
MOST = {
    "vm_pu": 1e-7, "va_deg": 1e-5, "line_p_mw": 1e-6, "trafo_p_mw": 1e-6, "slack_p_mw": 1e-6, "slack_q_mvar": 1e-6, "losses_mw": 1e-6,
    "line_loading_percent": 1e-5, "trafo_loading_percent": 1e-5,
}  # fmt: skip
"""Largest difference of each quantity; well within the 1e-6 pu and 1e-6 MW that backends promise."""


def expect_agreement(found: Flow, expected: Flow) -> None:
    assert found.converged.all()
    assert expected.converged.all()
    assert np.array_equal(found.energised, expected.energised)
    for name, most in MOST.items():
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=0, atol=most), name


def both(network: Network, ports: tuple[Port, ...], p_mw: Any, q_mvar: Any, controls: Any = None) -> tuple[Flow, Flow]:
    found = Lightsim2gridBackend().compile(network, ports).solve(p_mw, q_mvar, controls)
    return found, REFERENCE.compile(network, ports).solve(p_mw, q_mvar, controls)


@pytest.mark.parametrize("name", FEATURES, ids=lambda name: name.replace("_", " "))
def test_a_network_with_one_awkward_feature_is_as_pandapower_solves_it(name: str) -> None:
    """Without devices, and with some where the case is exact: the one with notes has constant-current loads, linearised without devices."""
    net, bus = base()
    FEATURES[name](net, bus)
    network = network_of(net)
    p_mw, q_mvar = np.random.default_rng(2).normal(scale=0.3, size=(2, 2, len(network.topology)))
    p_mw[0] = q_mvar[0] = 0
    exact = 1 if network.case.notes else 2
    expect_agreement(*both(network, (), p_mw[:exact], q_mvar[:exact]))


@pytest.mark.parametrize("name", ["case14", "case39", "case118", "example_multivoltage", "mv_oberrhein"])
def test_a_published_case_is_as_pandapower_solves_it(name: str) -> None:
    network = network_of(getattr(pandapower.networks, name)())
    p_mw, q_mvar = np.random.default_rng(3).normal(scale=0.01, size=(2, 1, len(network.topology)))
    expect_agreement(*both(network, (), p_mw, q_mvar))


def test_any_switching_of_a_feeder_is_as_pandapower_solves_it() -> None:
    """Lines opened and ties closed at random: rings, dead islands, shunts and set points."""
    network, rng = network_of(pandapower.networks.case33bw()), np.random.default_rng(4)
    ports = (*(Port(Control.CLOSED, k, "line") for k in range(37)), Port(Control.SHUNT_MVAR, 17), Port(Control.VM_PU, 0))
    closed = np.column_stack([rng.random((8, 32)) > 0.06, rng.random((8, 5)) > 0.5]).astype(float)
    controls = np.column_stack([closed, rng.normal(size=8), 1 + 0.05 * rng.random(8)])
    p_mw, q_mvar = rng.normal(scale=0.1, size=(2, 8, 33))
    expect_agreement(*both(network, ports, p_mw, q_mvar, controls))


@pytest.mark.parametrize(("name", "generators"), [("mv_oberrhein", ()), ("case14", (0, 1, 2, 5, 7)), ("case39", (30, 29, 31, 38))])
def test_taps_and_set_points_are_as_pandapower_solves_them(name: str, generators: tuple[int, ...]) -> None:
    network, rng = network_of(getattr(pandapower.networks, name)()), np.random.default_rng(5)
    taps = tuple(Port(Control.TAP, table.trafo, "trafo") for table in network.case.taps)
    ports = (*taps, *(Port(Control.VM_PU, bus) for bus in generators))
    low, high = network.topology.tap_range[[port.target for port in taps]].T
    controls = np.column_stack([rng.integers(low, high + 1, size=(4, len(taps))), 1 + 0.03 * rng.random((4, len(generators)))])
    nothing = np.zeros((4, len(network.topology)))
    expect_agreement(*both(network, ports, nothing, nothing, controls.astype(float)))


SCENARIOS = ["three_microgrids", "operator_microgrids", "ev_street", "p2p_street", "preheating"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_episode_of_a_shipped_scenario_is_as_pandapower_solves_it(scenario: str) -> None:
    env = pgcore.make_env(scenario, sets=("run.backend.type=lightsim2grid", "episode.steps=12"))
    paired = list(pair(env, REFERENCE, seed=6))[-1]
    assert paired.solves == 12
    assert not paired.disagreements
    assert {name: found.largest for name, found in paired.largest.items() if found.largest > MOST[name]} == {}
