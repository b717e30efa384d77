"""Clock: which step of the profiles each environment is in, and where an episode may start."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache
from numbers import Integral

import numpy as np
from attrs import frozen
from numpy.random import Generator

from pgcore.columns import Flags, Index
from pgcore.contracts.profile import Series
from pgcore.spec.model import Episode

_DAY_MIN = 1440.0
_WEEK_MIN = 7 * _DAY_MIN
_YEAR_MIN = 365 * _DAY_MIN


@frozen
class Calendar:
    """The steps that a profile of ``length`` steps offers, and which weeks are kept for testing.

    Weeks count from the first step; of every ``test_every_weeks`` the last one is a test week. An episode lies in one part only, and nothing that a
    training episode shows lies in a test week.
    """

    length: int
    step_min: float
    steps: int
    """Steps in an episode."""
    part: str = "all"
    test_every_weeks: int = 4
    first_day: str = ""
    """ISO date of the first step, where the profiles have one."""
    ahead: int = 1
    """Steps beyond an episode's last that its observations show: the step to come, and forecasts."""

    def starts(self, midnight: bool) -> Index:
        """Steps at which a whole episode fits into the chosen part, at midnights only or anywhere."""
        return _starts(self, midnight)

    def start(self, rule: str | int, episode: int, rng: Callable[[], Generator]) -> int:
        """The first step of an episode by the spec's ``episode.start``; ``rng`` gives a random stream, should it take one.

        Raises:
            ValueError: no whole episode fits, or the date or step lies outside the profiles or the chosen part.
        """
        if rule in ("random", "any", "sequential"):
            starts = self.starts(midnight=rule != "any")
            if not len(starts):
                raise ValueError(
                    f"no episode of {self.steps} steps of {self.step_min:g} min fits into the {self.part} weeks of profiles with {self.length} steps"
                )
            return int(starts[episode % len(starts)] if rule == "sequential" else rng().choice(starts))
        step = int(rule) if isinstance(rule, Integral) else self._step_of(str(rule))
        if not 0 <= step <= self.length - self.steps:
            last = self.length - self.steps
            raise ValueError(f"an episode of {self.steps} steps cannot start at {rule!r}: the profiles have {self.length} steps, so 0 to {last}")
        if not self.fits(np.array([step])).all():
            hint = "choose random, any or sequential, or set episode.part to all"
            raise ValueError(f"an episode of {self.steps} steps from {rule!r} does not lie in the {self.part} weeks: {hint}")
        return step

    def label(self, row: int) -> str:
        """A step as a date and time, or as a day number and time where the profiles have no date."""
        minutes = row * self.step_min
        clock = f"{int(minutes % _DAY_MIN // 60):02d}:{int(minutes % 60):02d}"
        days = int(minutes // _DAY_MIN)
        day = (date.fromisoformat(self.first_day) + timedelta(days=days)).isoformat() if self.first_day else f"day {days}"
        return f"{day} {clock}"

    def fits(self, at: Index) -> Flags:
        """Whether an episode from each of the steps ``at`` lies in weeks of the chosen part alone."""
        fits = np.ones(len(at), dtype=bool)
        if self.part == "all":
            return fits
        wanted = self.part == "test"
        reach = self.steps if wanted else self.steps + self.ahead
        for week in range(int(self.length * self.step_min // _WEEK_MIN) + 1):
            if self._tests(week) != wanted:
                first, end = week * _WEEK_MIN / self.step_min, (week + 1) * _WEEK_MIN / self.step_min
                fits &= (at + reach <= first) | (at >= end)
        return fits

    def _tests(self, week: int) -> bool:
        return week % self.test_every_weeks == self.test_every_weeks - 1

    def _step_of(self, day: str) -> int:
        if not self.first_day:
            raise ValueError(f"episode.start is {day!r}, but the profiles carry no date: give a step number, random, any or sequential")
        try:
            days = (date.fromisoformat(day) - date.fromisoformat(self.first_day)).days
        except ValueError:
            raise ValueError(
                f"episode.start is {day!r}: expected random, any, sequential, a step number or a date such as {self.first_day}"
            ) from None
        return int(days * _DAY_MIN / self.step_min)


@lru_cache(maxsize=32)
def _starts(calendar: Calendar, midnight: bool) -> Index:
    """See :meth:`Calendar.starts`: worked out once, since every reset of every environment asks."""
    at = np.arange(max(calendar.length - calendar.steps + 1, 0))
    if midnight:
        at = at[(at * calendar.step_min) % _DAY_MIN == 0]
    fitting = at[calendar.fits(at)]
    fitting.setflags(write=False)
    return fitting


def calendar_of(series: Iterable[Series], episode: Episode, forecast_steps: int = 0) -> Calendar:
    """The steps that some profiles have in common: as many as the shortest has, a year where all are constant; dated where any of them is."""
    varying = [one for one in series if len(one.values) > 1]
    length = min((len(one.values) * one.step_min / episode.step_min for one in varying), default=_YEAR_MIN / episode.step_min)
    first_day = next((one.start for one in varying if one.start), "")
    ahead = 1 + forecast_steps
    return Calendar(int(length), episode.step_min, episode.steps, episode.part, episode.test_every_weeks, first_day, ahead)
