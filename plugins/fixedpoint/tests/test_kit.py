"""The checks for any backend."""

from pgcore_fixedpoint.backend import FixedPointBackend

from pgcore.testing import BackendChecks


class TestFixedPoint(BackendChecks):
    backend = FixedPointBackend


class TestFixedPointInThreads(BackendChecks):
    backend = FixedPointBackend
    examples = (FixedPointBackend(threads=2),)
