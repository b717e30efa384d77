"""Profiles from a CSV file: one column of numbers."""

import csv
import gzip
from pathlib import Path
from typing import IO

import numpy as np
from attrs import frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option, quantity


@frozen
class CsvProfile(ProfileSource):
    """One column of a CSV file (``.csv`` or ``.csv.gz``, with a header), one row per step."""

    type = "csv"

    file: Path = option("the file, relative to the spec")
    column: str = option("name of the column in the header")
    step_min: float = quantity("min", "time between rows", default=15.0, gt=0, le=1440)
    start: str = option("date of the first row (ISO 8601), if it has one; it begins at midnight", default="")
    scale: float = quantity("1", "factor on every value", default=1.0)
    separator: str = option("character between columns", default=",", choices=(",", ";", "\t"))

    def load(self) -> Series:
        """Read the column.

        Raises:
            ValueError: the column is missing, or a value is not a finite number; the message names the line.
            OSError: the file could not be read.
        """
        try:
            with _open(self.file) as text:
                values = self._column(text)
        except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
            raise ValueError(f"{self.file} is no text in UTF-8 with columns ({error}); expected a CSV file with a header") from error
        if not values:
            raise ValueError(f"{self.file}: no rows below the header; expected one number per step in column {self.column!r}")
        return Series(np.array(values) * self.scale, self.step_min, self.start)

    def _column(self, text: IO[str]) -> list[float]:
        rows = csv.reader(text, delimiter=self.separator)
        at = self._find(next(rows, []))
        return [self._number(row, at, line) for line, row in enumerate(rows, start=2) if row]

    def _find(self, header: list[str]) -> int:
        names = [name.strip().lstrip("\ufeff") for name in header]
        if self.column not in names:
            raise ValueError(f"{self.file}: no column {self.column!r}; its header has {', '.join(names) or 'nothing'}")
        return names.index(self.column)

    def _number(self, row: list[str], at: int, line: int) -> float:
        found = row[at] if at < len(row) else "nothing"
        try:
            number = float(found)
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            raise ValueError(f"{self.file}:{line}: found {found!r} in column {self.column!r}, expected a finite number")
        return number


def _open(file: Path) -> IO[str]:
    return gzip.open(file, "rt", encoding="utf-8", newline="") if file.suffix == ".gz" else file.open(encoding="utf-8", newline="")
