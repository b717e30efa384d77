"""The backend AcmeBackend: pgcore's own checks, and what it refuses."""

import attrs
import numpy as np
import pytest
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.testing.backends import BackendChecks, networks

from pgcore_acme.backend import AcmeBackend


class TestAcmeBackend(BackendChecks):
    """Every check that pgcore has for backends; `pgcore plugins check acme --kind backend` runs the same."""

    backend = AcmeBackend


def test_generators_that_hold_a_voltage_are_refused() -> None:
    assert "hold a voltage" in (AcmeBackend().refuses(networks.generator()) or "")


def test_controls_are_refused_with_what_to_use_instead() -> None:
    with pytest.raises(ValueError, match="use the backend pandapower"):
        AcmeBackend().compile(networks.two_buses(), (Port(Control.CLOSED, 0, "line"),))


def test_too_few_iterations_are_no_solution() -> None:
    network = networks.case33bw()
    nothing = np.zeros((1, len(network.topology)))
    flow = attrs.evolve(AcmeBackend(), iterations=2).compile(network).solve(nothing, nothing)
    assert not flow.converged[0]
