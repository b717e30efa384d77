"""Angles of complex numbers, in lanes."""

from typing import Any

import numpy as np

from pgcore_fixedpoint.compiling import compiled
from pgcore_fixedpoint.lanes import choose, full

HALF_TURN, TINY = 180.0, 1e-300
PER_RADIAN = 180.0 / np.pi
KNEE = 0.66
"""Above it the arc tangent is taken of (t − 1)/(t + 1), and 45° added."""


@compiled
def angle_deg(zero: Any, real: Any, imaginary: Any) -> Any:
    """Angle in degrees, −180 to 180; 0 for zero. Rational approximation of Moshier's Cephes library (``atan.c``), to about 2e-16 of a radian."""
    x, y = choose(real, zero, real, zero - real), choose(imaginary, zero, imaginary, zero - imaginary)
    short, long = choose(x, y, y, x), choose(x, y, x, y)
    steep = short - KNEE * long
    over, under = choose(steep, zero, short - long, short), choose(steep, zero, short + long, long)
    t = over / choose(under, full(TINY, zero), under, full(TINY, zero))
    z = t * t
    above = (((-8.750608600031904122785e-1 * z - 1.615753718733365076637e1) * z - 7.500855792314704667340e1) * z - 1.228866684490136173410e2) * z
    below = ((((z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2) * z + 4.328810604912902668951e2) * z + 4.853903996359136964868e2) * z
    arc = t + t * z * (above - 6.485021904942025371773e1) / (below + 1.945506571482613964425e2)
    degrees = arc * PER_RADIAN + choose(steep, zero, full(HALF_TURN / 4, zero), zero)
    degrees = choose(y, x, HALF_TURN / 2 - degrees, degrees)
    degrees = choose(zero, real, HALF_TURN - degrees, degrees)
    return choose(zero, imaginary, zero - degrees, degrees)
