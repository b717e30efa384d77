"""Calendar: where episodes may start, and which weeks are kept for testing."""

from functools import partial

import numpy as np
import pytest

from pgcore.clock import Calendar, calendar_of
from pgcore.contracts.profile import Series
from pgcore.spec.model import Episode

YEAR = 366 * 96
DAY = 96
WEEK = 7 * DAY


def test_training_and_test_episodes_share_no_step() -> None:
    parts = {part: Calendar(YEAR, 15, DAY, part) for part in ("train", "test")}
    covered = {part: {start + k for start in calendar.starts(midnight=False) for k in (0, DAY - 1)} for part, calendar in parts.items()}
    assert covered["train"]
    assert covered["test"]
    assert not covered["train"] & covered["test"]


@pytest.mark.parametrize("ahead", [1, 9])
def test_nothing_that_a_training_episode_shows_lies_in_a_test_week(ahead: int) -> None:
    starts = Calendar(YEAR, 15, DAY, "train", ahead=ahead).starts(midnight=False)
    shown = {int(start) + DAY - 1 + ahead for start in starts}
    assert not any(step // WEEK % 4 == 3 for step in shown)
    assert 3 * WEEK - 1 in shown


def test_every_fourth_week_is_a_test_week() -> None:
    starts = Calendar(YEAR, 15, WEEK, "test").starts(midnight=True)
    assert [int(s) for s in starts[:2]] == [3 * WEEK, 7 * WEEK]


def test_random_starts_are_midnights() -> None:
    starts = [Calendar(YEAR, 15, DAY).start("random", 0, partial(np.random.default_rng, k)) for k in range(20)]
    assert all(start % DAY == 0 for start in starts)
    assert len(set(starts)) > 10


def test_sequential_starts_follow_the_episodes() -> None:
    calendar = Calendar(YEAR, 15, DAY, "test")
    assert [calendar.start("sequential", e, np.random.default_rng) for e in range(3)] == [3 * WEEK, 3 * WEEK + DAY, 3 * WEEK + 2 * DAY]


def test_a_date_is_a_start_where_profiles_have_dates() -> None:
    calendar = Calendar(YEAR, 15, DAY, first_day="2016-01-01")
    assert calendar.start("2016-02-01", 0, np.random.default_rng) == 31 * DAY
    assert calendar.label(31 * DAY + 5) == "2016-02-01 01:15"


@pytest.mark.parametrize("rule", [YEAR, -1, "2017-05-01", "someday"])
def test_a_start_outside_the_profiles_is_refused(rule: str | int) -> None:
    with pytest.raises(ValueError, match=str(rule)):
        Calendar(YEAR, 15, DAY, first_day="2016-01-01").start(rule, 0, np.random.default_rng)


def test_an_episode_longer_than_the_profiles_is_refused() -> None:
    with pytest.raises(ValueError, match="no episode of 96 steps"):
        Calendar(50, 15, DAY).start("random", 0, np.random.default_rng)


@pytest.mark.parametrize(("part", "rule"), [("test", 0), ("train", "2016-01-22"), ("train", 3 * WEEK - 1), ("test", 4 * WEEK - 1)])
def test_a_start_outside_the_chosen_weeks_is_refused(part: str, rule: str | int) -> None:
    with pytest.raises(ValueError, match=f"does not lie in the {part} weeks"):
        Calendar(YEAR, 15, DAY, part, first_day="2016-01-01").start(rule, 0, np.random.default_rng)


def test_a_whole_number_of_numpy_is_a_start() -> None:
    assert Calendar(YEAR, 15, DAY).start(np.int64(7), 0, np.random.default_rng) == 7  # type: ignore[arg-type]


def test_a_calendar_is_as_long_as_the_shortest_profile_and_dated_where_any_is() -> None:
    dated, dateless, constant = Series(np.ones(YEAR), 15, "2016-01-01"), Series(np.ones(365 * 24), 60), Series(np.ones(1), 15, "2020-02-02")
    found = calendar_of([dated, dateless, constant], Episode())
    assert (found.length, found.first_day) == (365 * DAY, "2016-01-01")
