"""Write the extract of SimBench profiles that this package ships. Needs the `simbench` package; run again, it writes the same bytes.

    python scripts/extract_simbench.py [TARGET.csv.gz]

The values are relative to the rating of the installation, as published. They are rounded to four decimals and changed in no other way.
"""

import csv
import gzip
import hashlib
import importlib.resources
import sys
from collections.abc import Iterator
from pathlib import Path

GRID = "networks/1-complete_data-mixed-all-0-sw"
LOADS = ("H0-A", "lv_rural1", "lv_semiurb4", "lv_urban6", "G2-A", "G3-A", "G4-A", "L2-A")
PLANTS = ("PV2", "PV3", "PV7", "WP4", "WP6", "WP12")
TARGET = Path(__file__).parents[1] / "pgcore_microgrids" / "data" / "simbench_2016.csv.gz"


def published(table: str, names: list[str]) -> Iterator[list[float]]:
    """The named columns of one of SimBench's profile tables, row by row."""
    source = importlib.resources.files("simbench") / GRID / f"{table}.csv"
    with source.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text, delimiter=";")
        header = next(rows)
        chosen = [header.index(name) for name in names]
        yield from ([float(row[k]) for k in chosen] for row in rows)


def rounded(value: float) -> str:
    """Four decimals without trailing zeros; SimBench's negative zeros (down to -0.00001) become 0."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def extract() -> bytes:
    """The extract as CSV text: a header, then one row for each quarter of an hour of 2016."""
    loads = [name + suffix for name in LOADS for suffix in ("_pload", "_qload")]
    rows = zip(published("LoadProfile", loads), published("RESProfile", list(PLANTS)), strict=True)
    lines = [",".join([*loads, *PLANTS])]
    lines += [",".join(map(rounded, [*load, *plant])) for load, plant in rows]
    return ("\n".join(lines) + "\n").encode("ascii")


def main(target: Path) -> None:
    """Write the extract, compressed without a time stamp, and print its hash."""
    content = extract()
    with target.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
        packed.write(content)
    print(f"{target.name}: {len(content)} bytes, {target.stat().st_size} compressed, sha256 of the text {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
