"""Checks for backends: closed forms, balances, published feeders, failures, islands and controls, on networks that the kit makes itself.

In a test module of the plugin::

    from pgcore.testing import BackendChecks

    class TestMine(BackendChecks):
        backend = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``. A backend that solves the data of its own source refuses the kit's networks: its
author adds some that it takes::

    class TestMine(BackendChecks):
        backend = Mine

        @classmethod
        def networks(cls):
            return [MySource(name="feeder").load()]
"""

from collections.abc import Sequence
from typing import ClassVar

from pgcore.contracts.backend import Backend
from pgcore.contracts.network import Network, NetworkSource
from pgcore.testing import making
from pgcore.testing.backends import acceptance, answers, controls, failures, islands, laws, physics
from pgcore.testing.backends.subject import BackendSubject, loaded
from pgcore.testing.checks import Check
from pgcore.testing.conformance import Conformance

__all__ = ["CHECKS", "BackendChecks", "BackendSubject", "subject"]

CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    *acceptance.CHECKS,
    *answers.CHECKS,
    *laws.CHECKS,
    *physics.CHECKS,
    *islands.CHECKS,
    *failures.CHECKS,
    *controls.CHECKS,
)
"""Every backend passes each of these that it is asked."""


class BackendChecks(Conformance, checks=CHECKS):
    """All checks for a backend, as a test class: derive ``TestMine`` from it and say ``backend = Mine``."""

    backend: ClassVar[type[Backend]]
    examples: ClassVar[Sequence[Backend]] = ()
    """Backends to check instead of the one with all options at their defaults."""

    @classmethod
    def networks(cls) -> Sequence[Network | NetworkSource]:
        """Networks to check it on beside those of the kit; needed where it takes none of those."""
        return ()

    @classmethod
    def subject(cls) -> BackendSubject:
        if not hasattr(cls, "backend"):
            raise TypeError(f"{cls.__name__} does not say which backend it checks; add to it: backend = MyBackend")
        return BackendSubject(cls.backend, tuple(cls.examples), networks=loaded(tuple(cls.networks())))


def subject(kind: type[Backend], examples: tuple[Backend | Network | NetworkSource, ...] = (), module: str = "") -> BackendSubject:
    """What the checks are asked of: a class, backends of it and networks that its author gave, and the plugin's entry module."""
    own = tuple(one for one in examples if not isinstance(one, Backend))
    return BackendSubject(kind, tuple(one for one in examples if isinstance(one, Backend)), module, loaded(own))
