"""Reward: grades an agent's step from what that agent may see."""

from abc import ABC, abstractmethod
from typing import ClassVar

from attrs import frozen

from pgcore.columns import Array, Flags


@frozen(eq=False)
class Outcome:
    """What one step came to for each of some agents in each of B environments; ``(B, agents)`` unless said.

    Agents with smaller areas than others have places left over at the end: buses of 1 pu that are not energised, and loadings of 0 %.
    """

    cost: Array
    """Costs of its devices, settlements and deals, in the spec's currency."""
    violation: Array
    """Limits that its devices broke, pu·h."""
    vm_pu: Array
    """Voltages of their areas, ``(B, agents, area bus)``."""
    energised: Flags
    """``(B, agents, area bus)``."""
    loading_percent: Array
    """Of the lines, then the transformers of their areas, ``(B, agents, area branch)``."""
    dt_h: float
    """Length of the step in hours."""


@frozen(eq=False)
class Grade:
    """``reward`` and ``violation``, each ``(B, agents)``; the violation includes that of the area's limits."""

    reward: Array
    violation: Array


@frozen
class Limits:
    """What a reward counts as a violation beyond, for pictures; ``None`` where it has no such limit."""

    vm_pu: tuple[float, float] | None = None
    loading_percent: float | None = None


class Reward(ABC):
    """How an agent's step is graded. Its attrs fields are the options of a spec's ``reward:`` entry.

    A class may have a field ``shared`` in 0…1: that share of each agent's reward is replaced by the mean over all agents.
    """

    type: ClassVar[str]
    shared: float = 0.0

    def limits(self) -> Limits:
        """The limits that it grades by."""
        return Limits()

    @abstractmethod
    def grade(self, outcome: Outcome) -> Grade:
        """Grade one step. Add up with :func:`pgcore.columns.total` over the last axis, so that an agent's grade is the same alone as among others."""
