"""Partition: groups of actors cannot hear each other for a while."""

from fnmatch import fnmatchcase
from typing import Any

from attrs import frozen

from pgcore.contracts.fault import LOST, PROMPT, Fate, Fault, Link, Passage
from pgcore.draws import Draws
from pgcore.quantity import option


@frozen
class Partition(Fault):
    """Everything between different groups is lost from ``from_s`` until ``until_s``; within a group nothing is.

    Whoever is in no group that is listed is in one more, with all the others like it. A group is a list of names; ``*`` stands for any text:
    ``[["MG1", "MG1.*"]]`` cuts MG1 and its devices off from all else. Without groups, whatever passes over ``links`` is lost.
    """

    type = "partition"

    groups: tuple[tuple[str, ...], ...] = option("names of the actors on each side", default=())

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Lost if it would pass from one group to another."""
        if memory is None:
            memory = self._parted(passage.link)
        return LOST if memory else PROMPT, memory

    def _parted(self, link: Link) -> bool:
        return not self.groups or self._group(link.sender) != self._group(link.recipient)

    def _group(self, actor: str) -> int:
        return next((n for n, group in enumerate(self.groups) if any(fnmatchcase(actor, name) for name in group)), len(self.groups))
