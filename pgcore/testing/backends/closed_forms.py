"""Closed forms: the power flow of a source, an impedance and one bus, which needs no solver."""

import numpy as np


def end_of_line(source_pu: complex, z_pu: complex, s_pu: complex, y_pu: complex = 0.0) -> complex:
    """Voltage in pu at the end of an impedance behind a source, where ``s_pu`` is injected beside an admittance ``y_pu`` to ground.

    With Thévenin's source E behind Z, |V|⁴ − (2·Re(Z*·S) + |E|²)·|V|² + |Z|²·|S|² = 0, whose larger root is the one that is met in practice, and
    V = E + Z·(S/V)* (Kundur, Power System Stability and Control, 1994, section 14.2; there for loads).

    Raises:
        ValueError: there is no solution: the power lies beyond the nose of the curve.

    >>> abs(end_of_line(1.0, 0.02 + 0.04j, 0.0))
    1.0
    """
    behind, z = source_pu / (1.0 + z_pu * y_pu), z_pu / (1.0 + z_pu * y_pu)
    half = (z.conjugate() * s_pu).real + abs(behind) ** 2 / 2.0
    root = half**2 - abs(z) ** 2 * abs(s_pu) ** 2
    if root < 0.0:
        raise ValueError(f"no voltage carries {s_pu} pu through {z} pu")
    magnitude = np.sqrt(half + np.sqrt(root))
    turned = magnitude - z * complex(s_pu).conjugate() / magnitude  # the source as seen from the bus, whose own angle is zero here
    return complex(magnitude * np.exp(1j * (np.angle(behind) - np.angle(turned))))


def most_drawn_pu(source_pu: float, z_pu: complex) -> float:
    """The most active power that a load of unity power factor draws at the end: E²/(2·(R + |Z|)), where the root above vanishes."""
    return float(source_pu**2 / (2.0 * (z_pu.real + abs(z_pu))))
