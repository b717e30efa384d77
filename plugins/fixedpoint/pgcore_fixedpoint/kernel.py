"""The kernel: solves rows of a batch, block by block."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from pgcore.columns import Array, Flags, Index
from pgcore_fixedpoint.compiling import compiled, kept
from pgcore_fixedpoint.gathering import all_finite, gather_power, turn_dials, weigh
from pgcore_fixedpoint.ladder import FAILED, climb, room_for
from pgcore_fixedpoint.lanes import store, width, zeros
from pgcore_fixedpoint.reading import read_buses, read_elements, read_slack, spill


@compiled
def read_block(
    zero: Any, base_mva: float, bus_at: Index, ends: Index, lines: Index, trafos: Index, branches: Array, first: int, ties: Index, tie_pu: Array,
    shunt_at: Index, room: Array, sheet: Array,
) -> None:  # fmt: skip
    """Read the Flow of a block to a sheet: a column for every number that a row has, in the order of the Flow's fields."""
    power, current, settled, shunts = room[0], room[2], room[3], room[6]
    at = 2 * len(bus_at)
    trafo_count, line_count = len(trafos) // 3, len(lines)
    read_buses(zero, bus_at, settled, sheet)
    lost = read_elements(zero, 1, at, at + line_count + trafo_count, lines, ends, branches, settled, sheet)
    lost = lost + read_elements(
        zero, 3, at + line_count, at + 2 * line_count + trafo_count, trafos, ends, branches, settled, sheet
    )  # fmt: skip
    p, q = read_slack(zero, first, ties, tie_pu, shunt_at, shunts, power, settled, current)
    at += 2 * (line_count + trafo_count)
    store(sheet, at, p * base_mva)
    store(sheet, at + 1, q * base_mva)
    store(sheet, at + 2, lost)


@compiled
def close(
    lanes: int, k: int, row: int, solved: bool, room: Array, widths: Index, sheet: Array, start: Array, lit: Flags, out: Array, energised: Flags
) -> None:
    """Write what was read in lane ``k``, and keep its voltages: those of a failure are zero, which is where nothing can start."""
    if not solved:
        for i in range(k, len(sheet), lanes):
            sheet[i] = 0.0
    spill(lanes, k, row, len(energised), widths, sheet, out)
    for i in range(len(start)):
        start[i] = room[3, i * lanes + k]
    for bus in range(len(lit)):
        energised[row, bus] = lit[bus] and solved


@compiled
def solve_block(
    zero: Any, used: int, chosen: Index, room: Array, sheet: Array, rungs: Array,
    p_mw: Array, q_mvar: Array, controls: Array, owners: Index, starts: Array,
    most: int, tolerance: float, base_mva: float,
    first: Index, coupled: Index, targets: Index, bus_at: Index, ends: Index, lines: Index, trafos: Index, widths: Index,
    scheduled: Array, sources: Array, dials: Index, turns: Array, shunt_at: Index,
    blocks: Array, factors: Array, pivots: Array, live: Array, branches: Array, ties: Index, tie_pu: Array, lit: Flags,
    out: Array, converged: Flags, energised: Flags, rung: Index,
) -> None:  # fmt: skip
    """Solve up to as many environments as ``zero`` has lanes."""
    count, power, shunts = len(first) - 1, room[0], room[6]
    gather_power(zero, used, chosen, bus_at, scheduled, live, 1.0 / base_mva, p_mw, q_mvar, power)
    turn_dials(zero, used, chosen, dials, turns, live, controls, sources, shunts, room[1])
    weigh(zero, count, shunt_at, live, power, shunts, room[5])
    climb(zero, used, most, tolerance, first, coupled, targets, blocks, factors, pivots, live, shunt_at, chosen, owners, starts, room, rungs)
    read_block(zero, base_mva, bus_at, ends, lines, trafos, branches, count, ties, tie_pu, shunt_at, room, sheet)
    for k in range(used):
        row, solved = chosen[k], rungs[k] != FAILED
        rung[row], converged[row] = rungs[k], solved
        close(width(zero), k, row, solved, room, widths, sheet, starts[owners[row]], lit, out, energised)


def stamp_of(folder: Path) -> int:
    """A number above 0 that changes with any module of a folder."""
    texts = [file.read_bytes() for file in sorted(folder.glob("*.py"))]
    return int.from_bytes(sha256(b"".join(texts)).digest()[:6], "big") + 1


def kernel_of(lanes: int, stamp: int) -> Callable[..., int]:
    """The kernel for blocks of so many environments.

    numba keeps compiled code by the file of the kernel alone: with the stamp as part of it, no change in a module that it calls is overlooked.
    """

    @kept
    def solve_rows(
        rows: Index, p_mw: Array, q_mvar: Array, controls: Array, owners: Index, starts: Array,
        most: int, tolerance: float, base_mva: float,
        first: Index, coupled: Index, targets: Index, bus_at: Index, ends: Index, lines: Index, trafos: Index, widths: Index,
        scheduled: Array, sources: Array, dials: Index, turns: Array, shunt_at: Index,
        blocks: Array, factors: Array, pivots: Array, live: Array, branches: Array, ties: Index, tie_pu: Array, lit: Flags,
        out: Array, converged: Flags, energised: Flags, rung: Index,
    ) -> int:  # fmt: skip
        """Solve ``rows``, which belong to the environments ``owners[rows]``, and write their Flow.

        Returns 0, and changes nothing, when an injection or control is not finite.
        """
        for row in rows:
            if not (all_finite(p_mw[row]) and all_finite(q_mvar[row]) and all_finite(controls[row])):
                return 0
        columns = widths.sum()
        room, sheet, rungs = room_for(lanes, len(live), len(shunt_at)), np.empty(lanes * columns), np.zeros(lanes)
        chosen = np.empty(lanes, dtype=np.intp)
        for at in range(0, len(rows), lanes):
            used = min(lanes, len(rows) - at)
            for k in range(used):
                chosen[k] = rows[at + k]
            solve_block(
                zeros(lanes), used, chosen, room, sheet, rungs, p_mw, q_mvar, controls, owners, starts, most, tolerance, base_mva,
                first, coupled, targets, bus_at, ends, lines, trafos, widths, scheduled, sources, dials, turns, shunt_at,
                blocks, factors, pivots, live, branches, ties, tie_pu, lit, out, converged, energised, rung,
            )  # fmt: skip
        return stamp

    return solve_rows


STAMP = stamp_of(Path(__file__).parent)
