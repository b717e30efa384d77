"""Fleet: the devices of one type, stacked, and how their columns stand in the arrays of a plant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.columns import Array, Index, columns
from pgcore.contracts.device import Device, Values

TABLES = ("knobs", "needs", "slots")
"""What a device declares by name and a plant lays out as the columns of an array."""


class DeviceFault(RuntimeError):
    """A device broke the contract: it raised, or returned something that is not finite or of the wrong shape."""


@frozen(eq=False)
class Table:
    """Columns of a plant-wide array: the knobs, needs or slots of every device, one device after the other.

    Fleets keep theirs side by side instead, so that one ``take`` sorts an array for all of them and slices do the rest.
    """

    names: tuple[str, ...]
    owners: Index
    """The device that each column belongs to."""
    by_fleet: Index
    """The columns in the order of the fleets: sorts an array for them."""
    by_device: Index
    """The way back."""
    sorted: bool = field(init=False)
    """Whether both orders are the same, as they are for devices of one type."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "sorted", bool((np.diff(self.by_fleet) > 0).all()))

    def __len__(self) -> int:
        return len(self.names)

    def for_fleets(self, values: Array) -> Array:
        """``(B, columns)`` in the order of the fleets."""
        return values if self.sorted else values.take(self.by_fleet, axis=1)

    def for_devices(self, values: Array) -> Array:
        """The way back."""
        return values if self.sorted else values.take(self.by_device, axis=1)

    def of(self, device: int) -> Index:
        """The columns of one device."""
        first, end = np.searchsorted(self.owners, (device, device + 1))
        return np.arange(first, end)


@frozen(eq=False)
class Fleet:
    """The devices of one type. Slices are into arrays sorted by fleet."""

    stack: Device
    """One record whose fields are arrays of shape ``(n,)``."""
    devices: Index
    """Positions of the devices in the plant, ascending."""
    span: slice
    """Their positions when the plant's devices are sorted by fleet."""
    knobs: Mapping[str, slice]
    needs: Mapping[str, slice]
    slots: Mapping[str, slice]
    masked: bool
    """Whether any of its devices offers a discrete knob, so that settings can be forbidden."""

    @property
    def type(self) -> str:
        """The devices' tag in a spec."""
        return type(self.stack).type

    def call(self, method: str, *args: Any) -> Any:
        """Call a method of the stacked devices.

        Raises:
            DeviceFault: it raised; the message says whose bug that is.
        """
        try:
            return getattr(self.stack, method)(*args)
        except Exception as error:
            kind = type(self.stack)
            raise DeviceFault(f"{kind.type}: {kind.__module__}.{kind.__qualname__}.{method}() raised {type(error).__name__}: {error}") from error

    def value(self, method: str, values: Values, name: str) -> Array:
        """One of the values that a method returned.

        Raises:
            DeviceFault: it was left out.
        """
        if name not in values:
            kind = type(self.stack)
            raise DeviceFault(f"{kind.type}: {method}() left out {name!r}; it must return every one that {kind.__name__} declares")
        return values[name]


def fleets(devices: Sequence[Device]) -> tuple[Fleet, ...]:
    """Group devices by type, in the order in which types first appear."""
    made: list[Fleet] = []
    ends = dict.fromkeys(("devices", *TABLES), 0)
    for kind in dict.fromkeys(map(type, devices)):
        index = np.array([i for i, device in enumerate(devices) if type(device) is kind], dtype=np.intp)
        stack = columns([devices[i] for i in index])
        where = {table: _slices([entry.name for entry in getattr(stack, table)], len(index), ends, table) for table in TABLES}
        span = _slices([""], len(index), ends, "devices")[""]
        made.append(Fleet(stack, index, span, **where, masked=any(knob.discrete for i in index for knob in devices[i].active_knobs())))
    return tuple(made)


def table(devices: Sequence[Device], name: str, grouped: Sequence[Fleet]) -> Table:
    """The columns of all devices' ``knobs``, ``needs`` or ``slots``."""
    own = [[entry.name for entry in getattr(device, name)] for device in devices]
    first = np.concatenate([[0], np.cumsum([len(names) for names in own])]).astype(np.intp)
    by_fleet = [first[fleet.devices] + k for fleet in grouped for k in range(len(getattr(fleet.stack, name)))]
    order = np.concatenate(by_fleet).astype(np.intp) if by_fleet else np.zeros(0, dtype=np.intp)
    owners = np.repeat(np.arange(len(own)), [len(names) for names in own]).astype(np.intp)
    return Table(tuple(n for names in own for n in names), owners, order, np.argsort(order))


def gather(sorted_values: Array, where: Mapping[str, slice]) -> Values:
    """A fleet's part of an array that is sorted by fleet: for each name an array ``(B, n)``."""
    return {name: sorted_values[:, part] for name, part in where.items()}


def _slices(names: Sequence[str], n: int, ends: dict[str, int], table: str) -> dict[str, slice]:
    """The next free slices of ``n`` columns for each name."""
    start = ends[table]
    ends[table] = start + n * len(names)
    return {name: slice(start + k * n, start + (k + 1) * n) for k, name in enumerate(names)}
