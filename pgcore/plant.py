"""Plant: devices grouped by type into fleets of arrays, so that one call steps all devices of a type in all environments."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NoReturn

import attrs
import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from pgcore.columns import Array, Index, span
from pgcore.contracts.device import Device, Draw, Effect, Knob, Settlement, State
from pgcore.fleet import DeviceFault, Fleet, Table, fleets, gather, table
from pgcore.kernels.kernel import Kernel
from pgcore.kernels.press import Press, packed, plain
from pgcore.messages import States
from pgcore.quantity import Slot, bound

EFFECTS = tuple(f.name for f in attrs.fields(Effect))
"""Names of the rows of an effects array, in order."""

Effects = NDArray[np.float64]
"""What a step of a plant did: shape ``(len(EFFECTS), B, n)``."""


Members = tuple[tuple[int, slice | Index], ...]
"""Where the states of a part of a plant stand in it: for each fleet of the part, the fleet of the plant and the columns there."""

_parts = attrgetter(*EFFECTS)

_NOTHING = attrs.fields(Effect).p_mw.default
"""The very object that stands for a part of an effect that a device left out."""


@frozen(eq=False)
class Plant:
    """Devices in a fixed order. It holds no state: every method takes the states and returns new ones.

    Settings are arrays ``(B, knobs)``, exogenous inputs ``(B, needs)`` and observed values ``(B, slots)``, with columns as in
    ``knobs``, ``needs`` and ``slots``.
    """

    names: tuple[str, ...]
    devices: tuple[Device, ...]
    fleets: tuple[Fleet, ...] = field(init=False)
    knobs: Table = field(init=False)
    needs: Table = field(init=False)
    slots: Table = field(init=False)
    defaults: Array = field(init=False)
    """The setting of every knob that leaves its device alone, ``(knobs,)``."""
    _by_device: Index = field(init=False)
    _masked: bool = field(init=False)
    _metered: bool = field(init=False)
    _press: Press = field(init=False)

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        grouped = fleets(self.devices)
        put(self, "fleets", grouped)
        for name in ("knobs", "needs", "slots"):
            put(self, name, table(self.devices, name, grouped))
        put(self, "defaults", np.array([float(bound(d, k.default)) for d in self.devices for k in d.knobs]))
        order = np.concatenate([fleet.devices for fleet in grouped]) if grouped else np.zeros(0, dtype=np.intp)
        put(self, "_by_device", np.argsort(order))
        put(self, "_masked", any(fleet.masked for fleet in grouped))
        put(self, "_metered", any(fleet.stack.metered for fleet in grouped))
        put(self, "_press", Press(grouped, self.knobs, self.needs, self.slots))

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

    def alone(self, batch: int) -> Array:
        """Settings that leave every device alone, ``(B, knobs)``."""
        return np.repeat(self.defaults[None], batch, axis=0)

    def initial(self, batch: int, draw: Callable[[Sequence[str]], Draw]) -> States:
        """States at the start of an episode. ``draw`` gives the random streams for some device names."""
        return tuple(self._initial(fleet, batch, draw) for fleet in self.fleets)

    def step(self, states: States, settings: Array, exo: Array, dt_h: float) -> tuple[States, Effects]:
        """Advance all devices by ``dt_h`` hours.

        Raises:
            DeviceFault: a device raised, or returned a wrong shape or a number that is not finite.
        """
        kernel = self._press.stepping(dt_h)
        if kernel is not None:
            stepped, effects, finite = self._pressed(kernel, states, settings, exo, dt_h)
        else:
            stepped, effects = self._interpreted(states, settings, exo, dt_h)
            finite = bool(np.isfinite(effects).all())
            if finite and self._press.due("step"):
                self._press.make_step(states, dt_h, lambda made: _equal(self._pressed(made, states, settings, exo, dt_h), (stepped, effects, True)))
        if not finite:
            self._blame(effects, states, settings)
        return stepped, effects

    def _interpreted(self, states: States, settings: Array, exo: Array, dt_h: float) -> tuple[States, Effects]:
        """A step as numpy takes it, fleet by fleet."""
        told, given = self.knobs.for_fleets(settings), self.needs.for_fleets(exo)
        effects = np.zeros((len(EFFECTS), len(settings), len(self)))
        stepped = tuple(self._step(fleet, state, told, given, dt_h, effects) for fleet, state in zip(self.fleets, states, strict=True))
        return stepped, (effects if len(self.fleets) == 1 else effects.take(self._by_device, axis=2)) + 0.0

    def _pressed(self, kernel: Kernel, states: States, settings: Array, exo: Array, dt_h: float) -> tuple[States, Effects, bool]:
        """A step of the fleets that ``kernel`` covers all at once, and of the others in numpy; whether every effect is finite."""
        batch = len(settings)
        before, effects = packed(states, batch), np.zeros((len(EFFECTS), batch, len(self)))
        new = np.empty(before.shape)
        finite = kernel(batch, plain(settings), plain(exo), before, effects, new)
        stepped: list[State] = []
        end = 0
        for k, (fleet, state) in enumerate(zip(self.fleets, states, strict=True)):
            n, start = len(fleet.devices), end
            end += n * len(state)
            if k in kernel.fleets:
                stepped.append({name: new[:, start + i * n : start + (i + 1) * n] for i, name in enumerate(state)})
            else:
                stepped.append(self._apart(fleet, state, settings, exo, dt_h, effects))
                finite = finite and bool(np.isfinite(effects[:, :, fleet.devices]).all())
        return tuple(stepped), effects, finite

    def _apart(self, fleet: Fleet, state: State, settings: Array, exo: Array, dt_h: float, effects: Effects) -> State:
        """A step of one fleet in numpy, into the effects of all."""
        own = np.zeros_like(effects)
        after = self._step(fleet, state, self.knobs.for_fleets(settings), self.needs.for_fleets(exo), dt_h, own)
        effects[:, :, fleet.devices] = own[:, :, fleet.span] + 0.0
        return after

    def observe(self, states: States, exo: Array) -> Array:
        """What the devices show of themselves, ``(B, slots)``.

        Raises:
            DeviceFault: a value is missing or not finite.
        """
        kernel = self._press.observing()
        if kernel is not None:
            in_order, finite = self._shown(kernel, states, exo)
        else:
            in_order = self._told_by(range(len(self.fleets)), states, exo)
            finite = bool(np.isfinite(in_order).all())
            if finite and self._press.due("observe"):
                self._press.make_observe(states, lambda made: self._shown(made, states, exo)[0].tobytes() == in_order.tobytes())
        if not finite:
            column = int(np.argwhere(~np.isfinite(in_order))[0][1])
            owner, name = self.names[self.slots.owners[column]], self.slots.names[column]
            raise DeviceFault(f"{owner} observes {name} = {in_order[:, column]}: not a finite number")
        return in_order

    def _told_by(self, fleets: Iterable[int], states: States, exo: Array) -> Array:
        """What some fleets show, as numpy reads it; zero for the others."""
        seen, given = np.zeros((len(exo), len(self.slots))), self.needs.for_fleets(exo)
        for fleet, state in ((self.fleets[k], states[k]) for k in fleets):
            if fleet.slots:
                values = fleet.call("observe", state, gather(given, fleet.needs))
                for name, part in fleet.slots.items():
                    seen[:, part] = fleet.value("observe", values, name)
        return self.slots.for_devices(seen) + 0.0

    def _shown(self, kernel: Kernel, states: States, exo: Array) -> tuple[Array, bool]:
        """What the devices show, read all at once where ``kernel`` covers them; whether all of it is finite."""
        others = [k for k in range(len(self.fleets)) if k not in kernel.fleets]
        shown = self._told_by(others, states, exo) if others else np.zeros((len(exo), len(self.slots)))
        finite = not others or bool(np.isfinite(shown).all())
        return shown, kernel(len(exo), plain(exo), packed(states, len(exo)), shown) and finite

    def allowed(self, states: States, exo: Array) -> tuple[Array, Array] | None:
        """Lowest and highest setting of every knob at present, each ``(B, knobs)``; infinite where a knob is free, ``None`` where all are."""
        if not self._masked:
            return None
        low, high = (np.full((len(exo), len(self.knobs)), end) for end in (-np.inf, np.inf))
        given = self.needs.for_fleets(exo)
        for fleet, state in zip(self.fleets, states, strict=True):
            if fleet.masked:
                for name, (least, most) in fleet.call("allowed", state, gather(given, fleet.needs)).items():
                    low[:, fleet.knobs[name]], high[:, fleet.knobs[name]] = least, most
        return self.knobs.for_devices(low), self.knobs.for_devices(high)

    def respond(self, settings: Array, signal: Mapping[str, Array], states: States, exo: Array) -> Array:
        """The settings that the devices choose in answer to signals ``(B,)``, given the settings they were told."""
        told, given = self.knobs.for_fleets(settings), self.needs.for_fleets(exo)
        answered, sent = told.copy(), {name: value[:, None] for name, value in signal.items()}
        for fleet, state in zip(self.fleets, states, strict=True):
            if fleet.knobs:
                chosen = fleet.call("respond", gather(told, fleet.knobs), sent, state, gather(given, fleet.needs))
                for name, part in fleet.knobs.items():
                    answered[:, part] = fleet.value("respond", chosen, name)
        return self.knobs.for_devices(answered)

    def settle(self, p_mw: Array, exo: Array, dt_h: float) -> Array:
        """Cost and violation, ``(2, B, n)``, of the power ``(B, n)`` through the places of metered devices; zero for the others."""
        owed = np.zeros((2, *p_mw.shape))
        if not self._metered:
            return owed
        kernel = self._press.settling(dt_h)
        if kernel is not None:
            return self._billed(kernel, p_mw, exo, dt_h, owed)
        self._bill(range(len(self.fleets)), p_mw, exo, dt_h, owed)
        if self._press.due("settle"):
            self._press.make_settle(dt_h, lambda made: self._billed(made, p_mw, exo, dt_h, np.zeros_like(owed)).tobytes() == owed.tobytes())
        return owed

    def _bill(self, fleets: Iterable[int], p_mw: Array, exo: Array, dt_h: float, owed: Array) -> None:
        """Write down what the metered ones among some fleets owe, as numpy reckons it."""
        given = self.needs.for_fleets(exo)
        for fleet in (self.fleets[k] for k in fleets):
            if fleet.stack.metered:
                due: Settlement = fleet.call("settle", p_mw[:, fleet.devices], gather(given, fleet.needs), dt_h)
                owed[0][:, fleet.devices], owed[1][:, fleet.devices] = np.add(due.cost, 0.0), np.add(due.violation, 0.0)

    def _billed(self, kernel: Kernel, p_mw: Array, exo: Array, dt_h: float, owed: Array) -> Array:
        """What all owe, reckoned at once where ``kernel`` covers them."""
        kernel(len(exo), plain(p_mw), plain(exo), owed[0], owed[1])
        self._bill([k for k in range(len(self.fleets)) if k not in kernel.fleets], p_mw, exo, dt_h, owed)
        return owed

    def state_of(self, states: States, device: int) -> State:
        """The state of one device: arrays of shape ``(B,)``."""
        for fleet, state in zip(self.fleets, states, strict=True):
            at = np.flatnonzero(fleet.devices == device)
            if at.size:
                return {name: value[:, at[0]] for name, value in state.items()}
        raise IndexError(f"the plant has {len(self)} devices, there is no number {device}")

    def subset(self, chosen: Sequence[int]) -> "Plant":
        """A plant of some of the devices, in the order given."""
        return Plant(tuple(self.names[i] for i in chosen), tuple(self.devices[i] for i in chosen))

    def members(self, part: "Plant", chosen: Sequence[int]) -> Members:
        """Where the states of ``part``, the subset of the devices ``chosen``, stand among those of this plant."""
        kinds = [type(fleet.stack) for fleet in self.fleets]
        whole = [kinds.index(type(fleet.stack)) for fleet in part.fleets]
        at = [np.searchsorted(self.fleets[i].devices, np.asarray(chosen)[fleet.devices]) for i, fleet in zip(whole, part.fleets, strict=True)]
        return tuple(zip(whole, map(span, at), strict=True))

    def take(self, states: States, members: Members) -> States:
        """The states of a subset, copied; see :meth:`members`."""
        return tuple({name: value[:, at].copy() for name, value in states[fleet].items()} for fleet, at in members)

    def joined(self, members: Sequence[Members], parts: Sequence[States]) -> States:
        """The states of this plant from those of parts that make it up."""
        found: list[dict[str, list[tuple[slice | Index, Array]]]] = [{} for _ in self.fleets]
        for places, states in zip(members, parts, strict=True):
            for (fleet, at), state in zip(places, states, strict=True):
                for name, value in state.items():
                    found[fleet].setdefault(name, []).append((at, value))
        return tuple(
            {name: _filled(len(fleet.devices), pieces) for name, pieces in own.items()} for fleet, own in zip(self.fleets, found, strict=True)
        )

    def _initial(self, fleet: Fleet, batch: int, draw: Callable[[Sequence[str]], Draw]) -> State:
        shape = (batch, len(fleet.devices))
        state = fleet.call("initial", shape, draw([self.names[i] for i in fleet.devices]))
        return {name: np.broadcast_to(np.asarray(value, dtype=float), shape).copy() for name, value in state.items()}

    def _step(self, fleet: Fleet, state: State, told: Array, given: Array, dt_h: float, effects: Effects) -> State:
        stepped, effect = fleet.call("step", state, gather(told, fleet.knobs), gather(given, fleet.needs), dt_h)
        for row, value in enumerate(_parts(effect)):
            if value is not _NOTHING:
                try:
                    effects[row, :, fleet.span] = value
                except (ValueError, TypeError) as error:
                    found, expected = np.shape(value), (len(told), len(fleet.devices))
                    raise DeviceFault(f"{self._members(fleet)}: step returned {EFFECTS[row]} of shape {found}, expected {expected}") from error
        return {name: value + 0.0 for name, value in stepped.items()}

    def _members(self, fleet: Fleet) -> str:
        more = ", …" if len(fleet.devices) > 4 else ""
        return f"{fleet.type} ({', '.join(self.names[i] for i in fleet.devices[:4])}{more})"

    def _blame(self, effects: Effects, states: States, settings: Array) -> NoReturn:
        row, b, device = (int(i) for i in np.argwhere(~np.isfinite(effects))[0])
        told = {self.knobs.names[c]: float(settings[b, c]) for c in self.knobs.of(device)}
        state = {name: float(value[b]) for name, value in self.state_of(states, device).items()}
        kind = type(self.devices[device]).type
        raise DeviceFault(
            f"{self.names[device]} ({kind}) returned {EFFECTS[row]} = {effects[row, b, device]} from state {state} and action {told}: "
            f"a device must return finite numbers. `pgcore plugins show {kind}` says which package it comes from"
        )


def _equal(one: tuple[States, Effects, bool], other: tuple[States, Effects, bool]) -> bool:
    """Whether two results of a step are the same to the last bit."""
    pairs = [(a[name], b[name]) for a, b in zip(one[0], other[0], strict=True) for name in a]
    return one[2] == other[2] and all(a.tobytes() == b.tobytes() for a, b in [*pairs, (one[1], other[1])])


def _filled(width: int, pieces: Sequence[tuple[slice | Index, Array]]) -> Array:
    """An array ``(B, width)`` put together from pieces of its columns."""
    whole = np.empty((len(pieces[0][1]), width))
    for at, values in pieces:
        whole[:, at] = values
    return whole
