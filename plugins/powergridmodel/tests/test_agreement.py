"""Agreement with pandapower, on both paths: networks with one awkward feature each, settings of controls and shipped scenarios."""

from typing import Any

import attrs
import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_lightsim2grid.backend import Lightsim2gridBackend
from pgcore_microgrids.feeder import MicrogridFeeder
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend
from pgcore_pandapower.case import case_of
from pgcore_powergridmodel.backend import PowerGridModelBackend

import pgcore
from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Case, Network
from pgcore.running.comparison import pair
from plugins.pandapower.tests.test_case import FEATURES, base

REFERENCE = PandapowerBackend(tolerance_mva=1e-10)
FROM_CASE, FROM_ELEMENTS = PowerGridModelBackend(), PowerGridModelBackend(from_elements=True)
MOST = {
    "vm_pu": 1e-7, "va_deg": 1e-5, "line_p_mw": 1e-6, "trafo_p_mw": 1e-6, "slack_p_mw": 1e-6, "slack_q_mvar": 1e-6, "losses_mw": 1e-6,
    "line_loading_percent": 1e-5, "trafo_loading_percent": 1e-5,
}  # fmt: skip
"""Largest difference of each quantity; well within the 1e-6 pu and 1e-6 MW that backends promise."""
WITHOUT = ["xward", "voltage_controlling_generator", "dc_line"]
"""Features that hold a voltage at a bus."""
PLAIN = [
    "nothing_special", "ring_closed", "parallel_lines", "parallel_transformers", "tap_on_high_side", "tap_on_low_side", "tap_of_unset_type",
    "vector_group_of_150_degrees", "off_nominal_voltages", "pi_transformer_model", "open_bus_switch", "out_of_service_elements",
    "scattered_indices", "two_external_grids",
]  # fmt: skip
"""Features of nets that can be read element by element."""


def expect_agreement(found: Flow, expected: Flow) -> None:
    assert found.converged.all()
    assert np.array_equal(found.energised, expected.energised)
    for name, most in MOST.items():
        assert np.allclose(getattr(found, name), getattr(expected, name), rtol=0, atol=most), name


def feature(name: str) -> Any:
    net, bus = base()
    FEATURES[name](net, bus)
    return net


@pytest.mark.parametrize("name", [name for name in FEATURES if name not in WITHOUT], ids=lambda name: name.replace("_", " "))
def test_a_network_with_one_awkward_feature_is_as_pandapower_solves_it(name: str) -> None:
    """From the case, and from the elements or refused; without devices, and with some where the case is exact."""
    network = network_of(feature(name))
    p_mw, q_mvar = np.random.default_rng(2).normal(scale=0.3, size=(2, 2, len(network.topology)))
    p_mw[0] = q_mvar[0] = 0
    exact = 1 if network.case.notes else 2
    expected = REFERENCE.compile(network).solve(p_mw[:exact], q_mvar[:exact])
    expect_agreement(FROM_CASE.compile(network).solve(p_mw[:exact], q_mvar[:exact]), expected)
    assert (FROM_ELEMENTS.refuses(network) is None) == (name in PLAIN)
    if name in PLAIN:
        expect_agreement(FROM_ELEMENTS.compile(network).solve(p_mw, q_mvar), expected)


def test_angles_do_not_count_where_the_net_says_so() -> None:
    net = feature("vector_group_of_150_degrees")
    pp.set_user_pf_options(net, calculate_voltage_angles=False)
    network = network_of(net)
    nothing = np.zeros((1, len(network.topology)))
    expect_agreement(FROM_ELEMENTS.compile(network).solve(nothing, nothing), REFERENCE.compile(network).solve(nothing, nothing))


def test_any_switching_of_a_feeder_is_as_pandapower_solves_it() -> None:
    """Lines opened and ties closed at random: rings, dead islands, shunts and set points."""
    network, rng = network_of(pandapower.networks.case33bw()), np.random.default_rng(4)
    ports = (*(Port(Control.CLOSED, k, "line") for k in range(37)), Port(Control.SHUNT_MVAR, 17), Port(Control.VM_PU, 0))
    closed = np.column_stack([rng.random((4, 32)) > 0.06, rng.random((4, 5)) > 0.5]).astype(float)
    controls = np.column_stack([closed, rng.normal(size=4), 1 + 0.05 * rng.random(4)])
    p_mw, q_mvar = rng.normal(scale=0.1, size=(2, 4, 33))
    found = FROM_CASE.compile(network, ports).solve(p_mw, q_mvar, controls)
    expect_agreement(found, REFERENCE.compile(network, ports).solve(p_mw, q_mvar, controls))


def episode(scenario: str, second: Any, steps: int) -> dict[str, float]:
    """Largest differences between power_grid_model on the case and a second backend along an episode."""
    env = pgcore.make_env(scenario, sets=("run.backend.type=power_grid_model", f"episode.steps={steps}"))
    paired = list(pair(env, second, seed=6))[-1]
    assert paired.solves == steps
    assert not paired.disagreements
    return {name: found.largest for name, found in paired.largest.items()}


@pytest.mark.parametrize(
    ("scenario", "second"),
    [
        ("three_microgrids", REFERENCE), ("operator_microgrids", REFERENCE),
        ("ev_street", FROM_ELEMENTS), ("p2p_street", FROM_ELEMENTS), ("preheating", FROM_ELEMENTS),
    ],
)  # fmt: skip
def test_an_episode_of_a_shipped_scenario_is_as_pandapower_or_the_elements_have_it(scenario: str, second: Any) -> None:
    largest = episode(scenario, second, steps=8)
    assert {name: gap for name, gap in largest.items() if gap > MOST[name]} == {}


def resistance(case: Case) -> Case:
    return attrs.evolve(case, r_pu=case.r_pu * 1.001)


def tap(case: Case) -> Case:
    ratio = case.ratio.copy()
    ratio[case.trafo_branch[0, 0]] *= 1.0125
    return attrs.evolve(case, ratio=ratio)


def load(case: Case) -> Case:
    p_mw = case.p_mw.copy()
    p_mw[p_mw.argmin()] *= 1.01
    return attrs.evolve(case, p_mw=p_mw)


def limit(case: Case) -> Case:
    return attrs.evolve(case, line_limit_ka=case.line_limit_ka * 1.01)


@pytest.fixture(scope="module")
def microgrids() -> Network:
    return MicrogridFeeder().load()


@pytest.mark.parametrize("corrupt", [resistance, tap, load, limit])
def test_a_wrong_case_shows_against_the_elements_and_not_against_another_solver(corrupt: Any, microgrids: Network) -> None:
    """Both solvers of a wrong case agree with each other; what was read from the elements does not."""
    wrong, nothing = attrs.evolve(microgrids, case=corrupt(microgrids.case)), np.zeros((1, len(microgrids.topology)))
    deceived, other, elements = (backend.compile(wrong).solve(nothing, nothing) for backend in (FROM_CASE, Lightsim2gridBackend(), FROM_ELEMENTS))
    expect_agreement(deceived, other)
    assert max(np.abs(getattr(deceived, name) - getattr(elements, name)).max() / most for name, most in MOST.items()) > 100


def test_comparing_backends_along_an_episode_catches_a_wrong_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison that ``pgcore compare-backends`` makes, with a source whose taps are one step off."""
    monkeypatch.setattr("pgcore_pandapower.network.case_of", lambda made: tap(case_of(made)))
    largest = episode("three_microgrids", FROM_ELEMENTS, steps=2)
    assert largest["vm_pu"] > 1e-3
