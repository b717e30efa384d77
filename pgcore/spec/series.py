"""Profiles of a spec as series of numbers, checked against the episode and the needs that they feed."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from pgcore.clock import calendar_of
from pgcore.contracts.device import Need
from pgcore.contracts.profile import ProfileSource, Series
from pgcore.spec.flaws import Flaw
from pgcore.spec.model import Episode
from pgcore.spec.problems import Problem, did_you_mean, shown

_SECTION = "profiles"


def load_series(profiles: Mapping[str, ProfileSource], problems: list[Problem]) -> dict[str, Series]:
    """The series of every profile that can be loaded; what is wrong with the others joins ``problems``."""
    loaded: dict[str, Series] = {}
    for name, source in profiles.items():
        try:
            loaded[name] = _checked(source.load())
        except Exception as error:  # noqa: BLE001  a source may fail in any way: the user gets to know, not the traceback
            problems.append(Problem((_SECTION, name), f"cannot be loaded: {str(error) or type(error).__name__}"))
    return loaded


def _checked(series: Series) -> Series:
    if not isinstance(series, Series):
        raise TypeError(f"its source returned {type(series).__name__}, expected a Series; this is a fault of its plugin")
    values = np.asarray(series.values)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"found an array of shape {values.shape}, expected one value or more in a row")
    if not np.all(np.isfinite(values)):
        raise ValueError(f"value {int(np.flatnonzero(~np.isfinite(values))[0])} is not a finite number")
    if not series.step_min > 0:
        raise ValueError(f"found a step of {series.step_min} minutes, expected > 0")
    if series.start and not _is_date(series.start):
        raise ValueError(f"its first day is {series.start!r}, expected a date such as 2016-07-01")
    return series


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def check_lengths(series: Mapping[str, Series], episode: Episode) -> Iterator[Problem]:
    """Series too short for one episode, and steps that do not fit the episode's."""
    for name, one in series.items():
        if len(one.values) > 1:
            yield from _too_short(name, one, episode)
            yield from _out_of_step(name, one, episode)


def _too_short(name: str, series: Series, episode: Episode) -> Iterator[Problem]:
    held = int(len(series.values) * series.step_min / episode.step_min)
    if held < episode.steps:
        expected = f"at least {episode.steps} steps of {episode.step_min:g} min"
        yield Problem((_SECTION, name), "shorter than one episode", f"{held} of them", expected, "shorten episode.steps or use a longer profile")
    elif isinstance(episode.start, int) and held < episode.start + episode.steps:
        message = f"profile {name} ends before the episode does"
        yield Problem(("episode", "start"), message, str(episode.start), f"at most {held - episode.steps}")


def _out_of_step(name: str, series: Series, episode: Episode) -> Iterator[Problem]:
    ratio = max(series.step_min, episode.step_min) / min(series.step_min, episode.step_min)
    if ratio != int(ratio):
        message = f"its step of {series.step_min:g} min does not fit episode.step_min"
        yield Problem((_SECTION, name), message, f"{episode.step_min:g} min", "two steps of which one is a whole multiple of the other")


def check_dates(series: Mapping[str, Series]) -> Iterator[Problem]:
    """Series that begin on another day than the first dated one: row by row they would be read on different days."""
    dated = {name: one.start for name, one in series.items() if one.start and len(one.values) > 1}
    for name, day in dated.items():
        first = next(iter(dated))
        if day != dated[first]:
            hint = "profiles are read side by side from their first values: cut them to begin on one day"
            yield Problem((_SECTION, name), f"begins on another day than {first}", day, dated[first], hint)


def check_start(series: Mapping[str, Series], episode: Episode, forecast_steps: int) -> Iterator[Problem]:
    """An ``episode.start`` that no episode can start at."""
    try:
        calendar_of(series.values(), episode, forecast_steps).start(episode.start, 0, np.random.default_rng)
    except ValueError as error:
        yield Problem(("episode", "start"), str(error))


def check_feed(need: Need, name: str, known: Mapping[str, ProfileSource], series: Mapping[str, Series]) -> None:
    """Check that a need can be fed by the profile ``name``.

    Raises:
        Flaw: there is no such profile, or its values lie outside what the need allows.
    """
    if name not in known:
        raise Flaw(f"there is no profile {shown(name)}", hint=did_you_mean(name, known) or "the spec has no profiles")
    if name not in series:
        return
    low, high = float(series[name].values.min()), float(series[name].values.max())
    if low < need.low or high > need.high:
        unit = "" if need.unit == "1" else f" {need.unit}"
        found, expected = f"{low:g} to {high:g}", f"{need.low:g} to {need.high:g}{unit}"
        raise Flaw(f"profile {name} leaves the range of this need", found=found, expected=expected)
