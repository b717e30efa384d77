"""Its backends and network sources pass the kit."""

import attrs
import numpy as np
import pandapower as pp
import pandapower.networks
import pytest
from pgcore_pandapower import network_of
from pgcore_pandapower.ac import PandapowerBackend
from pgcore_pandapower.inline import InlineBus, InlineExternalGrid, InlineLine, InlineLoad, InlineSource, InlineTrafo
from pgcore_pandapower.linear import LinearBackend
from pgcore_pandapower.source import PandapowerSource

from pgcore.testing import BackendChecks, NetworkChecks
from pgcore.testing.backends import networks


class TestPandapower(BackendChecks):
    backend = PandapowerBackend


class TestLinear(BackendChecks):
    backend = LinearBackend


class TestPandapowerSource(NetworkChecks):
    network = PandapowerSource
    examples = (PandapowerSource(name="case14"),)


class TestInlineSource(NetworkChecks):
    network = InlineSource
    examples = (
        InlineSource(
            buses=(InlineBus("A", 20.0), InlineBus("B", 20.0), InlineBus("C", 0.4)),
            external_grid=InlineExternalGrid("A"),
            lines=(InlineLine("A", "B", length_km=2.0, r_ohm_per_km=0.3, x_ohm_per_km=0.35),),
            trafos=(InlineTrafo("B", "C", sn_mva=0.4, vk_percent=6.0, vkr_percent=1.4, tap_step_percent=2.5),),
            loads=(InlineLoad("C", p_mw=0.2, q_mvar=0.05),),
        ),
    )


def test_a_case_that_a_net_cannot_hold_is_refused_in_words() -> None:
    network = networks.transformer()
    three = attrs.evolve(network, case=attrs.evolve(network.case, trafo_branch=np.array([[0, 1, -1]])))
    assert "did not come from pandapower, and it has transformers of three windings" in (PandapowerBackend().refuses(three) or "")
    with pytest.raises(ValueError, match="three windings"):
        PandapowerBackend().compile(three)


@pytest.mark.parametrize("name", ["case33bw", "case9"])
def test_a_net_made_from_its_case_has_the_same_power_flow(name: str) -> None:
    network = network_of(getattr(pp.networks, name)())
    flows = []
    for one in (network, type(network)(network.topology, network.case)):
        idle = 0.0 * one.topology.vn_kv[None]
        flows.append(PandapowerBackend().compile(one).solve(idle, idle))
    assert flows[0].vm_pu == pytest.approx(flows[1].vm_pu, abs=1e-9)
    assert flows[0].losses_mw == pytest.approx(flows[1].losses_mw, abs=1e-7)
    assert flows[0].line_loading_percent == pytest.approx(flows[1].line_loading_percent, abs=1e-6)
