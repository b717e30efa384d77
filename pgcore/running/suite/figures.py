"""Figures: what a row of the suite found, as data."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import cattrs
import numpy as np
from attrs import field, frozen

from pgcore.columns import Array


class Missing(RuntimeError):
    """Something that a row needs is not installed; the message says what, and the command that installs it."""


class Unequal(RuntimeError):
    """Two things that are compared did not do the same work, so that no time of theirs means anything."""


@frozen
class Figure:
    """One number: the median of several measurements, with their quartiles, or a count."""

    label: str
    value: float
    unit: str = ""
    low: float | None = None
    """Lower quartile; ``None`` for what was measured once."""
    high: float | None = None
    measurements: int = 1
    at: str = ""
    """Where several sizes were measured, which one: ``n = 3``."""


@frozen
class Check:
    """Something that must agree before times are compared: the largest difference found, and what is allowed."""

    what: str
    largest: float
    allowed: float | None
    """``None`` for an approximation, whose difference is shown and may be what it is."""
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether it agrees; a NaN does not."""
        return self.allowed is None or bool(self.largest <= self.allowed)


@frozen
class Finding:
    """What one row came to."""

    row: str
    figures: tuple[Figure, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know of the figures, in sentences."""
    versions: Mapping[str, str] = field(factory=dict)
    """Of libraries in other processes."""
    missing: str = ""
    """Why there are no figures: what is not installed, and how to get it."""
    failed: str = ""
    """Why there are no figures: what went wrong."""
    took_s: float = 0.0

    def figure(self, label: str, at: str = "") -> Figure | None:
        """The figure of that name, if there is one."""
        return next((figure for figure in self.figures if (figure.label, figure.at) == (label, at)), None)


def summed_up(label: str, unit: str, values: Array | Sequence[float], at: str = "") -> Figure:
    """The median and the quartiles of measurements."""
    low, middle, high = np.quantile(np.asarray(values, dtype=float), [0.25, 0.5, 0.75]).tolist()
    return Figure(label, middle, unit, low, high, len(values), at)


def agreed(checks: Sequence[Check]) -> tuple[Check, ...]:
    """The same checks.

    Raises:
        Unequal: some do not hold; the message names them with what was found.
    """
    wrong = [f"{c.what}: {f'{c.largest:.3g} {c.unit}'.rstrip()}, allowed are {c.allowed:g}" for c in checks if not c.holds]
    if wrong:
        raise Unequal(f"the things compared do not do the same work, so no time was taken: {'; '.join(wrong)}")
    return tuple(checks)


def largest_gap(one: Array, other: Array, relative: bool = False) -> float:
    """The largest absolute difference; NaN where one side has one. ``relative``: to the magnitude of ``other`` where that is above 1."""
    if not one.size:
        return 0.0
    scale = np.maximum(1.0, np.abs(other)) if relative else 1.0
    return float(np.max(np.abs(one - other) / scale))


def plain(finding: Finding) -> dict[str, Any]:
    """As data for JSON; what is empty is left out."""
    found = {name: value for name, value in attrs.asdict(finding).items() if value not in ("", (), {}, 0.0)}
    found["figures"] = [{name: value for name, value in figure.items() if value not in ("", None)} for figure in found.get("figures", ())]
    return found


def read(document: Mapping[str, Any]) -> Finding:
    """The finding behind :func:`plain`."""
    return cattrs.structure(document, Finding)
