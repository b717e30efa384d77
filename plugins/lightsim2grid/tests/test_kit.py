"""The conformance kit's checks of the backend."""

from pgcore_lightsim2grid.backend import Lightsim2gridBackend

from pgcore.testing import BackendChecks


class TestLightsim2grid(BackendChecks):
    backend = Lightsim2gridBackend
    examples = (Lightsim2gridBackend(), Lightsim2gridBackend(threads=2))
