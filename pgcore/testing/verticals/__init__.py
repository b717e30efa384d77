"""Checks for vertical protocols: the laws of the framework and what the contract asks of them, over crews of several kinds.

In a test module of the plugin::

    from pgcore.testing.verticals import VerticalChecks

    class TestMine(VerticalChecks):
        vertical = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``. A crew that the protocol cannot serve is refused by a ``ValueError`` in ``knobs``.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pgcore.contracts.protocol import Vertical
from pgcore.testing import making
from pgcore.testing.conformance import Conformance
from pgcore.testing.subject import Subject
from pgcore.testing.verticals import bounds, declaration, episode, laws, shapes

__all__ = ["CHECKS", "VerticalChecks", "subject"]

CHECKS = (*making.CHECKS, *declaration.CHECKS, *shapes.CHECKS, *laws.CHECKS, *bounds.CHECKS, *episode.CHECKS)
"""Every vertical protocol passes each of these that it is asked."""


class VerticalChecks(Conformance, checks=CHECKS):
    """All checks for a vertical protocol, as a test class: derive ``TestMine`` from it and say ``vertical = Mine``."""

    vertical: ClassVar[type[Vertical]]
    examples: ClassVar[Sequence[Vertical]] = ()
    """Instances to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> Subject[Vertical]:
        if not hasattr(cls, "vertical"):
            raise TypeError(f"{cls.__name__} does not say which protocol it checks; add to it: vertical = MyProtocol")
        return Subject(cls.vertical, tuple(cls.examples))


def subject(kind: type[Vertical], examples: tuple[Any, ...] = (), module: str = "") -> Subject[Vertical]:
    """What the checks are asked of: a class, instances of it that its author gave, and the plugin's entry module, where it is known."""
    return Subject(kind, examples, module)
