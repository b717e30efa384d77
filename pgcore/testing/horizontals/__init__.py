"""Checks for horizontal protocols: the laws of the framework, what the contract asks of them, and of those that trade the laws of markets.

In a test module of the plugin::

    from pgcore.testing.horizontals import HorizontalChecks

    class TestMine(HorizontalChecks):
        horizontal = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``. A protocol that defines ``trade`` is a market. One in which places in the list of
peers matter says ``ordered = True``; a law of markets that some options break on purpose is named in ``waives``, with the reason. Options that name
peers name them ``P1`` to ``P8`` in the examples that are given.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pgcore.contracts.protocol import Horizontal
from pgcore.testing import making
from pgcore.testing.conformance import Conformance
from pgcore.testing.horizontals import bounds, declaration, episode, laws, shapes, trading
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "HorizontalChecks", "subject"]

CHECKS = (*making.CHECKS, *declaration.CHECKS, *shapes.CHECKS, *laws.CHECKS, *bounds.CHECKS, *trading.CHECKS, *episode.CHECKS)
"""Every horizontal protocol passes each of these that it is asked."""


class HorizontalChecks(Conformance, checks=CHECKS):
    """All checks for a horizontal protocol, as a test class: derive ``TestMine`` from it and say ``horizontal = Mine``."""

    horizontal: ClassVar[type[Horizontal]]
    examples: ClassVar[Sequence[Horizontal]] = ()
    """Instances to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> Subject[Horizontal]:
        if not hasattr(cls, "horizontal"):
            raise TypeError(f"{cls.__name__} does not say which protocol it checks; add to it: horizontal = MyProtocol")
        return Subject(cls.horizontal, tuple(cls.examples))


def subject(kind: type[Horizontal], examples: tuple[Any, ...] = (), module: str = "") -> Subject[Horizontal]:
    """What the checks are asked of: a class, instances of it that its author gave, and the plugin's entry module, where it is known."""
    return Subject(kind, examples, module)
