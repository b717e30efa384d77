"""Sessions: when vehicles come to a connector, how long they stay and what they ask for, drawn from one number.

Nothing is drawn in a step: a device draws one whole number at reset, and the session with number k at connector c is a function of that, k and c
alone (a counter-based generator: the finaliser of SplitMix64, Steele, Lea and Flood, OOPSLA 2014, over the counters). So episodes may be of any
length, and a session is the same however the episode is cut into steps.

Arrival, mean stay and energy come from the quantiles in ``data/sessions.csv`` (ElaadNL's, see ``data/ATTRIBUTION.md``). Assumptions of ours: a stay
lies evenly within ``stay_spread`` of the mean for its arrival; energy does not depend on the arrival, except that nobody asks for more than the
charger could give at full power in the whole stay, or than the battery lacks; ``visits`` sessions of a day fall into equal parts of the arrivals; who
is still there when the next one comes leaves then; no vehicle is there at reset, so episodes of overnight charging begin at noon.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from pgcore_ev.limits import Real, positive, within

PLACES = ("home", "public", "work")
"""The rows of the tables, in order."""
DAY_H = 24.0
SEEDS = 2**53
"""Seeds are whole numbers below this, which a float holds exactly."""

_DATA = Path(__file__).with_name("data") / "sessions.csv"
_STEPS = 20
_GOLDEN, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_ARRIVAL, _STAY, _ENERGY, _COMES = range(4)


@frozen
class Session:
    """A vehicle's stay at a connector; every value a number or an array."""

    arrival_h: Any
    """Hours since the reset."""
    departure_h: Any
    """Hours since the reset, not before the arrival."""
    energy_mwh: Any
    """Energy that it asks for, at the battery."""


@frozen
class Visitors:
    """Who comes to some connectors; every value a number or an array."""

    place: Any
    """Position in ``PLACES``."""
    visits: Any
    """Sessions a day."""
    chance: Any
    """Chance that a session takes place."""
    stay_spread: Any
    reset_hour_h: Any
    """Hour of the day at reset."""

    def first(self, seed: Real, connector: Real) -> Any:
        """Number of the first session that arrives after the reset."""
        skipped = np.zeros(np.shape(seed + connector + self.visits))
        for k in range(int(np.max(self.visits))):
            before = self._arrival_h(seed, connector, np.full(skipped.shape, float(k))) < 0.0
            skipped = skipped + np.where(before & (k < self.visits), 1.0, 0.0)
        return skipped

    def session(self, seed: Real, connector: Real, number: Real, most_mw: Real, most_mwh: Real) -> Session:
        """The session with a number; nobody asks for more than ``most_mw`` gives in the whole stay, or than ``most_mwh``."""
        arrival_h = self._arrival_h(seed, connector, number)
        quantile = self._arrival_quantile(seed, connector, number)
        spread = self.stay_spread * (2.0 * uniform(seed, connector, number, _STAY) - 1.0)
        stay_h = _read("stay_h", self.place, quantile) * (1.0 + spread)
        stay_h = np.where(uniform(seed, connector, number, _COMES) < self.chance, stay_h, 0.0)
        departure_h = np.minimum(arrival_h + stay_h, np.maximum(self._arrival_h(seed, connector, number + 1.0), arrival_h))
        wanted_mwh = _read("energy_kwh", self.place, uniform(seed, connector, number, _ENERGY)) * 1e-3
        room_mwh = np.minimum(most_mw * (departure_h - arrival_h), most_mwh)
        return Session(arrival_h, departure_h, np.minimum(wanted_mwh, positive(room_mwh)))

    def _arrival_h(self, seed: Real, connector: Real, number: Real) -> Any:
        day = np.floor(number / self.visits)
        return DAY_H * day + _read("arrival_h", self.place, self._arrival_quantile(seed, connector, number)) - self.reset_hour_h

    def _arrival_quantile(self, seed: Real, connector: Real, number: Real) -> Any:
        part = number - self.visits * np.floor(number / self.visits)
        return (part + uniform(seed, connector, number, _ARRIVAL)) / self.visits


def uniform(seed: Real, connector: Real, number: Real, draw: int) -> Any:
    """A number in [0, 1) that belongs to a seed, a connector, a session and one of its draws; the same bits on every processor.

    >>> uniform(7.0, 0.0, 3.0, 1) == uniform(7.0, 0.0, 3.0, 1), uniform(7.0, 0.0, 3.0, 1) == uniform(7.0, 1.0, 3.0, 1)
    (np.True_, np.False_)
    """
    with np.errstate(over="ignore"):  # arithmetic modulo 2⁶⁴ is meant
        mixed = _mixed(np.asarray(seed, dtype=np.float64).astype(np.uint64))
        for counter in (connector, number, draw):
            mixed = _mixed(mixed ^ _mixed(np.asarray(counter, dtype=np.float64).astype(np.uint64)))
    return (mixed >> np.uint64(11)) * 2.0**-53


def _mixed(word: Any) -> Any:
    word = word + _GOLDEN
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


def _read(name: str, place: Real, quantile: Real) -> Any:
    """The value at a quantile of 0…1, in a straight line between the rows of the table."""
    table = tables()[name]
    at = within(quantile, 0.0, 1.0) * _STEPS
    below = np.minimum(np.floor(at), _STEPS - 1.0)
    row, line = below.astype(np.intp), np.asarray(place).astype(np.intp)
    low, high = table[line, row], table[line, row + 1]
    return low + (at - below) * (high - low)


@cache
def tables() -> dict[str, Any]:
    """``arrival_h``, ``stay_h`` and ``energy_kwh``, each an array ``(places, quantiles)``."""
    header = _DATA.read_text(encoding="utf-8").partition("\n")[0].split(",")
    values = np.loadtxt(_DATA, delimiter=",", skiprows=1)
    return {name: np.stack([values[:, header.index(f"{place}_{name}")] for place in PLACES]) for name in ("arrival_h", "stay_h", "energy_kwh")}
