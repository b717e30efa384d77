"""SessionTable: recorded charging sessions as the two inputs of a charger."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from attrs import frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option, quantity

COLUMNS = ("charger", "arrival", "departure", "energy_kwh")


@frozen
class Recorded:
    """One row of a table."""

    line: int
    arrival: datetime
    departure: datetime
    energy_kwh: float


@frozen
class SessionTable(ProfileSource):
    """Sessions of one charger from a CSV file with the columns ``charger``, ``arrival``, ``departure`` (ISO 8601) and ``energy_kwh``.

    ``value: stay`` gives the hours until the vehicle leaves, at the beginning of each step, and ``value: energy`` the MWh that it asked for; both 0
    where nobody is there. They feed an ``ev_charger`` of ``sessions: profile``. A vehicle is there from the first step that begins after it came;
    when it leaves is kept to the second. The episode must have the table's step: a mean over several steps is no session.
    """

    type = "ev_sessions"
    file: Path = option("the CSV file, relative to the spec")
    charger: str = option("name of the charger in the column `charger`")
    value: str = option("what to read", choices=("stay", "energy"))
    start: str = option("date of the first day (ISO 8601); that of the first arrival by default", default="")
    days: int = quantity("d", "number of days; up to the last departure by default (0)", default=0, ge=0, le=3660)
    step_min: float = quantity("min", "time between values", default=15.0, gt=0, le=60)

    def load(self) -> Series:
        """Read the sessions.

        Raises:
            ValueError: a row is not a session, two overlap, or one is too short for the step; the message names the line.
            OSError: the file could not be read.
        """
        sessions = self._sessions()
        first = datetime.fromisoformat(self.start) if self.start else sessions[0].arrival.replace(hour=0, minute=0, second=0, microsecond=0)
        days = self.days or -(-(sessions[-1].departure - first) // timedelta(days=1))
        values = np.zeros(int(days * 1440 / self.step_min))
        for session in sessions:
            self._write(session, first, values)
        return Series(values, self.step_min, first.date().isoformat())

    def _write(self, session: Recorded, first: datetime, values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        """Put one session where it belongs."""
        step_h = self.step_min / 60.0
        arrival_h, departure_h = ((at - first).total_seconds() / 3600.0 for at in (session.arrival, session.departure))
        steps = np.arange(max(int(np.ceil(arrival_h / step_h - 1e-9)), 0), min(int(np.ceil(departure_h / step_h - 1e-9)), len(values)))
        if not len(steps) and arrival_h >= 0.0 and departure_h <= len(values) * step_h:
            raise ValueError(f"{self.file}:{session.line}: no step of {self.step_min:g} min begins within this stay; take a shorter step_min")
        values[steps] = departure_h - steps * step_h if self.value == "stay" else session.energy_kwh * 1e-3

    def _sessions(self) -> list[Recorded]:
        """This charger's sessions, the earliest first."""
        try:
            with self.file.open(encoding="utf-8-sig", newline="") as text:
                found = sorted(self._rows(csv.DictReader(text)), key=lambda session: session.arrival)
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{self.file} is no text in UTF-8 with columns ({error}); expected {', '.join(COLUMNS)}") from error
        if not found:
            raise ValueError(f"{self.file}: no row has {self.charger!r} in the column charger")
        for earlier, later in pairwise(found):
            if later.arrival < earlier.departure:
                raise ValueError(
                    f"{self.file}:{later.line}: this session begins before that of line {earlier.line} ends; a charger has one connector"
                )
        return found

    def _rows(self, rows: "csv.DictReader[str]") -> Iterator[Recorded]:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"{self.file}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
        for row in rows:
            if row["charger"] == self.charger:
                yield self._recorded(row, rows.line_num)

    def _recorded(self, row: dict[str, str], line: int) -> Recorded:
        try:
            session = Recorded(line, datetime.fromisoformat(row["arrival"]), datetime.fromisoformat(row["departure"]), float(row["energy_kwh"]))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{self.file}:{line}: {error}; expected times such as 2024-05-06T17:45 and a number of kWh") from error
        if session.departure <= session.arrival or not 0.0 <= session.energy_kwh < np.inf:
            raise ValueError(f"{self.file}:{line}: expected a departure after the arrival and energy_kwh of 0 or more")
        return session
