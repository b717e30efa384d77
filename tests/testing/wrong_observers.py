"""Observers that are wrong on purpose, each in one way, beside the right one that they are made from."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from pgcore.contracts.observer import Observer, StepRecord
from pgcore.quantity import option, quantity


@frozen
class Right(Observer):
    """Writes the losses of every step."""

    type = "right"
    file: Path = option("what it writes")
    digits: int = quantity("1", "digits of a number", default=6, ge=1, le=17)

    def opened(self, env: Any) -> None:
        self.file.write_text("", encoding="utf-8")

    def stepped(self, record: StepRecord) -> None:
        with self.file.open("a", encoding="utf-8") as text:
            text.write(f"{record.tick} {record.flow.losses_mw.sum():.{self.digits}g}\n")


WRONG: dict[type[Observer], str] = {}
HINTS: dict[type[Observer], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[Observer]]:
    """A wrong observer, by the check that names its mistake."""

    def noted(thing: type) -> type[Observer]:
        made = attrs.frozen(thing)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


@wrong("every_option_is_documented", "'colour'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    colour: str = field(default="red")


@wrong("made_from_its_options", "raised ArithmeticError")
class RefusesItsBounds(Right):
    """It takes none of its options."""

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("no")


@wrong("options_travel_through_a_spec")
class Halves(Observer):
    """It keeps another number than it was given."""

    type = "halves"
    digits: int = quantity("1", "digits of a number", default=8, ge=1, le=17)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "digits", self.digits // 2)

    def stepped(self, record: StepRecord) -> None:
        return


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    rule: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("watches_episodes", "in an episode of 3 environments")
class AloneOnly(Right):
    """It knows one environment."""

    def stepped(self, record: StepRecord) -> None:
        float(record.flow.losses_mw.item())


@wrong("watches_a_step_without_power_flow", "ZeroDivisionError")
class Divides(Right):
    """It divides by the lowest voltage."""

    def stepped(self, record: StepRecord) -> None:
        _ = 1.0 / float(record.flow.vm_pu.min()) if record.flow.vm_pu.min() else 1 // 0


@wrong("closes_without_a_step", "before its first reset")
class NeedsASteps(Right):
    """It closes what its first step opened."""

    steps: list[int] = field(factory=list, init=False, eq=False)

    def stepped(self, record: StepRecord) -> None:
        self.steps.append(record.tick)

    def closed(self) -> None:
        self.steps.pop()


@wrong("changes_nothing", "where it is watched")
class Meddles(Right):
    """It gives everybody a reward."""

    def stepped(self, record: StepRecord) -> None:
        for reward in record.rewards.values():
            reward.setflags(write=True)
            reward += 1.0


@wrong("changes_nothing", "where it is watched")
class Skips(Right):
    """It moves the environment on by a step of the profiles."""

    env: list[Any] = field(factory=list, init=False, eq=False)

    def opened(self, env: Any) -> None:
        self.env.append(env)

    def stepped(self, record: StepRecord) -> None:
        if record.tick == 1:
            self.env[0].rows = self.env[0].rows + 1


@wrong("leaves_shared_generators_alone", "global generator of Python")
class Samples(Right):
    """It writes a sample of the steps, drawn from the generator of the process."""

    def stepped(self, record: StepRecord) -> None:
        if random.random() < 0.5:
            super().stepped(record)
