"""Plant: devices grouped by type into fleets of arrays, so that one call steps all devices of a type in all environments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from pgcore.columns import Array, Index, columns
from pgcore.contracts.device import Device, Draw, Effect, Knob, Settlement, State, Values
from pgcore.quantity import Slot, bound

EFFECTS = tuple(f.name for f in attrs.fields(Effect))
"""Names of the rows of an effects array, in order."""

Effects = NDArray[np.float64]
"""What a step of a plant did: shape ``(len(EFFECTS), B, n)``."""

States = tuple[State, ...]
"""The states of a plant's fleets, in fleet order; every array is ``(B, n of the fleet)``."""


class DeviceFault(RuntimeError):
    """A device broke the contract: it raised, or returned something that is not finite or of the wrong shape."""


@frozen
class Table:
    """Columns of a plant-wide array: the knobs, needs or slots of every device, one device after the other."""

    names: tuple[str, ...]
    owners: Index
    """The device that each column belongs to."""

    def __len__(self) -> int:
        return len(self.names)

    def of(self, device: int) -> Index:
        """The columns of one device."""
        first, end = np.searchsorted(self.owners, (device, device + 1))
        return np.arange(first, end)


@frozen(eq=False)
class Fleet:
    """The devices of one type: stacked parameters and where they stand in the plant."""

    stack: Device
    index: Index
    """Positions of the devices in the plant."""
    knobs: Mapping[str, Index]
    needs: Mapping[str, Index]
    slots: Mapping[str, Index]
    """For each name, the columns in the plant's knob, need and slot tables."""
    masked: bool
    """Whether any of its knobs is discrete, so that settings can be forbidden."""


