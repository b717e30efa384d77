"""The conformance kit's checks of the backend, on both of its paths."""

from collections.abc import Sequence

import pandapower.networks
from pgcore_pandapower import network_of
from pgcore_powergridmodel.backend import PowerGridModelBackend

from pgcore.contracts.network import Network
from pgcore.testing import BackendChecks


class TestFromTheCase(BackendChecks):
    backend = PowerGridModelBackend
    examples = (PowerGridModelBackend(), PowerGridModelBackend(threads=2))


class TestFromElements(BackendChecks):
    backend = PowerGridModelBackend
    examples = (PowerGridModelBackend(from_elements=True),)

    @classmethod
    def networks(cls) -> Sequence[Network]:
        return [network_of(pandapower.networks.case33bw()), network_of(pandapower.networks.four_loads_with_branches_out())]
