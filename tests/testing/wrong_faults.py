"""Faults that are wrong on purpose, each in one way, beside the right one that they are made from."""

import random
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
from attrs import field, frozen

from pgcore.contracts.fault import LOST, PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen(kw_only=True)
class Right(Fault):
    """Every few messages one is lost."""

    type = "right"
    every: int = quantity("1", "messages from one loss to the next", default=4, ge=2, le=10)

    def memory(self) -> Any:
        return 0

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        return LOST if memory % self.every == 0 else PROMPT, memory + 1


WRONG: dict[type[Fault], str] = {}
HINTS: dict[type[Fault], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[Fault]]:
    """A wrong fault, by the check that names its mistake."""

    def noted(thing: type) -> type[Fault]:
        made = attrs.frozen(thing, kw_only=True)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


@wrong("every_option_is_documented", "'mood'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    mood: str = field(default="bad")


@wrong("made_from_its_options", "raised ArithmeticError")
class RefusesItsBounds(Right):
    """It takes none of its options."""

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("no")


@wrong("options_travel_through_a_spec")
class Doubles(Right):
    """It keeps another number than it was given."""

    late_s: float = quantity("s", "delay", default=1.0, gt=0)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "late_s", 2.0 * self.late_s)


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    rule: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("fates_are_delays", "give a tuple of delays")
class SaysTrue(Right):
    """It says whether a message arrives, not when."""

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        fate: Any = True
        return fate, memory


@wrong("uses_its_own_draws_alone", "draw from `draws`")
class DrawsFromTheProcess(Right):
    """It draws from the generator of the process."""

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        return LOST if random.random() < 0.5 else PROMPT, memory


@wrong("uses_its_own_draws_alone", "the second time")
class Remembers(Right):
    """It counts messages on the class."""

    seen: ClassVar[list[float]] = []

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        self.seen.append(passage.sent_s)
        return (0.001 * len(self.seen),), memory


@wrong("memory_is_not_changed_in_place", "in place")
class OneMemory(Right):
    """It changes the memory that it was handed."""

    def memory(self) -> Any:
        return [0]

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        memory[0] += 1
        return LOST if memory[0] % 3 == 0 else PROMPT, memory