@frozen(eq=False)
class Plant:
    """Devices in a fixed order. It holds no state: every method takes the states and returns new ones.

    Settings are arrays ``(B, knobs)``, exogenous inputs ``(B, needs)`` and observed values ``(B, slots)``, with columns as in
    ``knobs``, ``needs`` and ``slots``.
    """

    names: tuple[str, ...]
    devices: tuple[Device, ...]
    knobs: Table = field(init=False)
    needs: Table = field(init=False)
    slots: Table = field(init=False)
    fleets: tuple[Fleet, ...] = field(init=False)
    defaults: Array = field(init=False)
    """The setting of every knob that leaves its device alone, ``(knobs,)``."""

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        for name in ("knobs", "needs", "slots"):
            put(self, name, _table([[entry.name for entry in getattr(d, name)] for d in self.devices]))
        put(self, "fleets", tuple(self._fleet(kind) for kind in dict.fromkeys(map(type, self.devices))))
        put(self, "defaults", np.array([float(bound(d, k.default)) for d in self.devices for k in d.knobs]))

    def __len__(self) -> int:
        return len(self.names)

    def knob(self, column: int) -> Knob:
        """The knob behind a column of the settings."""
        device: Device = self.devices[self.knobs.owners[column]]
        return next(k for k in device.knobs if k.name == self.knobs.names[column])

    def slot(self, column: int) -> Slot:
        """The slot behind a column of the observed values, with its bounds as numbers."""
        device: Device = self.devices[self.slots.owners[column]]
        slot = next(s for s in device.slots if s.name == self.slots.names[column])
        return attrs.evolve(slot, low=float(bound(device, slot.low)), high=float(bound(device, slot.high)))

    def initial(self, batch: int, draw: Callable[[Sequence[str]], Draw]) -> States:
        """States at the start of an episode. ``draw`` gives the random streams for some device names."""
        return tuple(self._initial(fleet, batch, draw) for fleet in self.fleets)

    def step(self, states: States, settings: Array, exo: Array, dt_h: float) -> tuple[States, Effects]:
        """Advance all devices by ``dt_h`` hours.

        Raises:
            DeviceFault: a device raised, or returned a wrong shape or a number that is not finite.
        """
        effects = np.zeros((len(EFFECTS), len(settings), len(self)))
        stepped = tuple(self._step(fleet, state, settings, exo, dt_h, effects) for fleet, state in zip(self.fleets, states, strict=True))
        if not np.isfinite(effects).all():
            self._blame(effects, states, settings)
        return stepped, effects

    def observe(self, states: States, exo: Array) -> Array:
        """What the devices show of themselves, ``(B, slots)``.

        Raises:
            DeviceFault: a value is missing or not finite.
        """
        seen = np.zeros((len(exo), len(self.slots)))
        for fleet, state in zip(self.fleets, states, strict=True):
            if fleet.slots:
                values = _call(fleet, "observe", state, _gather(exo, fleet.needs))
                for name, cols in fleet.slots.items():
                    seen[:, cols] = _value(fleet, "observe", values, name)
        if not np.isfinite(seen).all():
            column = int(np.argwhere(~np.isfinite(seen))[0][1])
            raise DeviceFault(f"{self.names[self.slots.owners[column]]} observes {self.slots.names[column]} = {seen[:, column]}: not a finite number")
        return seen

    def allowed(self, states: States, exo: Array) -> tuple[Array, Array]:
        """Lowest and highest setting of every knob at present, each ``(B, knobs)``; infinite where a knob is free."""
        low = np.full((len(exo), len(self.knobs)), -np.inf)
        high = np.full((len(exo), len(self.knobs)), np.inf)
        for fleet, state in zip(self.fleets, states, strict=True):
            if fleet.masked:
                ranges = _call(fleet, "allowed", state, _gather(exo, fleet.needs))
                for name, (least, most) in ranges.items():
                    low[:, fleet.knobs[name]], high[:, fleet.knobs[name]] = least, most
        return low, high

    def respond(self, settings: Array, signal: Mapping[str, Array], states: States, exo: Array) -> Array:
        """The settings that the devices choose in answer to signals ``(B,)``, given the settings they were told."""
        answered = settings.copy()
        told = {name: value[:, None] for name, value in signal.items()}
        for fleet, state in zip(self.fleets, states, strict=True):
            if fleet.knobs:
                chosen = _call(fleet, "respond", _gather(settings, fleet.knobs), told, state, _gather(exo, fleet.needs))
                for name, cols in fleet.knobs.items():
                    answered[:, cols] = _value(fleet, "respond", chosen, name)
        return answered

    def settle(self, p_mw: Array, exo: Array, dt_h: float) -> tuple[Array, Array]:
        """Cost and violation, each ``(B, n)``, of the power ``(B, n)`` through the places of metered devices; zero for the others."""
        cost, violation = np.zeros(p_mw.shape), np.zeros(p_mw.shape)
        for fleet in self.fleets:
            if fleet.stack.metered:
                due: Settlement = _call(fleet, "settle", p_mw[:, fleet.index], _gather(exo, fleet.needs), dt_h)
                cost[:, fleet.index], violation[:, fleet.index] = due.cost, due.violation
        return cost, violation

    def state_of(self, states: States, device: int) -> State:
        """The state of one device: arrays of shape ``(B,)``."""
        for fleet, state in zip(self.fleets, states, strict=True):
            at = np.flatnonzero(fleet.index == device)
            if at.size:
                return {name: value[:, at[0]] for name, value in state.items()}
        raise IndexError(f"the plant has {len(self)} devices, there is no number {device}")

    def subset(self, chosen: Sequence[int]) -> "Plant":
        """A plant of some of the devices, in the order given."""
        return Plant(tuple(self.names[i] for i in chosen), tuple(self.devices[i] for i in chosen))

    def take(self, states: States, part: "Plant") -> States:
        """The states of a subset, in the layout of ``part``."""
        place = {name: i for i, name in enumerate(self.names)}
        by_kind = {type(fleet.stack): (fleet, state) for fleet, state in zip(self.fleets, states, strict=True)}
        taken = []
        for fleet in part.fleets:
            whole, state = by_kind[type(fleet.stack)]
            members = np.searchsorted(whole.index, [place[part.names[i]] for i in fleet.index])
            taken.append({name: value[:, members] for name, value in state.items()})
        return tuple(taken)

    def _fleet(self, kind: type) -> Fleet:
        index = np.array([i for i, device in enumerate(self.devices) if type(device) is kind], dtype=np.intp)
        where = {name: _columns_of(getattr(self, name), index) for name in ("knobs", "needs", "slots")}
        stack = columns([self.devices[i] for i in index])
        return Fleet(stack, index, **where, masked=any(knob.discrete for knob in stack.knobs))

    def _initial(self, fleet: Fleet, batch: int, draw: Callable[[Sequence[str]], Draw]) -> State:
        shape = (batch, len(fleet.index))
        state = _call(fleet, "initial", shape, draw([self.names[i] for i in fleet.index]))
        return {name: np.broadcast_to(np.asarray(value, dtype=float), shape).copy() for name, value in state.items()}

    def _step(self, fleet: Fleet, state: State, settings: Array, exo: Array, dt_h: float, effects: Effects) -> State:
        stepped, effect = _call(fleet, "step", state, _gather(settings, fleet.knobs), _gather(exo, fleet.needs), dt_h)
        for row, name in enumerate(EFFECTS):
            value = getattr(effect, name)
            if value is not _NOTHING:
                try:
                    effects[row][:, fleet.index] = value
                except (ValueError, TypeError) as error:
                    expected = (len(settings), len(fleet.index))
                    raise DeviceFault(f"{self._members(fleet)}: step returned {name} of shape {np.shape(value)}, expected {expected}") from error
        return dict(stepped)

    def _members(self, fleet: Fleet) -> str:
        return f"{type(fleet.stack).type} ({', '.join(self.names[i] for i in fleet.index[:4])}{', …' if len(fleet.index) > 4 else ''})"

    def _blame(self, effects: Effects, states: States, settings: Array) -> NoReturn:
        row, b, device = (int(i) for i in np.argwhere(~np.isfinite(effects))[0])
        told = {self.knobs.names[c]: float(settings[b, c]) for c in self.knobs.of(device)}
        state = {name: float(value[b]) for name, value in self.state_of(states, device).items()}
        raise DeviceFault(
            f"{self.names[device]} ({type(self.devices[device]).type}) returned {EFFECTS[row]} = {effects[row, b, device]} "
            f"from state {state} and action {told}: a device must return finite numbers. `pgcore plugins show "
            f"{type(self.devices[device]).type}` says which package it comes from"
        )


