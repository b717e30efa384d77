"""Batch: what batches of one size have in common, made once for all of them."""

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Index


@frozen(eq=False)
class Batch:
    """Rows, controls that change nothing, and where the numbers of a Flow are in one flat array of all of them, field after field."""

    rows: int
    columns: int
    """How many numbers a row of a Flow has."""
    all: Index
    neutral: Array
    """Controls that leave the network as it is, ``(rows, port)``."""
    cuts: tuple[tuple[slice, tuple[int, ...]], ...]
    """Place and shape of every field."""
    columns_of: tuple[tuple[slice, slice | int], ...]
    """The same for one row."""

    def fields(self, numbers: Array) -> list[Array]:
        """The numbers of a Flow by field; no copies."""
        if self.rows == 1:  # where a third of the time counts
            row = numbers.reshape(1, -1)
            return [row[columns] for columns in self.columns_of]
        return [numbers[cut].reshape(shape) for cut, shape in self.cuts]


def batch_of(rows: int, widths: Index, neutral: Array) -> Batch:
    """A batch of some size; ``widths`` are the numbers that each field has in a row, those of the last three one and without an axis of their own."""
    ends, single = np.cumsum(widths), len(widths) - 3
    cuts = [slice(int(rows * (end - width)), int(rows * end)) for end, width in zip(ends, widths, strict=True)]
    return Batch(
        rows=rows,
        columns=int(ends[-1]),
        all=np.arange(rows),
        neutral=np.repeat(neutral[None], rows, axis=0),
        cuts=tuple((cut, (rows, int(width)) if k < single else (rows,)) for k, (cut, width) in enumerate(zip(cuts, widths, strict=True))),
        columns_of=tuple(
            (slice(None), slice(int(end - width), int(end)) if k < single else int(end) - 1)
            for k, (end, width) in enumerate(zip(ends, widths, strict=True))
        ),
    )
