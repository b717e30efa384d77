"""Parts: a table of steps written piece by piece, so that a run that is killed keeps what it had written."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np

from pgcore import extras
from pgcore.columns import Array

STEPS, PARTS = "steps.parquet", "steps.parts"
"""The finished file in a recording's folder, and the folder of pieces while the run goes on."""

_CELLS = 200_000
"""Numbers held back before they are written as a piece: 1.6 MB."""
_FEWEST = 16
"""Rows of a piece, however wide they are."""
_GROUP = 4_000_000
"""Numbers in a row group of the finished file: each group costs an entry for every column."""
_STORED = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
"""Without a dictionary a float comes back with every bit, also the sign of a zero."""


def parquet(why: str) -> Any:
    """The Parquet library.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    return extras.require("pyarrow.parquet", extra="record", why=why)


def files(folder: Path) -> list[Path]:
    """The Parquet files with the steps of a recording, in order: one, or the pieces of a run that broke off."""
    whole = folder / STEPS
    return [whole] if whole.exists() else sorted((folder / PARTS).glob("*.parquet"))


class PartWriter:
    """Takes rows one by one; each is a few named values (its head) and the numbers of ``columns``."""

    def __init__(self, folder: Path, columns: Sequence[str]) -> None:
        self.folder, self.columns = folder, columns
        self._parquet = parquet("record a run")
        self._arrow = extras.require("pyarrow", extra="record", why="record a run")
        self._most = max(_FEWEST, _CELLS // max(len(columns), 1))
        self._heads: list[Mapping[str, Any]] = []
        self._rows: list[Array] = []
        self._written = 0

    def add(self, head: Mapping[str, Any], row: Array) -> None:
        """Take one row; every so often this writes a piece."""
        self._heads.append(head)
        self._rows.append(row)
        if len(self._rows) >= self._most:
            self.flush()

    def flush(self) -> None:
        """Write the rows held back as one more piece, which is there whole or not at all."""
        if not self._rows:
            return
        piece = self.folder / PARTS / f"{self._written:06d}.parquet"
        self._write(piece, [self._table()])
        self._heads, self._rows, self._written = [], [], self._written + 1

    def join(self) -> None:
        """Turn the pieces into one file."""
        self.flush()
        if self._written:
            self._write(self.folder / STEPS, _bunches(sorted((self.folder / PARTS).glob("*.parquet")), self._parquet, self._arrow))
        rmtree(self.folder / PARTS)

    def _table(self) -> Any:
        heads = {name: self._arrow.array([head[name] for head in self._heads]) for name in self._heads[0]}
        numbers = np.array(self._rows).T.copy()
        values = {name: self._arrow.array(numbers[i], from_pandas=True) for i, name in enumerate(self.columns)}
        return self._arrow.table({**heads, **values})

    def _write(self, target: Path, tables: Sequence[Any] | Iterator[Any]) -> None:
        draft = target.with_suffix(".tmp")
        queue = iter(tables)
        first = next(queue)
        with self._parquet.ParquetWriter(draft, first.schema, **_STORED) as writer:
            writer.write_table(first)
            for table in queue:
                writer.write_table(table)
        draft.replace(target)


def _bunches(pieces: Sequence[Path], library: Any, arrow: Any) -> Iterator[Any]:
    """The pieces' tables, some at a time."""
    held: list[Any] = []
    for piece in pieces:
        held.append(library.read_table(piece))
        if sum(table.num_rows * table.num_columns for table in held) >= _GROUP:
            yield arrow.concat_tables(held)
            held = []
    if held:
        yield arrow.concat_tables(held)