_NOTHING = attrs.fields(Effect).p_mw.default
"""The very object that stands for a part of an effect that a device left out."""


def _table(entries: list[list[str]]) -> Table:
    names = tuple(name for own in entries for name in own)
    owners = np.repeat(np.arange(len(entries)), [len(own) for own in entries])
    return Table(names, owners.astype(np.intp))


def _columns_of(table: Table, devices: Index) -> dict[str, Index]:
    """For each name that these devices of one type share, the table's column of each of them."""
    own = [table.of(int(i)) for i in devices]
    return {table.names[first]: np.array([cols[k] for cols in own], dtype=np.intp) for k, first in enumerate(own[0])} if own else {}


def _gather(values: Array, where: Mapping[str, Index]) -> Values:
    return {name: values[:, cols] for name, cols in where.items()}


def _value(fleet: Fleet, method: str, values: Values, name: str) -> Array:
    try:
        return values[name]
    except KeyError:
        kind = type(fleet.stack)
        raise DeviceFault(f"{kind.type}: {method}() left out {name!r}; it must return every one that {kind.__name__} declares") from None


def _call(fleet: Fleet, method: str, *args: Any) -> Any:
    """Call a device's method and say whose bug it is when that raises."""
    try:
        return getattr(fleet.stack, method)(*args)
    except DeviceFault:
        raise
    except Exception as error:
        kind = type(fleet.stack)
        raise DeviceFault(f"{kind.type}: {kind.__module__}.{kind.__qualname__}.{method}() raised {type(error).__name__}: {error}") from error
