"""Recorded sessions as inputs, and what is said of tables that are none."""

from pathlib import Path

import numpy as np
import pytest
from pgcore_ev.session_table import SessionTable

ROWS = [
    "charger,arrival,departure,energy_kwh",
    "A,2024-05-06T00:10,2024-05-06T01:05,7.5",
    "B,2024-05-06T00:00,2024-05-06T04:00,3",
    "A,2024-05-06T01:05,2024-05-06T02:00,2",
]


def table(folder: Path, rows: list[str] = ROWS, value: str = "stay", **options: object) -> SessionTable:
    file = folder / "sessions.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return SessionTable(**{"file": file, "charger": "A", "value": value, **options})  # type: ignore[arg-type]


def test_a_vehicle_is_there_from_the_next_step_on_until_its_departure(tmp_path: Path) -> None:
    series = table(tmp_path).load()
    assert series.values[:9] == pytest.approx([0, 50 / 60, 35 / 60, 20 / 60, 5 / 60, 0.75, 0.5, 0.25, 0])
    assert (len(series.values), series.step_min, series.start) == (96, 15.0, "2024-05-06")


def test_the_energy_stands_beside_the_stay(tmp_path: Path) -> None:
    values = table(tmp_path, value="energy").load().values
    assert values[:9] == pytest.approx([0, 7.5e-3, 7.5e-3, 7.5e-3, 7.5e-3, 2e-3, 2e-3, 2e-3, 0])


def test_the_first_day_and_their_number_can_be_chosen(tmp_path: Path) -> None:
    series = table(tmp_path, start="2024-05-05", days=3).load()
    assert len(series.values) == 3 * 96
    assert np.flatnonzero(series.values)[0] == 97


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*ROWS, "A,2024-05-06T01:30,2024-05-06T03:00,1"], "csv:5: this session begins before that of line 4 ends"),
        ([*ROWS, "A,2024-05-07T01:31,2024-05-07T01:32,1"], "csv:5: no step of 15 min begins within this stay"),
        ([*ROWS, "A,2024-05-07T03:00,2024-05-07T02:00,1"], "csv:5: expected a departure after the arrival"),
        ([*ROWS, "A,2024-05-07T03:00,2024-05-07T04:00,nan"], "csv:5: expected a departure after the arrival and energy_kwh of 0 or more"),
        ([*ROWS, "A,yesterday,2024-05-07T02:00,1"], "csv:5: .*expected times such as 2024-05-06T17:45"),
        (["charger,arrival,departure", "A,2024-05-07T01:00,2024-05-07T02:00"], "no column energy_kwh"),
        (ROWS[:1], "no row has 'A' in the column charger"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(tmp_path, rows).load()
