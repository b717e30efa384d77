"""Kernel: one compiled function for a method of all fleets of a plant that can be traced, and where its columns are."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.columns import Array, Index
from pgcore.contracts.device import Effect
from pgcore.fleet import Fleet, Table
from pgcore.kernels.compiler import compiled
from pgcore.kernels.formula import Formula, Untraceable
from pgcore.kernels.source import Part, function

_LOG = logging.getLogger("pgcore")

_EFFECTS = attrs.fields_dict(Effect)

Names = Sequence[Sequence[str]]
"""The names of each fleet's state."""


@frozen(eq=False)
class Columns:
    """Where the columns of each fleet are in the arrays of a plant."""

    knobs: Table
    needs: Table
    slots: Table
    states: Names

    def of(self, table: str, fleet: Fleet, name: str) -> Index:
        """The columns of one knob, need or slot of a fleet in the array that is in the order of the devices."""
        known: Table = getattr(self, table)
        where: Mapping[str, slice] = getattr(fleet, table)
        return known.by_fleet[where[name]]

    def state(self, k: int, fleets: Sequence[Fleet], name: str) -> Index:
        """The columns of one number of a fleet's state among those of all fleets, side by side."""
        before = sum(len(names) * len(fleet.devices) for names, fleet in zip(self.states[:k], fleets, strict=False))
        n = len(fleets[k].devices)
        return np.arange(n) + before + list(self.states[k]).index(name) * n


@frozen(eq=False)
class Traced:
    """A fleet's method, written down."""

    part: Part
    at: Sequence[Index]
    """The columns of each of its places."""


@frozen(eq=False)
class Kernel:
    """A compiled method of some fleets."""

    run: Callable[..., bool]
    sizes: Index
    at: Index
    parameters: Array
    fleets: frozenset[int]
    """The positions of the fleets that it covers."""
    refused: Mapping[int, str] = field(factory=dict)
    """Why the others could not be traced."""

    def __call__(self, batch: int, *arrays: Array) -> bool:
        """Run it on arrays ``(B, columns)``, the last of which it writes; whether all that it wrote is finite."""
        return bool(self.run(batch, self.sizes, self.at, self.parameters, *arrays))


def step_kernel(fleets: Sequence[Fleet], columns: Columns, dt_h: float) -> Kernel | None:
    """The kernel ``(batch, told, given, states, effects, new)`` of the fleets' steps, or ``None`` where none can be traced."""
    return _kernel("step", ("told", "given", "states", "effects", "new"), fleets, lambda k: _traced_step(k, fleets, columns, dt_h))


def observe_kernel(fleets: Sequence[Fleet], columns: Columns) -> Kernel | None:
    """The kernel ``(batch, given, states, shown)`` of what the fleets show of themselves."""
    return _kernel("observe", ("given", "states", "shown"), fleets, lambda k: _traced_observe(k, fleets, columns))


def settle_kernel(fleets: Sequence[Fleet], columns: Columns, dt_h: float) -> Kernel | None:
    """The kernel ``(batch, metered, given, cost, violation)`` of what metered fleets owe; it leaves the others' places alone."""
    return _kernel("settle", ("metered", "given", "cost", "violation"), fleets, lambda k: _traced_settle(k, fleets, columns, dt_h))


def _kernel(name: str, arguments: Sequence[str], fleets: Sequence[Fleet], trace: Callable[[int], Traced]) -> Kernel | None:
    traced, refused = {}, {}
    for k in range(len(fleets)):
        try:
            traced[k] = trace(k)
        except Exception as error:  # noqa: BLE001 - whatever a device cannot do on symbols it does in numpy
            refused[k] = str(error) if isinstance(error, Untraceable) else f"{type(error).__name__}: {error}"
    if not traced:
        return None
    started = perf_counter()
    parts = [found.part for found in traced.values()]
    run = compiled(name, function(name, arguments, parts))
    sizes = np.array([part.formula.width for part in parts], dtype=np.intp)
    at = np.concatenate([columns for found in traced.values() for columns in found.at]).astype(np.intp)
    parameters = np.concatenate([np.zeros(0), *(row for part in parts for row in part.formula.parameters)])
    _LOG.debug("%s of %s written down in %.3f s", name, ", ".join(fleets[k].type for k in traced), perf_counter() - started)
    return Kernel(run, sizes, at, parameters, frozenset(traced), refused)


def _traced_step(k: int, fleets: Sequence[Fleet], columns: Columns, dt_h: float) -> Traced:
    fleet = fleets[k]
    formula = Formula(len(fleet.devices))
    state, action, exo = (
        _inputs(formula, kind, names) for kind, names in (("states", columns.states[k]), ("told", fleet.knobs), ("given", fleet.needs))
    )
    after, effect = fleet.stack.step(state, action, exo, dt_h)
    if set(after) != set(columns.states[k]):
        raise Untraceable("its state has other names after a step")
    written = {name: value for name in _EFFECTS if (value := getattr(effect, name)) is not _EFFECTS[name].default}
    reads = {f"states.{name}": columns.state(k, fleets, name) for name in columns.states[k]}
    reads |= {f"told.{name}": columns.of("knobs", fleet, name) for name in fleet.knobs}
    reads |= {f"given.{name}": columns.of("needs", fleet, name) for name in fleet.needs}
    writes = [(f"effects[{list(_EFFECTS).index(name)}, b, {{}}]", value, fleet.devices) for name, value in written.items()]
    writes += [("new[b, {}]", after[name], columns.state(k, fleets, name)) for name in columns.states[k]]
    return _placed(formula, reads, writes)


def _traced_observe(k: int, fleets: Sequence[Fleet], columns: Columns) -> Traced:
    fleet = fleets[k]
    formula = Formula(len(fleet.devices))
    shown = fleet.stack.observe(_inputs(formula, "states", columns.states[k]), _inputs(formula, "given", fleet.needs)) if fleet.slots else {}
    reads = {f"states.{name}": columns.state(k, fleets, name) for name in columns.states[k]}
    reads |= {f"given.{name}": columns.of("needs", fleet, name) for name in fleet.needs}
    return _placed(formula, reads, [("shown[b, {}]", shown[name], columns.of("slots", fleet, name)) for name in fleet.slots])


def _traced_settle(k: int, fleets: Sequence[Fleet], columns: Columns, dt_h: float) -> Traced:
    fleet = fleets[k]
    formula = Formula(len(fleet.devices))
    if not fleet.stack.metered:
        return _placed(formula, {}, [])
    due = fleet.stack.settle(_inputs(formula, "metered", ("p_mw",))["p_mw"], _inputs(formula, "given", fleet.needs), dt_h)
    reads = {"metered.p_mw": fleet.devices, **{f"given.{name}": columns.of("needs", fleet, name) for name in fleet.needs}}
    return _placed(formula, reads, [(f"{name}[b, {{}}]", getattr(due, name), fleet.devices) for name in ("cost", "violation")])


def _inputs(formula: Formula, kind: str, names: Iterable[str]) -> dict[str, Any]:
    """A symbol in the place of each array."""
    return {name: formula.input(f"{kind}.{name}") for name in names}


def _placed(formula: Formula, reads: Mapping[str, Index], writes: Sequence[tuple[str, Any, Index]]) -> Traced:
    places = {name: f"{name.split('.')[0]}[b, {{}}]" for name in reads}
    part = Part(formula, places, [(place, formula.place(value)) for place, value, _ in writes])
    return Traced(part, [*reads.values(), *(at for _, _, at in writes)])
