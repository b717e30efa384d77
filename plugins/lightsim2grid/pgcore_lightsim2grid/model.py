"""Model: a neutral case as a lightsim2grid grid object, one island around one slack node."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.cases.admittances import TwoPorts
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Case, Complex

UNLIMITED = 1e9


@frozen(eq=False)
class Nodes:
    """How nodes of the grid object stand for case buses.

    lightsim2grid solves one island with one reference. So node 0 stands for all slack buses: a branch at a slack bus of voltage ``w`` becomes one
    at node 0 of voltage ``w₀`` with an ideal transformer of ``w₀ / w`` between them, which joins islands with sources of their own, too.
    Buses without a source are no nodes.
    """

    bus: Index
    """``(n node,)``: the case bus of each node; of node 0 the first slack bus."""
    node: Index
    """``(n bus,)``: the node of each case bus, −1 where there is no source."""
    lift: Complex
    """``(n bus,)``: the voltage of each slack bus over that of node 0; 1 at other buses."""
    slack_bus: Index
    slack_voltage: Complex

    def spread(self, at_nodes: Complex, n_bus: int) -> Complex:
        """Voltages ``(B, n node)`` at the case buses ``(B, n bus)``; 0 where there is no source."""
        voltage = np.zeros((len(at_nodes), n_bus), dtype=complex)
        voltage[:, self.bus] = at_nodes
        voltage[:, self.slack_bus] = self.slack_voltage
        return voltage


def nodes_of(case: Case, live: Flags) -> Nodes:
    """Number the nodes of a case; ``live`` are the buses that have a source."""
    others = np.setdiff1d(np.flatnonzero(live), case.slack_bus)
    bus = np.concatenate([case.slack_bus[:1], others]).astype(np.intp)
    node = np.full(len(live), -1, dtype=np.intp)
    node[bus] = np.arange(len(bus))
    node[case.slack_bus] = 0
    slack_voltage: Complex = np.asarray(case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg)))
    lift: Complex = np.ones(len(live), dtype=np.complex128)
    lift[case.slack_bus] = slack_voltage / slack_voltage[0]
    return Nodes(bus, node, lift, case.slack_bus, slack_voltage)


def grid_of(case: Case, y: TwoPorts, nodes: Nodes) -> Any:
    """The ``lightsim2grid`` grid object of a case, with a load at every node; powers are in pu of the case's base.

    Branches are ideal transformers with a series impedance. All else that a branch or bus has to ground is one shunt at its node, since grid
    objects take no charging that differs between the ends of a transformer.
    """
    from lightsim2grid.network import LSGrid

    grid, n = LSGrid(), len(nodes.bus)
    kept, series, ratio = _series(case, nodes)
    start, end = (nodes.node[side[kept]].astype(np.int32) for side in (case.from_bus, case.to_bus))
    grid.set_sn_mva(1.0)
    grid.set_init_vm_pu(1.0)
    grid.init_bus(n, 1, case.vn_kv[nodes.bus].astype(float), 0, len(kept))
    grid.init_powerlines(_none(), _none(), _none(complex), _none(np.int32), _none(np.int32))
    impedance, charging = 1 / series, np.zeros(len(kept), dtype=complex)
    grid.init_trafo(impedance.real, impedance.imag, charging, np.abs(ratio), np.rad2deg(np.angle(ratio)), [True] * len(kept), start, end, True)
    shunt = _to_ground(case, y, nodes, (start, end), (series / np.abs(ratio) ** 2, series))
    grid.init_shunt(shunt.real, -shunt.imag, np.arange(n, dtype=np.int32))
    grid.init_loads(np.zeros(n), np.zeros(n), np.arange(n, dtype=np.int32))
    _add_sources(grid, case, nodes)
    return grid


def _series(case: Case, nodes: Nodes) -> tuple[Index, Complex, Complex]:
    """Branches between different nodes: their rows, series admittances and ratios."""
    start, end = nodes.node[case.from_bus], nodes.node[case.to_bus]
    kept = np.flatnonzero(case.closed & (start >= 0) & (end >= 0) & (start != end))
    lift_from, lift_to = nodes.lift[case.from_bus[kept]], nodes.lift[case.to_bus[kept]]
    series: Complex = np.asarray(np.abs(lift_to) ** 2 / (case.r_pu[kept] + 1j * case.x_pu[kept]))
    return kept, series, case.ratio[kept] * lift_to / lift_from


def _to_ground(case: Case, y: TwoPorts, nodes: Nodes, ends: tuple[Any, Any], series: tuple[Complex, Complex]) -> Complex:
    """What is left of the diagonal of the bus admittance matrix without the series elements, pu at each node; 0 at the slack."""
    diagonal = case.shunt_pu.astype(complex)
    np.add.at(diagonal, case.from_bus, y.ff)
    np.add.at(diagonal, case.to_bus, y.tt)
    left = diagonal[nodes.bus]
    for at, own in zip(ends, series, strict=True):
        np.subtract.at(left, at, own)
    left[0] = 0
    return left


def _add_sources(grid: Any, case: Case, nodes: Nodes) -> None:
    """The slack and the generators that hold a voltage; their active power is in the loads."""
    held = nodes.node[case.pv_bus] > 0
    at = np.concatenate([[0], nodes.node[case.pv_bus[held]]]).astype(np.int32)
    vm_pu: Array = np.concatenate([case.slack_vm_pu[:1], case.pv_vm_pu[held]])
    limit = np.full(len(at), UNLIMITED)
    grid.init_generators(np.zeros(len(at)), vm_pu, -limit, limit, at)
    grid.init_sgens(*(_none() for _ in range(6)), _none(np.int32))
    grid.init_storages(_none(), _none(), _none(np.int32))
    grid.add_gen_slackbus(0, 1.0)
    grid.deactivate_result_computation()


def _none(kind: Any = float) -> Any:
    return np.zeros(0, dtype=kind)
