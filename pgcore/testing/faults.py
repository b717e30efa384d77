"""Checks for faults: what becomes of a message follows from its link, its time and its own random numbers alone.

In a test module of the plugin::

    from pgcore.testing import FaultChecks

    class TestMine(FaultChecks):
        fault = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``.
"""

import copy
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

from attrs import frozen

from pgcore.contracts.fault import Fate, Fault, Link, Passage
from pgcore.draws import Draws, words
from pgcore.testing import making
from pgcore.testing.checks import Breach, Check, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices.watch import watched
from pgcore.testing.making import check_made_from_its_options
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "FaultChecks", "FaultSubject", "subject"]

LINK = Link("MG1", "environment")
MESSAGES = 40
MOST_COPIES = 100
"""More copies of a message than any link makes."""


@frozen
class FaultSubject(Subject[Fault]):
    """A fault to be examined."""


def passages(fault: Fault) -> Iterator[tuple[Passage, Draws]]:
    """Messages of every size from before the fault begins until after it ended, each with its random numbers."""
    for k in range(MESSAGES):
        yield Passage(LINK, fault.from_s + 45.0 * k, partial(int, 100 + 50 * k)), Draws(words(1, k)[0])


@after(check_made_from_its_options)
def check_fates_are_delays(subject: FaultSubject) -> None:
    """A fate is a tuple of finite delays in seconds, one for each copy that arrives."""
    for fault in subject.drawn():
        for _, fate, _ in _fates(fault):
            whole = isinstance(fate, tuple) and all(isinstance(delay, int | float) and math.isfinite(delay) for delay in fate)
            if not whole or len(fate) > MOST_COPIES:
                raise Breach(f"fate() gave {fate!r}, from {fault!r}", "give a tuple of delays in seconds: () is lost, (0.0,) arrives at once")


@after(check_fates_are_delays)
def check_uses_its_own_draws_alone(subject: FaultSubject) -> None:
    """Law 5: the same messages have the same fates; random numbers come from the message's own draws, and no clock is asked."""
    for fault in subject.drawn():
        with watched() as used:
            first = [fate for _, fate, _ in _fates(fault)]
        if used:
            raise Breach(f"it used {', '.join(sorted(used))}, from {fault!r}", "draw from `draws`; the time is passage.sent_s")
        if [fate for _, fate, _ in _fates(fault)] != first:
            raise Breach(f"the same messages had other fates the second time, from {fault!r}", "keep nothing but the memory that is returned")


@after(check_uses_its_own_draws_alone)
def check_memory_is_not_changed_in_place(subject: FaultSubject) -> None:
    """What it remembers of a link is returned anew, never changed: links, and a run that is repeated, have memories of their own."""
    for fault in subject.drawn():
        memory = fault.memory()
        for passage, draws in passages(fault):
            before = copy.deepcopy(memory)
            _, after_it = _asked(fault, passage, draws, memory)
            if repr(memory) != repr(before):
                raise Breach(f"fate() changed the memory {before!r} to {memory!r} in place, from {fault!r}", "return a new memory")
            memory = after_it


CHECKS: tuple[Check, ...] = (*making.CHECKS, check_fates_are_delays, check_uses_its_own_draws_alone, check_memory_is_not_changed_in_place)
"""Every fault passes each of these."""


class FaultChecks(Conformance, checks=CHECKS):
    """All checks for a fault, as a test class: derive ``TestMine`` from it and say ``fault = Mine``."""

    fault: ClassVar[type[Fault]]
    examples: ClassVar[Sequence[Fault]] = ()
    """Faults to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> FaultSubject:
        if not hasattr(cls, "fault"):
            raise TypeError(f"{cls.__name__} does not say which fault it checks; add to it: fault = MyFault")
        return FaultSubject(cls.fault, tuple(cls.examples))


def subject(kind: type[Fault], examples: tuple[Fault, ...] = (), module: str = "") -> FaultSubject:
    """What the checks are asked of: a class, faults of it that its author gave, and the plugin's entry module, where it is known."""
    return FaultSubject(kind, examples, module)


def _fates(fault: Fault) -> Iterator[tuple[Passage, Fate, Any]]:
    """The messages one after the other, what becomes of each, and what is remembered then."""
    memory = fault.memory()
    for passage, draws in passages(fault):
        fate, memory = _asked(fault, passage, draws, memory)
        yield passage, fate, memory


def _asked(fault: Fault, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
    try:
        fate, memory = fault.fate(passage, draws, memory)
    except Exception as error:
        mend = "return the fate and the memory: `return PROMPT, memory`"
        raise Breach(f"fate() raised {type(error).__name__}: {error}, for a message at {passage.sent_s:g} s, from {fault!r}", mend) from error
    return fate, memory
