"""Factorises an admittance matrix along an elimination."""

import numpy as np

from pgcore.columns import Index
from pgcore.contracts.network import Complex
from pgcore_fixedpoint.compiling import kept


@kept
def factorise(first: Index, coupled: Index, targets: Index, blocks: Complex) -> tuple[tuple[Complex, Complex], Complex]:
    """Gaussian elimination without pivoting; ``blocks`` is used up.

    Returns the factors below and above the diagonal (``(n coupling,)`` each) and one over the diagonal, ``(n eliminated,)``.
    """
    count, size = len(first) - 1, len(coupled)
    lower, pivots = np.zeros(size, dtype=np.complex128), np.zeros(count, dtype=np.complex128)
    upper = np.zeros(size, dtype=np.complex128)
    t = 0
    for k in range(count):
        pivots[k] = 1 / blocks[2 * size + k]
        for e in range(first[k], first[k + 1]):
            lower[e] = blocks[size + e] * pivots[k]
            upper[e] = blocks[e] * pivots[k]
            for f in range(first[k], first[k + 1]):
                if targets[t] >= 0:
                    blocks[targets[t]] -= lower[e] * blocks[f]
                t += 1
    return (lower, upper), pivots
