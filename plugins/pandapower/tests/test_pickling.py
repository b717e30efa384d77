"""Solvers survive pickling, as environments that hold them must."""

import pickle

import numpy as np
import pandapower.networks
import pytest
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend
from pgcore_pandapower.linear import LinearBackend

from pgcore.contracts.backend import Backend, Port
from pgcore.contracts.device import Control


@pytest.mark.parametrize("backend", [PandapowerBackend(), LinearBackend()], ids=["pandapower", "linear"])
def test_a_pickled_solver_goes_on_with_the_same_bits_and_a_net_of_its_own(backend: Backend) -> None:
    network = network_of(pandapower.networks.case33bw())
    solver = backend.compile(network, (Port(Control.CLOSED, 5, "line"), Port(Control.SHUNT_MVAR, 17)))
    zero = np.zeros((1, 33))
    solver.solve(zero, zero)
    copied = pickle.loads(pickle.dumps(solver))
    copied.solve(zero, zero, np.array([[0.0, 0.3]]))
    copied.forget()
    solver.forget()
    assert np.array_equal(copied.solve(zero, zero).vm_pu, solver.solve(zero, zero).vm_pu)
