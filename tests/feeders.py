"""Small neutral cases that tests share."""

from typing import Any

import attrs
import numpy as np

from pgcore.contracts.network import Branches, Case, Loads, Network, Topology

NOWHERE = np.zeros(0, dtype=np.intp)


def network(ends: list[tuple[int, int]], z_pu: complex = 0.02 + 0.04j, trafos: int = 0, **changes: Any) -> Network:
    """Buses of 20 kV on a base of 1 MVA, a slack of 1 pu at bus 0, and a branch of impedance ``z_pu`` between each pair of ``ends``.

    The last ``trafos`` branches are transformers, the others lines; every limit is 50 A. ``changes`` replace fields of the case.
    """
    from_bus, to_bus = (np.array(side, dtype=np.intp) for side in zip(*ends, strict=True))
    n_bus, n, n_line = int(max(from_bus.max(), to_bus.max())) + 1, len(ends), len(ends) - trafos
    case = Case(
        base_mva=1.0,
        bus_of=np.arange(n_bus),
        vn_kv=np.full(n_bus, 20.0),
        shunt_pu=np.zeros(n_bus, dtype=complex),
        p_mw=np.zeros(n_bus),
        q_mvar=np.zeros(n_bus),
        from_bus=from_bus,
        to_bus=to_bus,
        r_pu=np.full(n, z_pu.real),
        x_pu=np.full(n, z_pu.imag),
        g_pu=np.zeros(n),
        b_pu=np.zeros(n),
        ratio=np.ones(n, dtype=complex),
        y_from_pu=np.zeros(n, dtype=complex),
        y_to_pu=np.zeros(n, dtype=complex),
        slack_bus=np.array([0]),
        slack_vm_pu=np.ones(1),
        slack_va_deg=np.zeros(1),
        pv_bus=NOWHERE,
        pv_p_mw=np.zeros(0),
        pv_vm_pu=np.zeros(0),
        line_branch=np.arange(n_line),
        line_limit_ka=np.full(n_line, 0.05),
        trafo_branch=np.array([[k, -1, -1] for k in range(n_line, n)], dtype=np.intp).reshape(-1, 3),
        trafo_limit_ka=np.where(np.arange(3)[None, :, None] == 0, 0.05, np.inf) * np.ones((trafos, 3, 2)),
    )
    return Network(_topology(n_bus, from_bus, to_bus, n_line), attrs.evolve(case, **changes))


def _topology(n_bus: int, from_bus: Any, to_bus: Any, n_line: int) -> Topology:
    lines, trafos = (
        Branches(tuple(range(len(f))), ("",) * len(f), f, t, np.full(len(f), 0.05), np.ones(len(f), dtype=bool))
        for f, t in ((from_bus[:n_line], to_bus[:n_line]), (from_bus[n_line:], to_bus[n_line:]))
    )
    loads = Loads((), (), NOWHERE, np.zeros(0), np.zeros(0))
    taps = np.full((len(trafos), 2), np.nan)
    return Topology(tuple(range(n_bus)), ("",) * n_bus, np.full(n_bus, 20.0), np.zeros((n_bus, 2)), (0,), lines, trafos, loads, taps)


def row(buses: int) -> list[tuple[int, int]]:
    """Ends of the branches that put ``buses`` buses in a row."""
    return [(k, k + 1) for k in range(buses - 1)]
