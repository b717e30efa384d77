"""Checks for profile sources: a series is the same whenever it is loaded, and what is wrong with its data is located.

In a test module of the plugin::

    from pgcore.testing import ProfileChecks

    class TestMine(ProfileChecks):
        profile = Mine
        examples = [Mine(file=Path("tests/sun.csv"))]     # needed where a required option is text, a list or a file

or, for a plugin that is installed, ``pgcore plugins check mine``.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import numpy as np
from attrs import frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.testing import making
from pgcore.testing.checks import Breach, Check, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices.watch import watched
from pgcore.testing.filed import require_files_named
from pgcore.testing.making import check_made_from_its_options
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "ProfileChecks", "ProfileSubject", "subject"]

DAY_MIN = 1440.0


@frozen
class ProfileSubject(Subject[ProfileSource]):
    """A profile source to be examined."""

    varied: ClassVar[bool] = False


@after(check_made_from_its_options)
def check_loads_a_series(subject: ProfileSubject) -> None:
    """load() returns a Series whose values are float64 in a row, at least one of them."""
    for source in subject.drawn():
        series = _loaded(source)
        if not isinstance(series, Series):
            raise Breach(f"load() returned {type(series).__name__}, from {source!r}", "return a pgcore.contracts.profile.Series")
        values = series.values
        if not isinstance(values, np.ndarray) or values.ndim != 1 or not values.size or values.dtype != np.float64:
            found = f"{type(values).__name__} of shape {np.shape(values)} and type {getattr(values, 'dtype', '?')}"
            raise Breach(f"values is {found}, from {source!r}", "give one float64 number or more in a row: np.array(values, dtype=float)")


@after(check_loads_a_series)
def check_values_are_finite(subject: ProfileSubject) -> None:
    """No value of a series is NaN or infinite."""
    for source in subject.drawn():
        values = _loaded(source).values
        if not np.isfinite(values).all():
            at = int(np.flatnonzero(~np.isfinite(values))[0])
            mend = "fill gaps in your own way, or raise a ValueError that says where they are"
            raise Breach(f"value {at} of {len(values)} is {float(values[at])}, from {source!r}", mend)


@after(check_loads_a_series)
def check_steps_and_dates_have_a_meaning(subject: ProfileSubject) -> None:
    """Its step is between 0 and a day, a whole part of it, and its start is a date or empty."""
    for source in subject.drawn():
        series = _loaded(source)
        step_min = series.step_min
        if not isinstance(step_min, int | float) or not 0.0 < step_min <= DAY_MIN:
            raise Breach(f"step_min is {step_min!r}, from {source!r}", "give minutes, more than 0 and at most 1440")
        if series.start:
            try:
                date.fromisoformat(series.start)
            except (TypeError, ValueError) as error:
                mend = "give the day of the first value as 2016-07-01; its first value is that of midnight"
                raise Breach(f"start is {series.start!r}, from {source!r}", mend) from error


@after(check_loads_a_series)
def check_loads_the_same_again(subject: ProfileSubject) -> None:
    """Law 5: a source loaded twice gives the same series, bit for bit; a source that draws has a seed among its options."""
    for source in subject.drawn():
        with watched() as used:
            first = _loaded(source)
        if used:
            mend = "draw with np.random.default_rng(self.seed), where seed is an option; dates are options too"
            raise Breach(f"load() used {', '.join(sorted(used))}, from {source!r}", mend)
        again = _loaded(source)
        if not np.array_equal(first.values, again.values) or (first.step_min, first.start) != (again.step_min, again.start):
            raise Breach(f"load() gave another series the second time, from {source!r}", "a series follows from the options and the files alone")


@after(check_loads_the_same_again)
def check_what_was_loaded_is_the_callers(subject: ProfileSubject) -> None:
    """Changing what was loaded does not change what is loaded next."""
    for source in subject.drawn():
        first = _loaded(source)
        kept = first.values.copy()
        if first.values.flags.writeable:
            first.values[:] = -1.0
        if not np.array_equal(_loaded(source).values, kept):
            mend = "hand out a copy, or set values.setflags(write=False) on what is kept"
            raise Breach(f"load() hands out an array that it keeps, from {source!r}", mend)


@after(check_loads_a_series)
def check_files_are_named_when_they_are_wrong(subject: ProfileSubject) -> None:
    """Where its file is missing or holds garbage, the error is a ValueError or OSError that names the file."""
    require_files_named(subject, lambda source: source.load())


CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    check_loads_a_series,
    check_values_are_finite,
    check_steps_and_dates_have_a_meaning,
    check_loads_the_same_again,
    check_what_was_loaded_is_the_callers,
    check_files_are_named_when_they_are_wrong,
)
"""Every profile source passes each of these that it is asked."""


class ProfileChecks(Conformance, checks=CHECKS):
    """All checks for a profile source, as a test class: derive ``TestMine`` from it and say ``profile = Mine``."""

    profile: ClassVar[type[ProfileSource]]
    examples: ClassVar[Sequence[ProfileSource]] = ()
    """Sources to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> ProfileSubject:
        if not hasattr(cls, "profile"):
            raise TypeError(f"{cls.__name__} does not say which profile source it checks; add to it: profile = MyProfile")
        return ProfileSubject(cls.profile, tuple(cls.examples))


def subject(kind: type[ProfileSource], examples: tuple[ProfileSource, ...] = (), module: str = "") -> ProfileSubject:
    """What the checks are asked of: a class, sources of it that its author gave, and the plugin's entry module, where it is known."""
    return ProfileSubject(kind, examples, module)


def _loaded(source: ProfileSource) -> Series:
    try:
        return source.load()
    except Exception as error:
        mend = "refuse options that cannot be loaded when the source is made, with a QuantityError that names the field"
        raise Breach(f"load() raised {type(error).__name__}: {error}, from {source!r}", mend) from error
