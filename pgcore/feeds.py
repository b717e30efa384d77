"""Feeds: the exogenous inputs of a plant's devices, as one array read by the clock."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import field, frozen

from pgcore.columns import Array, Index
from pgcore.contracts.device import Device, Need
from pgcore.contracts.profile import Series

VOLTAGE = "vm_pu"
"""The reserved need that the framework fills with the last voltage measured at the device's bus."""

Feed = str | float
"""What fills a need: the name of a profile, or a constant."""


@frozen(eq=False)
class Feeds:
    """Values of every need of a plant's devices over time."""

    values: Array
    """Shape ``(T, S)``: S different series at the step of the episode; a single row when all are constant."""
    columns: Index
    """Shape ``(needs,)``: the series behind each need of the plant."""
    voltages: Index
    """The needs that are filled with measured voltages."""
    first: Index | None = None
    """For B cuttings of the series, one below the other: the step that each begins with, ``(B,)``. ``None``: row k is step k."""
    _in_order: bool = field(init=False)
    """Whether each need has a series of its own, in order."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_in_order", np.array_equal(self.columns, np.arange(self.values.shape[1])))

    def at(self, rows: Index, vm_pu: Array | None) -> Array:
        """Inputs ``(B, needs)`` at step ``rows`` ``(B,)`` of the profiles; ``vm_pu`` holds a voltage for each of ``voltages``, ``(B, V)``, if any."""
        read = self.values.take(self._places(rows), axis=0)
        if not self._in_order:
            read = read.take(self.columns, axis=1)
        if len(self.voltages):
            read[:, self.voltages] = vm_pu
        return read

    def ahead(self, rows: Index, steps: int, needs: Index) -> Array:
        """Inputs of some needs in each of the next ``steps`` steps, ``(B, steps · needs)``, step by step. Past the end the last value holds."""
        later = np.stack([self._places(rows + k) for k in range(1, steps + 1)], axis=1)
        return np.asarray(self.values[later][:, :, self.columns[needs]].reshape(len(rows), -1))

    def subset(self, needs: Index) -> "Feeds":
        """The feeds of some of the needs: all that a part of the plant gets to see."""
        outline, kept = self.outline(needs)
        return Feeds(np.ascontiguousarray(self.values[:, kept]), outline.columns, outline.voltages)

    def outline(self, needs: Index) -> tuple["Feeds", Index]:
        """The feeds of some of the needs without their values, and which series those are."""
        kept, columns = np.unique(self.columns[needs], return_inverse=True)
        return Feeds(np.zeros((1, len(kept))), columns.astype(np.intp), np.flatnonzero(np.isin(needs, self.voltages))), kept

    def cut(self, series: Index, rows: Index, steps: int) -> Array:
        """Some series over ``steps`` steps from ``rows`` ``(B,)`` on, ``(B, steps, series)``. Past the end the last value holds."""
        where = np.minimum(rows[:, None] + np.arange(steps), len(self.values) - 1)
        return np.asarray(self.values[where[:, :, None], series])

    def filled(self, cuttings: Array, rows: Index) -> "Feeds":
        """These feeds with the values of :meth:`cut`, which begin at ``rows``."""
        batch, steps, series = cuttings.shape
        return Feeds(cuttings.reshape(batch * steps, series), self.columns, self.voltages, rows)

    def _places(self, rows: Index) -> Index:
        """Where the values of step ``rows`` ``(B,)`` stand."""
        if self.first is None:
            return np.asarray(np.minimum(rows, len(self.values) - 1))
        steps = len(self.values) // len(self.first)
        return np.asarray(np.minimum(rows - self.first, steps - 1) + np.arange(0, len(self.values), steps))


def side_by_side(parts: Sequence[Feeds]) -> Feeds:
    """The feeds of several plants as those of one; their series begin with the same steps."""
    series = np.cumsum([0, *(part.values.shape[1] for part in parts)])
    needs = np.cumsum([0, *(len(part.columns) for part in parts)])
    values = np.concatenate([part.values for part in parts], axis=1)
    columns = np.concatenate([part.columns + first for part, first in zip(parts, series, strict=False)])
    voltages = np.concatenate([part.voltages + first for part, first in zip(parts, needs, strict=False)])
    return Feeds(values, columns.astype(np.intp), voltages.astype(np.intp), parts[0].first)


def feeds(devices: Sequence[Device], given: Sequence[Mapping[str, Feed]], series: Mapping[str, Series], step_min: float) -> Feeds:
    """Lay out the inputs of ``devices`` (in plant order) from what each was given in the spec."""
    sources: dict[Feed, int] = {}
    wanted: list[int] = []
    voltages: list[int] = []
    for device, fed in zip(devices, given, strict=True):
        for need in device.needs:
            if need.name == VOLTAGE:
                voltages.append(len(wanted))
            wanted.append(sources.setdefault(_source(device, need, fed), len(sources)))
    lined_up = [resample(series[s], step_min) if isinstance(s, str) else np.array([float(s)]) for s in sources]
    length = min((len(v) for v in lined_up if len(v) > 1), default=1)
    values = np.column_stack([v[:length] if len(v) > 1 else np.full(length, v[0]) for v in lined_up]) if lined_up else np.zeros((1, 0))
    return Feeds(values, np.array(wanted, dtype=np.intp), np.array(voltages, dtype=np.intp))


def _source(device: Device, need: Need, fed: Mapping[str, Feed]) -> Feed:
    """What fills a need: what the spec gave, its default, or what fills the need that its default names."""
    if need.name in fed or not isinstance(need.default, str):
        return fed.get(need.name, 1.0 if need.default is None else need.default)
    return _source(device, next(other for other in device.needs if other.name == need.default), fed)


def resample(series: Series, step_min: float) -> Array:
    """A series at another step: the mean over each longer step, or the value held over shorter ones.

    Raises:
        ValueError: neither step is a whole multiple of the other.

    >>> resample(Series(np.array([1.0, 3.0, 5.0, 7.0]), step_min=15), 30)
    array([2., 6.])
    """
    if len(series.values) == 1 or series.step_min == step_min:
        return series.values
    longer, shorter = step_min / series.step_min, series.step_min / step_min
    if longer >= 1 and longer == int(longer):
        whole = len(series.values) // int(longer) * int(longer)
        return np.asarray(series.values[:whole].reshape(-1, int(longer)).mean(axis=1))
    if shorter == int(shorter):
        return np.repeat(series.values, int(shorter))
    steps = f"a profile with a step of {series.step_min:g} min does not fit a step of {step_min:g} min"
    raise ValueError(f"{steps}: one must be a whole multiple of the other")
