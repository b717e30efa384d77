"""Clock: which step of the profiles each environment is in, and where an episode may start."""

from datetime import date, timedelta

import numpy as np
from attrs import frozen
from numpy.random import Generator

from pgcore.columns import Array, Index

_DAY_MIN = 1440.0
_WEEK_MIN = 7 * _DAY_MIN


@frozen
class Calendar:
    """The steps that a profile of ``length`` steps offers, and which weeks are kept for testing.

    Weeks count from the first step; of every ``test_every_weeks`` the last one is a test week. An episode lies in one part only.
    """

    length: int
    step_min: float
    steps: int
    """Steps in an episode."""
    part: str = "all"
    test_every_weeks: int = 4
    first_day: str = ""
    """ISO date of the first step, where the profiles have one."""

    def starts(self, midnight: bool) -> Index:
        """Steps at which a whole episode fits into the chosen part, at midnights only or anywhere."""
        at = np.arange(max(self.length - self.steps + 1, 0))
        if midnight:
            at = at[(at * self.step_min) % _DAY_MIN == 0]
        if self.part == "all":
            return at
        wanted = self.part == "test"
        fits = np.ones(len(at), dtype=bool)
        for week in range(int(self.length * self.step_min // _WEEK_MIN) + 1):
            if self._tests(week) != wanted:
                first, end = week * _WEEK_MIN / self.step_min, (week + 1) * _WEEK_MIN / self.step_min
                fits &= (at + self.steps <= first) | (at >= end)
        return at[fits]

    def start(self, rule: str | int, episode: int, rng: Generator) -> int:
        """The first step of an episode by the spec's ``episode.start``.

        Raises:
            ValueError: no whole episode fits, or the date or step lies outside the profiles.
        """
        if rule in ("random", "any", "sequential"):
            starts = self.starts(midnight=rule != "any")
            if not len(starts):
                raise ValueError(
                    f"no episode of {self.steps} steps of {self.step_min:g} min fits into the {self.part} weeks of profiles with {self.length} steps"
                )
            return int(starts[episode % len(starts)] if rule == "sequential" else rng.choice(starts))
        step = rule if isinstance(rule, int) else self._step_of(rule)
        if not 0 <= step <= self.length - self.steps:
            last = self.length - self.steps
            raise ValueError(f"an episode of {self.steps} steps cannot start at {rule!r}: the profiles have {self.length} steps, so 0 to {last}")
        return step

    def time_of_day(self, rows: Index) -> Array:
        """Sine and cosine of the time of day at each of ``rows``, as on a clock that goes round in 24 hours, ``(B, 2)``."""
        angle = rows * (2 * np.pi * self.step_min / _DAY_MIN)
        return np.stack([np.sin(angle), np.cos(angle)], axis=1)

    def label(self, row: int) -> str:
        """A step as a date and time, or as a day number and time where the profiles have no date."""
        minutes = row * self.step_min
        clock = f"{int(minutes % _DAY_MIN // 60):02d}:{int(minutes % 60):02d}"
        days = int(minutes // _DAY_MIN)
        day = (date.fromisoformat(self.first_day) + timedelta(days=days)).isoformat() if self.first_day else f"day {days}"
        return f"{day} {clock}"

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
