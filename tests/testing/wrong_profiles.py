"""Profile sources that are wrong on purpose, each in one way, beside the right one that they are made from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import quantity


@frozen
class Right(ProfileSource):
    """A noisy day, from a seed."""

    type = "right"
    mean: float = quantity("1", "mean of the day", default=0.5, ge=0, le=1)
    seed: int = quantity("1", "seed of the noise", default=1, ge=0, le=100)

    def load(self) -> Series:
        return Series(self.mean + 0.1 * np.random.default_rng(self.seed).normal(size=24), 60.0, "2016-01-01")


WRONG: dict[type[ProfileSource], str] = {}
HINTS: dict[type[ProfileSource], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[ProfileSource]]:
    """A wrong source, by the check that names its mistake."""

    def noted(thing: type) -> type[ProfileSource]:
        made = attrs.frozen(thing)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


@wrong("every_option_is_documented", "'place'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    place: str = field(default="here")


@wrong("made_from_its_options", "raised ArithmeticError")
class RefusesItsBounds(Right):
    """It takes none of its options."""

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("no")


@wrong("options_travel_through_a_spec")
class Halves(Right):
    """It keeps another number than it was given."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "mean", self.mean / 2.0)


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    rule: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("loads_a_series", "list of shape (2,)")
class Listed(Right):
    """It gives a list."""

    def load(self) -> Series:
        values: Any = [0.1, 0.2]
        return Series(values)


@wrong("loads_a_series", "float32")
class SinglePrecision(Right):
    """It gives float32."""

    def load(self) -> Series:
        values: Any = super().load().values.astype(np.float32)
        return Series(values)


@wrong("values_are_finite", "value 3 of 24 is nan")
class Gaps(Right):
    """It leaves gaps."""

    def load(self) -> Series:
        values = super().load().values.copy()
        values[3] = np.nan
        return Series(values)


@wrong("steps_and_dates_have_a_meaning", "step_min is 0")
class NoStep(Right):
    """Its values hold no time."""

    def load(self) -> Series:
        return Series(np.ones(3), 0.0)


@wrong("steps_and_dates_have_a_meaning", "start is '1.1.2016'")
class OtherDates(Right):
    """It writes dates as nobody reads them."""

    def load(self) -> Series:
        return Series(np.ones(3), 15.0, "1.1.2016")


@wrong("loads_the_same_again", "default_rng(self.seed)")
class DrawsFromTheProcess(Right):
    """It draws from the generator of the process."""

    def load(self) -> Series:
        return Series(np.random.uniform(size=24), 60.0)  # noqa: NPY002  that is the mistake


@wrong("loads_the_same_again", "the second time")
class GoesOn(Right):
    """It begins where it last stopped."""

    rng: ClassVar[np.random.Generator] = np.random.default_rng(0)

    def load(self) -> Series:
        return Series(self.rng.uniform(size=24), 60.0)


@wrong("what_was_loaded_is_the_callers", "an array that it keeps")
class Keeps(Right):
    """It hands out what it keeps."""

    kept: ClassVar[dict[Any, Series]] = {}

    def load(self) -> Series:
        return self.kept.setdefault((self.mean, self.seed), super().load())


@wrong("files_are_named_when_they_are_wrong", "does not name the file")
class Reads(ProfileSource):
    """It says that a file is bad, and not which."""

    type = "reads"
    file: Path = field()

    def load(self) -> Series:
        try:
            return Series(np.array([float(line) for line in self.file.read_text(encoding="utf-8").split()]))
        except (ValueError, OSError) as error:
            raise ValueError("bad file") from error


@wrong("files_are_named_when_they_are_wrong", "raised nothing")
class Swallows(ProfileSource):
    """It takes anything."""

    type = "swallows"
    file: Path = field()

    def load(self) -> Series:
        return Series(np.ones(4))
