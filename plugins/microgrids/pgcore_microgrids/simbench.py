"""Profiles of loads, photovoltaics and wind from the shipped extract of SimBench."""

import gzip
from functools import cache
from importlib.resources import files

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option

EXTRACT = "simbench_2016.csv.gz"
START = "2016-01-01"
COLUMNS = (
    *(f"{load}_{part}load" for load in ("H0-A", "lv_rural1", "lv_semiurb4", "lv_urban6", "G2-A", "G3-A", "G4-A", "L2-A") for part in "pq"),
    *("PV2", "PV3", "PV7", "WP4", "WP6", "WP12"),
)
"""Columns of the extract, in its order: active and reactive load, then the plants."""


@frozen
class SimBench(ProfileSource):
    """A real profile of 2016 in steps of 15 minutes (SimBench data set), per unit of the installation's rating.

    Loads end in ``_pload`` and ``_qload`` (relative to rated active and reactive power), ``PV…`` is photovoltaics, ``WP…`` wind. Values are
    as published, rounded to four decimals: nothing is scaled by a statistic of the year, so the test weeks tell the training nothing.
    """

    type = "simbench"
    column: str = option("name of the profile", choices=COLUMNS)

    def load(self) -> Series:
        """The year 2016: 35,136 values."""
        return Series(_extract()[COLUMNS.index(self.column)], step_min=15.0, start=START)


@cache
def _extract() -> Array:
    """The shipped extract, ``(column, 35136)``, read-only; parsed once in a process since each spec names a dozen columns of it."""
    with (files(__package__) / "data" / EXTRACT).open("rb") as packed, gzip.open(packed, "rt", encoding="ascii") as text:
        table = np.loadtxt(text, delimiter=",", skiprows=1).T.copy()
    table.flags.writeable = False
    return table
