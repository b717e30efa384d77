"""Newton's method on the currents of one environment, where the fixed point does not come to rest."""

import numpy as np

from pgcore.columns import Array, Index
from pgcore_fixedpoint.compiling import compiled

STEPS = 30


@compiled
def _set_blocks(admittances: Array, blocks: Array) -> None:
    """Every complex number g + jb as the real 2 × 2 block [[g, −b], [b, g]]."""
    for m in range(len(blocks)):
        g, b = admittances[m, 0], admittances[m, 1]
        blocks[m, 0], blocks[m, 1], blocks[m, 2], blocks[m, 3] = g, -b, b, g


@compiled
def _set_currents(
    lanes: int, k: int, first: Index, coupled: Index, admittances: Array, shunt_at: Index, shunts: Array, power: Array, voltage: Array,
    off: Array, blocks: Array,
) -> float:  # fmt: skip
    """Currents that are missing, (S/V)* − Y·V, and their derivative on the diagonal; returns the largest power mismatch, pu."""
    count, size = len(first) - 1, len(coupled)
    for i in range(len(off)):
        off[i] = 0.0
    for i in range(len(off) // 2):
        vr, vi = voltage[2 * i], voltage[2 * i + 1]
        gr, gi = admittances[2 * size + i, 0], admittances[2 * size + i, 1]
        off[2 * i] -= gr * vr - gi * vi
        off[2 * i + 1] -= gr * vi + gi * vr
        if i < count:
            for e in range(first[i], first[i + 1]):
                j = coupled[e]
                off[2 * i] -= admittances[e, 0] * voltage[2 * j] - admittances[e, 1] * voltage[2 * j + 1]
                off[2 * i + 1] -= admittances[e, 0] * voltage[2 * j + 1] + admittances[e, 1] * voltage[2 * j]
                off[2 * j] -= admittances[size + e, 0] * vr - admittances[size + e, 1] * vi
                off[2 * j + 1] -= admittances[size + e, 0] * vi + admittances[size + e, 1] * vr
    for m in range(len(shunt_at)):
        i, b = shunt_at[m], shunts[m * lanes + k]
        off[2 * i] += b * voltage[2 * i + 1]
        off[2 * i + 1] -= b * voltage[2 * i]
        blocks[2 * size + i, 1] -= b
        blocks[2 * size + i, 2] += b
    return _add_loads(lanes, k, count, size, power, voltage, off, blocks)


@compiled
def _add_loads(lanes: int, k: int, count: int, size: int, power: Array, voltage: Array, off: Array, blocks: Array) -> float:
    worst = 0.0
    for i in range(count):
        vr, vi = voltage[2 * i], voltage[2 * i + 1]
        sr, si = power[2 * i * lanes + k], power[(2 * i + 1) * lanes + k]
        square = vr * vr + vi * vi
        if square > 0.0:
            cr, ci = (sr * vr + si * vi) / square, (sr * vi - si * vr) / square
            off[2 * i] += cr
            off[2 * i + 1] += ci
            dr, di = (cr * vr - ci * vi) / square, (cr * vi + ci * vr) / square
            blocks[2 * size + i, 0] += dr
            blocks[2 * size + i, 1] += di
            blocks[2 * size + i, 2] += di
            blocks[2 * size + i, 3] -= dr
            mismatch = (off[2 * i] ** 2 + off[2 * i + 1] ** 2) * square
            worst = mismatch if mismatch > worst or mismatch != mismatch else worst  # once NaN, always NaN
    return float(np.sqrt(worst))


@compiled
def _less(blocks: Array, target: int, one: int, other: int) -> None:
    """``blocks[target] −= blocks[one] · blocks[other]``."""
    for i in range(0, 4, 2):
        a, b = blocks[one, i], blocks[one, i + 1]
        blocks[target, i] -= a * blocks[other, 0] + b * blocks[other, 2]
        blocks[target, i + 1] -= a * blocks[other, 1] + b * blocks[other, 3]


@compiled
def _apply(blocks: Array, m: int, off: Array, i: int) -> tuple[float, float]:
    one, other = off[2 * i], off[2 * i + 1]
    return blocks[m, 0] * one + blocks[m, 1] * other, blocks[m, 2] * one + blocks[m, 3] * other


@compiled
def _invert(blocks: Array, m: int) -> None:
    b0, b1, b2, b3 = blocks[m, 0], blocks[m, 1], blocks[m, 2], blocks[m, 3]
    scale = 1.0 / (b0 * b3 - b1 * b2)
    blocks[m, 0], blocks[m, 1], blocks[m, 2], blocks[m, 3] = b3 * scale, -b1 * scale, -b2 * scale, b0 * scale


@compiled
def _eliminate(first: Index, coupled: Index, targets: Index, blocks: Array, off: Array) -> None:
    """Gaussian elimination by blocks: those above the diagonal become factors, ``off`` the right-hand side of the back substitution."""
    size, t = len(coupled), 0
    for k in range(len(first) - 1):
        _invert(blocks, 2 * size + k)
        off[2 * k], off[2 * k + 1] = _apply(blocks, 2 * size + k, off, k)
        p0, p1, p2, p3 = blocks[2 * size + k, 0], blocks[2 * size + k, 1], blocks[2 * size + k, 2], blocks[2 * size + k, 3]
        for e in range(first[k], first[k + 1]):
            b0, b1, b2, b3 = blocks[e, 0], blocks[e, 1], blocks[e, 2], blocks[e, 3]
            blocks[e, 0], blocks[e, 1], blocks[e, 2], blocks[e, 3] = p0 * b0 + p1 * b2, p0 * b1 + p1 * b3, p2 * b0 + p3 * b2, p2 * b1 + p3 * b3
        for e in range(first[k], first[k + 1]):
            dr, di = _apply(blocks, size + e, off, k)
            off[2 * coupled[e]] -= dr
            off[2 * coupled[e] + 1] -= di
            for f in range(first[k], first[k + 1]):
                if targets[t] >= 0:
                    _less(blocks, targets[t], size + e, f)
                t += 1


@compiled
def _step(first: Index, coupled: Index, blocks: Array, off: Array, voltage: Array) -> None:
    """Back substitution, and the step that it gives; sources stay."""
    count = len(first) - 1
    for i in range(2 * count, len(off)):
        off[i] = 0.0
    for i in range(count - 1, -1, -1):
        for e in range(first[i], first[i + 1]):
            dr, di = _apply(blocks, e, off, coupled[e])
            off[2 * i] -= dr
            off[2 * i + 1] -= di
        voltage[2 * i] += off[2 * i]
        voltage[2 * i + 1] += off[2 * i + 1]


@compiled
def newton(
    lanes: int, k: int, tolerance: float, first: Index, coupled: Index, targets: Index, admittances: Array, shunt_at: Index, shunts: Array,
    power: Array, voltage: Array,
) -> bool:  # fmt: skip
    """Solve lane ``k`` of a block by Newton's method on the current balance (da Costa, Martins & Pereira 1999).

    Args:
        lanes, k: how many lanes ``power`` and ``shunts`` have, and which one to take.
        tolerance: largest power mismatch at any bus, pu.
        voltage: where it starts and where it ends, ``(2 · n,)``.
    """
    blocks, off = np.empty((len(admittances), 4)), np.zeros(len(voltage))
    for _ in range(STEPS):
        _set_blocks(admittances, blocks)
        worst = _set_currents(lanes, k, first, coupled, admittances, shunt_at, shunts, power, voltage, off, blocks)
        if not np.isfinite(worst) or worst <= tolerance:
            return bool(worst <= tolerance)
        _eliminate(first, coupled, targets, blocks, off)
        _step(first, coupled, blocks, off, voltage)
    return False
