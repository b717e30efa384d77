"""The network source AcmeNetwork: pgcore's own checks, and its per-unit model against the numbers it was made from."""

import numpy as np
import pytest
from pgcore.testing.networks import NetworkChecks

from pgcore_acme.network import AcmeNetwork


class TestAcmeNetwork(NetworkChecks):
    """Every check that pgcore has for network sources; `pgcore plugins check acme --kind network` runs the same."""

    network = AcmeNetwork
    examples = (AcmeNetwork(), AcmeNetwork(buses=1))


def test_impedances_are_in_per_unit() -> None:
    """20 kV and 1 MVA make a base of 400 ohm; half a kilometre of 0.3 + j0.35 ohm/km is 0.15 + j0.175 ohm."""
    case = AcmeNetwork(section_km=0.5, r_ohm_per_km=0.3, x_ohm_per_km=0.35, vn_kv=20.0).load().case
    assert np.allclose(case.r_pu, 0.15 / 400.0)
    assert np.allclose(case.x_pu, 0.175 / 400.0)


@pytest.mark.parametrize("buses", [1, 10, 1000])
def test_loads_add_up_in_both_forms(buses: int) -> None:
    network = AcmeNetwork(buses=buses, p_load_mw=2.0, q_load_mvar=0.5).load()
    assert np.allclose([-network.case.p_mw.sum(), network.topology.loads.p_mw.sum()], 2.0)
    assert np.allclose([-network.case.q_mvar.sum(), network.topology.loads.q_mvar.sum()], 0.5)


def test_every_bus_is_fed_by_the_one_before() -> None:
    topology = AcmeNetwork(buses=4).load().topology
    ends = list(zip(topology.lines.from_bus.tolist(), topology.lines.to_bus.tolist(), strict=True))
    assert ends == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert len(topology) == 5
