"""Dials: the controls that need no new factors, by what they turn."""

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Index
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore_fixedpoint.feeder import Layout
from pgcore_fixedpoint.gathering import SHUNT

SOURCE = SHUNT + 1
FACTORED = (Control.TAP, Control.CLOSED)
"""Controls that change the admittance matrix."""


@frozen(eq=False)
class Dials:
    """Shunts and voltage setpoints of sources."""

    dials: Index
    """Kind, number and port of each, ``(n, 3)``."""
    turns: Array
    """What 1 Mvar or 1 pu is: susceptance (pu) and 0, or the source's phasor, ``(n, 2)``."""
    shunt_at: Index
    """Position of every shunt."""
    neutral: Array
    """Values that leave the network as it is, one for each port, ``(port,)``; 0 for those that are no dials."""


def dials_of(at: Layout, ports: tuple[Port, ...]) -> Dials:
    """The dials among the ports. A shunt at a dead bus turns nothing."""
    case, neutral = at.case, np.zeros(len(ports))
    found: list[tuple[int, int, int]] = []
    turns: list[tuple[float, float]] = []
    shunt_at: list[int] = []
    for number, port in enumerate(ports):
        bus = case.bus_of[port.target] if port.control not in FACTORED else -1
        if bus >= 0 and port.control is Control.SHUNT_MVAR:
            found.append((SHUNT, len(shunt_at), number))
            turns.append((1 / case.base_mva, 0.0))
            shunt_at.append(int(at.place[bus]))
        elif bus >= 0:
            source = int(np.flatnonzero(case.slack_bus == bus)[0])
            angle = np.deg2rad(case.slack_va_deg[source])
            found.append((SOURCE, source, number))
            turns.append((np.cos(angle), np.sin(angle)))
            neutral[number] = case.slack_vm_pu[source]
    return Dials(
        dials=np.array(found, dtype=np.intp).reshape(-1, 3),
        turns=np.array(turns, dtype=np.float64).reshape(-1, 2),
        shunt_at=np.array(shunt_at, dtype=np.intp),
        neutral=neutral,
    )
