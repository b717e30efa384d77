"""The fixed point: voltages from currents, currents from voltages, until nothing moves.

Arrays of a block are flat: at ``2·i`` and ``2·i + 1`` stand the lanes of the real and imaginary part for position ``i`` of the elimination.
"""

from typing import Any

from pgcore.columns import Array, Index
from pgcore_fixedpoint.compiling import compiled
from pgcore_fixedpoint.lanes import choose, full, lane, load, store, width

TINY = 1e-300


@compiled
def draw_currents(zero: Any, count: int, power: Array, voltage: Array, current: Array) -> None:
    """Current into the grid at each bus: (S/V)*."""
    for i in range(count):
        vr, vi = load(voltage, 2 * i, zero), load(voltage, 2 * i + 1, zero)
        sr, si = load(power, 2 * i, zero), load(power, 2 * i + 1, zero)
        square = vr * vr + vi * vi
        share = 1.0 / choose(square, full(TINY, zero), square, full(TINY, zero))
        store(current, 2 * i, (sr * vr + si * vi) * share)
        store(current, 2 * i + 1, (sr * vi - si * vr) * share)


@compiled
def draw_shunts(zero: Any, shunt_at: Index, shunts: Array, voltage: Array, current: Array) -> None:
    """Less what controlled shunts draw, j·b·V; ``shunts`` are the lanes of b for each of the positions ``shunt_at``."""
    for m in range(len(shunt_at)):
        i, b = shunt_at[m], load(shunts, m, zero)
        store(current, 2 * i, load(current, 2 * i, zero) + b * load(voltage, 2 * i + 1, zero))
        store(current, 2 * i + 1, load(current, 2 * i + 1, zero) - b * load(voltage, 2 * i, zero))


@compiled
def eliminate(zero: Any, first: Index, coupled: Index, factors: Array, current: Array) -> None:
    """Forward substitution."""
    for i in range(len(first) - 1):
        ar, ai = load(current, 2 * i, zero), load(current, 2 * i + 1, zero)
        for e in range(first[i], first[i + 1]):
            j, fr, fi = coupled[e], factors[e, 0], factors[e, 1]
            store(current, 2 * j, load(current, 2 * j, zero) - (fr * ar - fi * ai))
            store(current, 2 * j + 1, load(current, 2 * j + 1, zero) - (fr * ai + fi * ar))


@compiled
def substitute(zero: Any, first: Index, coupled: Index, factors: Array, pivots: Array, voltage: Array, current: Array) -> None:
    """Backward substitution from the voltages of the sources: ``current`` becomes voltages."""
    count = len(first) - 1
    for i in range(2 * count, len(voltage) // width(zero)):
        store(current, i, load(voltage, i, zero))
    for i in range(count - 1, -1, -1):
        ar, ai = load(current, 2 * i, zero), load(current, 2 * i + 1, zero)
        pr, pi = pivots[i, 0], pivots[i, 1]
        xr, xi = pr * ar - pi * ai, pr * ai + pi * ar
        for e in range(first[i], first[i + 1]):
            j, fr, fi = coupled[e], factors[e, 2], factors[e, 3]
            br, bi = load(current, 2 * j, zero), load(current, 2 * j + 1, zero)
            xr, xi = xr - (fr * br - fi * bi), xi - (fr * bi + fi * br)
        store(current, 2 * i, xr)
        store(current, 2 * i + 1, xi)


@compiled
def advance(zero: Any, count: int, weights: Array, tolerance: float, voltage: Array, found: Array) -> Any:
    """Take the voltages found for those there were; positive in a lane where the power mismatch of all buses together exceeds the tolerance.

    At the new voltages V' the current (S/V)* flows, so the power there is S·V'/V and the mismatch |S|·|V' − V|/|V|, exactly. ``weights`` are |S|².
    Their Euclidean norm counts, with the lowest |V| for all, since thousands of small mismatches of one sign would add up at the source.
    """
    squares, lowest = zero, full(1.0, zero)
    for i in range(count):
        xr, xi = load(found, 2 * i, zero), load(found, 2 * i + 1, zero)
        vr, vi = load(voltage, 2 * i, zero), load(voltage, 2 * i + 1, zero)
        dr, di, weight = xr - vr, xi - vi, load(weights, i, zero)
        squares = squares + weight * (dr * dr + di * di)
        low = choose(weight, zero, vr * vr + vi * vi, full(1.0, zero))
        lowest = choose(lowest, low, low, lowest)
        store(voltage, 2 * i, xr)
        store(voltage, 2 * i + 1, xi)
    return squares - tolerance * tolerance * lowest


@compiled
def settle(k: int, lanes: int, voltage: Array, settled: Array) -> bool:
    """Copy one lane of the voltages; ``False`` when they are not finite."""
    doubt = 0.0
    for i in range(k, len(voltage), lanes):
        settled[i] = voltage[i]
        doubt += 0.0 * voltage[i]
    return doubt == 0.0


@compiled
def iterate(
    zero: Any, most: int, tolerance: float, first: Index, coupled: Index, factors: Array, pivots: Array, shunt_at: Index, shunts: Array,
    power: Array, weights: Array, voltage: Array, current: Array, settled: Array, waiting: Array,
) -> int:  # fmt: skip
    """Iterate until no lane is ``waiting``, or ``most`` times; returns how many still are.

    A lane is copied to ``settled`` after its own last iteration, so what the others still need does not matter to it.
    """
    left, count = 0, len(first) - 1
    for k in range(width(zero)):
        left += 1 if waiting[k] > 0.0 else 0
    for _ in range(most):
        if left == 0:
            break
        draw_currents(zero, count, power, voltage, current)
        draw_shunts(zero, shunt_at, shunts, voltage, current)
        eliminate(zero, first, coupled, factors, current)
        substitute(zero, first, coupled, factors, pivots, voltage, current)
        excess = advance(zero, count, weights, tolerance, voltage, current)
        for k in range(width(zero)):
            if waiting[k] > 0 and lane(excess, k) <= 0.0 and settle(k, width(zero), voltage, settled):
                waiting[k] = 0.0
                left -= 1
    return left
