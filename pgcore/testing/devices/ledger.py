"""Ledger: where a device's energy comes from and goes to, law 4."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pgcore.columns import Array
from pgcore.testing.checks import after
from pgcore.testing.devices.blame import At, blame
from pgcore.testing.devices.episode import Episode
from pgcore.testing.devices.laws import LAWS
from pgcore.testing.devices.play import Record, played
from pgcore.testing.devices.subject import DeviceSubject

TOLERANCE = 1e-9
"""How far the ledger may be open, per unit of the most energy that the device moved in a step."""
LEAST_MWH = 1e-3
"""Of a device that moves less than this, the ledger may be open by as much as of one that moves this."""
LEDGER = ("stored_mwh", "loss_mwh", "useful_mwh")
LONG: Mapping[str, Any] = {"steps": (1, 40), "steps_h": (0.25, 0.5, 1 / 12)}
"""Episodes that are long enough to fill and empty a store; never in steps of an hour, where power and energy are the same number."""

Look = Callable[[Episode, Record], None]


@after(*LAWS)
def check_power_into_the_grid_is_positive(subject: DeviceSubject) -> None:
    """A consumer's p_mw is negative: the ledger does not close only once the sign is turned round."""
    mend = "power into the grid is positive, what is taken from it negative"

    def look(episode: Episode, record: Record) -> None:
        blame(episode, _closes_with(episode, record, -1.0), _sums(episode, record, "the ledger closes with the sign of p_mw turned round"), mend)

    _each(subject, look)


@after(*LAWS)
def check_power_is_in_mw(subject: DeviceSubject) -> None:
    """p_mw is power in MW: not an energy, and not in kW."""

    def look(episode: Episode, record: Record) -> None:
        for factor, holds in ((1.0 / episode.dt_h, "MWh"), (1e-3, "kW"), (1e-3 / episode.dt_h, "kWh")):
            found = _sums(episode, record, f"the ledger closes if p_mw holds {holds}")
            blame(
                episode,
                _closes_with(episode, record, factor),
                found,
                "p_mw is the mean power of the step in MW: divide an energy by dt_h, and kW by 1000",
            )

    _each(subject, look)


@after(check_power_into_the_grid_is_positive, check_power_is_in_mw)
def check_energy_ledger_closes(subject: DeviceSubject) -> None:
    """Law 4: -p_mw · dt_h = stored_mwh + loss_mwh + useful_mwh, to 1e-9 of the energy that is moved, in every step."""
    twice = "is an efficiency applied twice, or a loss left out of loss_mwh? Each is met once, on its way between grid and store"
    source = "what a store gains, loses or hands out comes from p_mw · dt_h alone; from elsewhere it is negative useful_mwh, with a declared `source`"

    def look(episode: Episode, record: Record) -> None:
        rest, allowed = _open(record, episode.dt_h), allowance(record, episode.dt_h)
        blame(episode, rest > allowed, _sums(episode, record, "energy vanishes"), twice)
        blame(episode, rest < -allowed, _sums(episode, record, "energy comes from nothing"), source)

    _each(subject, look)


@after(check_energy_ledger_closes)
def check_losses_are_never_negative(subject: DeviceSubject) -> None:
    """loss_mwh, unserved_mwh and violation are never negative."""
    mend = "a loss heats, it never cools: cut it at zero where it is a matter of rounding, mend the sign elsewhere"

    def look(episode: Episode, record: Record) -> None:
        for name in ("loss_mwh", "unserved_mwh", "violation"):
            wrong = record[name] < -allowance(record, episode.dt_h)
            blame(episode, wrong, _sums(episode, record, f"{name} is negative"), mend)

    _each(subject, look)


@after(check_energy_ledger_closes)
def check_energy_has_a_source(subject: DeviceSubject) -> None:
    """useful_mwh is negative only where the device declares a `source` other than the grid."""
    mend = 'say where the energy comes from: source = "sun"; or mend the sign of p_mw, when the device is a consumer'

    def look(episode: Episode, record: Record) -> None:
        wrong = record["useful_mwh"] < -allowance(record, episode.dt_h)
        blame(episode, wrong & (episode.kind.source is None), _sums(episode, record, "useful_mwh is negative and no `source` is declared"), mend)

    _each(subject, look)


def allowance(record: Record, dt_h: float) -> Array:
    """By how many MWh the ledger of each device may be open, ``(B, n)``."""
    moved = [np.abs(record[name]).max(axis=0) for name in LEDGER] + [np.abs(record["p_mw"]).max(axis=0) * dt_h]
    return np.asarray(TOLERANCE * np.maximum(LEAST_MWH, np.max(moved, axis=0)))


def _open(record: Record, dt_h: float, factor: float = 1.0) -> Array:
    """What is taken from the grid less what is accounted for, MWh, with p_mw times a factor."""
    return np.asarray(-record["p_mw"] * factor * dt_h - sum(record[name] for name in LEDGER))


def _closes_with(episode: Episode, record: Record, factor: float) -> Any:
    """Where the ledger is open, and closes once p_mw is multiplied by a factor."""
    allowed = allowance(record, episode.dt_h)
    other = np.abs(_open(record, episode.dt_h, factor)) <= allowed * max(1.0, factor)
    return other & (np.abs(_open(record, episode.dt_h)) > allowed) & (record["p_mw"] != 0.0)


def _each(subject: DeviceSubject, look: Look) -> None:
    subject.each(lambda episode: look(episode, played(episode)), **LONG)


def _sums(episode: Episode, record: Record, what: str) -> Callable[[At], str]:
    def said(at: At) -> str:
        taken, rest = -float(record["p_mw"][at]) * episode.dt_h, float(_open(record, episode.dt_h)[at])
        parts = " + ".join(f"{name.removesuffix('_mwh')} {float(record[name][at]):.9g}" for name in LEDGER)
        return f"{what}: -p_mw · dt_h = {taken:.9g} MWh, accounted for as {parts}, the difference is {rest:.3g} MWh"

    return said


CHECKS = (
    check_power_into_the_grid_is_positive,
    check_power_is_in_mw,
    check_energy_ledger_closes,
    check_losses_are_never_negative,
    check_energy_has_a_source,
)
