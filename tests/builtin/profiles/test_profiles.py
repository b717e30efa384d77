"""Profiles from files and from the spec itself."""

import gzip
from pathlib import Path

import pytest

from pgcore.builtin.profiles.csv_file import CsvProfile
from pgcore.builtin.profiles.values import ValuesProfile


def written(folder: Path, text: str, name: str = "sun.csv") -> Path:
    file = folder / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return file


@pytest.mark.parametrize("name", ["sun.csv", "sun.csv.gz"])
def test_a_column_is_read_and_scaled(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, "time,pv\n0,0.5\n1,1.5\n", name)
    series = CsvProfile(file=file, column="pv", step_min=60.0, scale=2.0, start="2016-01-01").load()
    assert (series.values.tolist(), series.step_min, series.start) == ([1.0, 3.0], 60.0, "2016-01-01")


def test_a_byte_order_mark_and_spaces_in_the_header_do_not_hide_a_column(tmp_path: Path) -> None:
    assert CsvProfile(file=written(tmp_path, "\ufeffpv ;load\n1;2\n"), column="pv", separator=";").load().values.tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wind\n1\n", r"no column 'pv'; its header has wind"),
        ("", r"no column 'pv'; its header has nothing"),
        ("pv\n", "no rows below the header"),
        ("pv\n0.1\nmuch\n", r"sun.csv:3: found 'much' in column 'pv', expected a finite number"),
        ("pv\nnan\n", r"sun.csv:2: found 'nan'"),
        ("time,pv\n0,1\n1\n", r"sun.csv:3: found 'nothing'"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CsvProfile(file=written(tmp_path, text), column="pv").load()


def test_values_are_repeated_over_the_days() -> None:
    series = ValuesProfile(values=(1.0, 2.0, 3.0), step_min=480.0, days=2).load()
    assert series.values.tolist() == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]


def test_no_values_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one finite number or more"):
        ValuesProfile(values=()).load()
