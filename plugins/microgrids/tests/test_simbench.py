"""The shipped extract of SimBench: its integrity, its licence and what the profile source makes of it."""

import gzip
import hashlib
import importlib.util
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from pgcore_microgrids.simbench import COLUMNS, EXTRACT, SimBench

from pgcore.quantity import QuantityError

DATA = files("pgcore_microgrids") / "data"


def text() -> bytes:
    return gzip.decompress((DATA / EXTRACT).read_bytes())


def test_the_hash_of_the_extract_is_the_documented_one() -> None:
    assert hashlib.sha256(text()).hexdigest() in (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")


def test_the_licence_is_named_beside_the_data() -> None:
    licence = (DATA / "LICENSE-DATA").read_text(encoding="utf-8")
    assert "Open Database" in licence
    assert "http://opendatacommons.org/licenses/odbl/1.0/" in licence


def test_the_attribution_cites_the_paper() -> None:
    assert "Energies 13(12):3290" in (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")


def test_the_extract_is_smaller_than_two_megabytes() -> None:
    assert len((DATA / EXTRACT).read_bytes()) < 2_000_000


def test_the_header_is_what_the_source_offers() -> None:
    assert tuple(text().split(b"\n", 1)[0].decode().split(",")) == COLUMNS


@pytest.mark.parametrize("column", COLUMNS)
def test_every_profile_is_the_leap_year_2016_in_quarter_hours(column: str) -> None:
    series = SimBench(column).load()
    assert (series.values.shape, series.step_min, series.start) == ((366 * 96,), 15.0, "2016-01-01")


@pytest.mark.parametrize("column", COLUMNS)
def test_values_are_finite_and_of_the_order_of_the_rating(column: str) -> None:
    values = SimBench(column).load().values
    low = -0.3 if column.endswith("qload") else 0.0
    assert np.all(np.isfinite(values))
    assert values.min() >= low
    assert values.max() <= 1.35


@pytest.mark.parametrize("column", ["PV2", "PV3", "PV7"])
def test_the_sun_never_shines_at_night_and_more_in_june_than_in_december(column: str) -> None:
    days = SimBench(column).load().values.reshape(366, 96)
    assert np.all(days[:, :8] == 0)
    assert days[152:182].sum() > 2 * days[335:365].sum()


@pytest.mark.parametrize(
    ("column", "row", "published"),
    [
        ("G3-A_pload", 100, 0.32107),
        ("lv_rural1_pload", 20000, 0.401451),
        ("L2-A_pload", 17568, 0.218456),
        ("H0-A_qload", 35135, 0.024876),
        ("PV2", 17612, 0.525562232),
        ("WP4", 5, 0.990115346),
        ("WP12", 30000, 0.005441274),
    ],
)
def test_values_are_as_published_but_for_rounding(column: str, row: int, published: float) -> None:
    assert abs(SimBench(column).load().values[row] - published) <= 5.0001e-5


def test_no_profile_is_normalised_to_its_own_maximum_or_mean() -> None:
    plants = [SimBench(c).load().values for c in COLUMNS if c.startswith("PV")]
    assert all(0.5 < v.max() < 0.7 and abs(v.mean()) > 0.05 for v in plants)


def test_an_unknown_column_is_refused_with_the_known_ones() -> None:
    with pytest.raises(QuantityError, match="column is 'PV99', expected one of .*PV2"):
        SimBench("PV99")


def test_values_cannot_be_changed_by_accident() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SimBench("PV2").load().values[0] = 1.0


def test_the_extraction_script_writes_the_shipped_bytes(tmp_path: Path) -> None:
    pytest.importorskip("simbench", reason="needs the data set itself")
    path = Path(__file__).parents[1] / "scripts" / "extract_simbench.py"
    spec = importlib.util.spec_from_file_location("extract_simbench", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.extract() == text()
