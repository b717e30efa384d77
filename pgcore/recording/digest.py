"""Digest: short fingerprints of what happened in a step, chained so that one number stands for a whole run."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np

from pgcore.columns import Array
from pgcore.recording.rows import RowFormat

_SHORT = 16


def digests(form: RowFormat, row: Array) -> dict[str, str]:
    """A fingerprint for each party of a row: SHA-256 over its numbers as little-endian float64, cut to 16 hexadecimal digits."""
    exact = np.ascontiguousarray(row, dtype="<f8")
    return {party: sha256(exact[index].tobytes()).hexdigest()[:_SHORT] for party, index in form.parties.items()}


def chained(before: str, parties: Mapping[str, str]) -> str:
    """The fingerprint of a step and of all before it; ``before`` is empty for the first."""
    return sha256("".join([before, *parties.values()]).encode("ascii")).hexdigest()[:_SHORT]


def of_text(text: str) -> str:
    """SHA-256 of a text as UTF-8, in hexadecimal."""
    return sha256(text.encode("utf-8")).hexdigest()


def of_file(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return sha256(file.read_bytes()).hexdigest()
