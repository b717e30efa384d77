"""Agreement with the reference backend, on networks that each hold something awkward, over random injections."""

import attrs
import numpy as np
import pandapower.networks
import pytest
from nets import awkward, feeder, mesh, two_sources
from pgcore_fixedpoint.backend import FixedPointBackend
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend

from pgcore.columns import Array
from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network

PU, MW, PERCENT, DEGREES = 1e-6, 1e-6, 1e-4, 1e-5


def assert_agreement(network: Network, scale_mw: float, ports: tuple[Port, ...] = (), controls: Array | None = None, rows: int = 3) -> None:
    """The same Flow from both backends, twice over, so that warm starts are compared too."""
    solvers = [backend.compile(network, ports) for backend in (PandapowerBackend(), FixedPointBackend())]
    for seed in range(2):
        p_mw, q_mvar = np.random.default_rng(seed).normal(scale=scale_mw, size=(2, rows, len(network.topology)))
        expected, found = (solver.solve(p_mw, q_mvar, controls) for solver in solvers)
        assert found.converged.all()
        assert np.array_equal(found.energised, expected.energised)
        voltage = [flow.vm_pu * np.exp(1j * np.deg2rad(flow.va_deg)) for flow in (expected, found)]
        assert np.abs(voltage[0] - voltage[1]).max() < PU
        for field in attrs.fields(Flow):
            limit = PERCENT if field.name.endswith("percent") else MW if field.name.endswith(("_mw", "_mvar")) else None
            if limit is not None:
                assert np.allclose(getattr(found, field.name), getattr(expected, field.name), rtol=0, atol=limit), field.name


@pytest.mark.parametrize(
    ("network", "scale_mw"),
    [
        (feeder(), 0.1),
        (awkward(), 0.5),
        (two_sources(), 0.5),
        (mesh(), 0.1),
        (network_of(pandapower.networks.create_cigre_network_mv(with_der="pv_wind")), 0.1),
        (network_of(pandapower.networks.mv_oberrhein()), 0.05),
        (network_of(pandapower.networks.create_kerber_dorfnetz()), 0.001),
    ],
    ids=["case33bw", "awkward", "two sources", "mesh", "cigre mv", "oberrhein", "kerber"],
)
def test_every_number_of_a_flow_agrees_with_the_reference(network: Network, scale_mw: float) -> None:
    assert_agreement(network, scale_mw)


def test_every_row_of_a_batch_has_its_own_switches_and_tie_lines() -> None:
    ports = tuple(Port(Control.CLOSED, line, "line") for line in (5, 11, 24, 32, 33, 35))
    controls = (np.random.default_rng(3).random((9, 6)) > 0.3).astype(float)
    assert_agreement(feeder(), 0.05, ports, controls, rows=9)


def test_every_row_of_a_batch_has_its_own_taps() -> None:
    ports = (Port(Control.TAP, 0, "trafo"), Port(Control.TAP, 1, "trafo"))
    assert_agreement(awkward(), 0.3, ports, np.array([[2.0, 2.0], [-9.0, 4.0], [20.0, -3.0]]))


def test_shunts_and_sources_are_turned_without_new_factors() -> None:
    ports = (Port(Control.SHUNT_MVAR, 17), Port(Control.VM_PU, 0), Port(Control.SHUNT_MVAR, 0), Port(Control.SHUNT_MVAR, 17))
    assert_agreement(feeder(), 0.05, ports, np.array([[0.5, 1.0, 0.0, 0.0], [-0.4, 1.04, 0.7, 0.2], [0.0, 0.97, -0.3, 0.1]]))


def test_a_setpoint_moves_its_own_source_only() -> None:
    assert_agreement(two_sources(), 0.2, (Port(Control.VM_PU, 2),), np.array([[1.0], [0.98], [1.01]]))


def test_a_setpoint_may_hold_an_angle() -> None:
    assert_agreement(awkward(), 0.2, (Port(Control.VM_PU, 0),), np.array([[1.0], [0.98], [1.05]]))
