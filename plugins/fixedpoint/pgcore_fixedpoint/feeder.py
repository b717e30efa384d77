"""Feeder: a neutral case laid out for the kernels, and its numbers at one setting of the controls."""

import numpy as np
from attrs import frozen

from pgcore.cases.admittances import bus_entries, live_buses, two_ports
from pgcore.cases.injections import scheduled_pu
from pgcore.cases.readout import terminals
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Case, Complex
from pgcore_fixedpoint.elimination import Elimination, elimination
from pgcore_fixedpoint.factoring import factorise


@frozen(eq=False)
class Layout:
    """Where everything of a case is: the same at every setting of the controls."""

    case: Case
    """At no setting in particular."""
    steps: Elimination
    place: Index
    """Position of each case bus in the elimination, ``(n bus,)``."""
    bus_at: Index
    """Position of each topology bus, −1 where it has none, ``(topology bus,)``."""
    ends: Index
    """Positions of both ends of every branch, ``(n branch + 1, 2)``; the last one stands for none."""
    lines: Index
    """The branch of every line; the last branch where it has none."""
    trafos: Index
    """Three branches for every transformer, likewise."""
    widths: Index
    """How many numbers each field of a Flow has in a row, in order."""
    scheduled: Array
    """What the network itself injects at each position, pu: real and imaginary parts, ``(n bus, 2)``."""
    sources: Array
    """Voltage of each source, pu: real and imaginary parts, ``(n source, 2)``."""


def layout(case: Case, switchable: Flags) -> Layout:
    """Lay out a case; only branches that are closed or ``switchable`` can ever carry anything."""
    used = np.flatnonzero(case.closed | switchable)
    links = zip(case.from_bus[used].tolist(), case.to_bus[used].tolist(), strict=True)
    steps = elimination(len(case.vn_kv), links, case.slack_bus.tolist())
    place = np.argsort(steps.order)
    none = len(case.from_bus)
    buses, lines, trafos = len(case.bus_of), len(case.line_branch), len(case.trafo_branch)
    ends = np.stack([np.append(place[side], 0) for side in (case.from_bus, case.to_bus)], axis=1)
    source = np.asarray(case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg)), dtype=np.complex128)
    return Layout(
        case=case,
        steps=steps,
        place=place,
        bus_at=np.where(case.bus_of >= 0, place[case.bus_of], -1),
        ends=np.ascontiguousarray(ends),
        lines=np.where(case.line_branch < 0, none, case.line_branch),
        trafos=np.where(case.trafo_branch < 0, none, case.trafo_branch).ravel(),
        widths=np.array([buses, buses, lines, trafos, lines, trafos, 1, 1, 1]),
        scheduled=_parts(scheduled_pu(case)[steps.order]),
        sources=_parts(source),
    )


@frozen(eq=False)
class Feeder:
    """The numbers of a case at one setting of the controls, by position."""

    blocks: Array
    """The admittance matrix, pu: couplings above the diagonal, those below it, the diagonal, ``(n block, 2)``."""
    factors: Array
    """What elimination takes below the diagonal and gives above it, ``(n coupling, 4)``."""
    pivots: Array
    """One over the diagonal at its turn, ``(n eliminated, 2)``."""
    live: Array
    """1 where there is a source, ``(n bus,)``; a dead bus stands alone and has no voltage."""
    branches: Array
    """Of both ends of every branch: admittance to the end itself and to the other one (MVA at 1 pu), and the square of the loading in percent for
    1 MVA of current, ``(n branch + 1, 10)``."""
    ties: Index
    """Entries of the admittance matrix in the rows of sources: source and position, ``(n tie, 2)``."""
    tie_pu: Array
    energised: Flags
    """``(topology bus,)``."""


def feeder(at: Layout, case: Case) -> Feeder:
    """The numbers of a layout for its case at some setting."""
    y, steps = two_ports(case), at.steps
    rows, columns, values = bus_entries(case, y)
    alive = live_buses(case)
    live = alive[steps.order]
    rows, columns = at.place[rows], at.place[columns]
    keep = live[rows] & live[columns]
    rows, columns, values = rows[keep], columns[keep], values[keep]
    blocks = _blocks(steps, rows, columns, values, ~live)
    factors, pivots = factorise(steps.first, steps.coupled, steps.targets, blocks.copy())
    tied = rows >= steps.count
    return Feeder(
        blocks=_parts(blocks),
        factors=np.concatenate([_parts(factors[0]), _parts(factors[1])], axis=1),
        pivots=_parts(pivots),
        live=live.astype(np.float64),
        branches=_branches(case, alive),
        ties=np.stack([rows[tied] - steps.count, columns[tied]], axis=1),
        tie_pu=_parts(values[tied]),
        energised=(at.bus_at >= 0) & live[at.bus_at],
    )


def _blocks(steps: Elimination, rows: Index, columns: Index, values: Complex, dead: Flags) -> Complex:
    """The admittance matrix as blocks; a dead bus has 1 on the diagonal."""
    size = len(steps.coupled)
    owner = np.repeat(np.arange(steps.count), np.diff(steps.first))
    order = owner * len(dead) + steps.coupled
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    off = (low != high) & (low < steps.count)
    place = np.searchsorted(order, low * len(dead) + high)
    where = np.where(rows == columns, 2 * size + rows, place + np.where(rows > columns, size, 0))
    chosen = off | (rows == columns)
    blocks = np.zeros(2 * size + len(dead), dtype=np.complex128)
    np.add.at(blocks, where[chosen], values[chosen])
    blocks[2 * size :][dead] = 1
    return blocks


def _branches(case: Case, alive: Flags) -> Array:
    ends = terminals(case, two_ports(case))
    numbers = np.concatenate([_parts(ends.own_mva), _parts(ends.far_mva), ends.percent[:, None] ** 2], axis=1)
    half = len(ends)
    return np.concatenate([numbers[:half], numbers[half:]], axis=1)


def _parts(values: Complex) -> Array:
    return np.stack([values.real, values.imag], axis=-1)
