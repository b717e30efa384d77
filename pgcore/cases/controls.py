"""Applies controls to a neutral case: taps, switched branches, shunts and voltage setpoints."""

import attrs
import numpy as np

from pgcore.cases.checks import named
from pgcore.columns import Array
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Case, Network, TapTable

TABULATED = ("r_pu", "x_pu", "b_pu", "g_pu", "ratio", "y_to_pu")
"""Entries of a branch that a tap position changes."""


def check_carried(network: Network, ports: tuple[Port, ...]) -> None:
    """Check that the case holds what every port changes.

    Raises:
        ValueError: the case lacks the branch or the tap table that a port needs; the message says what to use instead.
    """
    tables = {table.trafo for table in network.case.taps}
    for port in ports:
        branches, kind = network.topology.branches(port.element), "line" if port.element == "line" else "transformer"
        absent = port.control is Control.CLOSED and (_branches_of(network.case, port) < 0).all()
        if absent or (port.control is Control.TAP and port.target not in tables):
            raise ValueError(
                f"{named(branches, kind, port.target)} is not a branch of the network's case (its ends are de-energised or held open by a switch, "
                f"or it has three windings), so its {port.control} cannot be changed; use the backend 'pandapower'"
            )


def controlled(case: Case, ports: tuple[Port, ...], values: Array) -> Case:
    """The case with every port set to its value; ``values`` has shape ``(port,)``."""
    for port, value in zip(ports, values, strict=True):
        case = _set(case, port, float(value))
    return case


def _set(case: Case, port: Port, value: float) -> Case:
    if port.control is Control.TAP:
        return _tapped(case, next(table for table in case.taps if table.trafo == port.target), value)
    if port.control is Control.CLOSED:
        return _switched(case, port, closed=value > 0.5)
    if port.control is Control.SHUNT_MVAR:
        return _shunted(case, port, value)
    return _held(case, port, value)


def _tapped(case: Case, table: TapTable, value: float) -> Case:
    row = int(np.clip(round(value) - table.low, 0, len(table.r_pu) - 1))
    changed = {}
    for name in TABULATED:
        changed[name] = getattr(case, name).copy()
        changed[name][table.branch] = getattr(table, name)[row]
    return attrs.evolve(case, **changed)


def _branches_of(case: Case, port: Port) -> Array:
    return np.atleast_1d(case.line_branch[port.target] if port.element == "line" else case.trafo_branch[port.target])


def _switched(case: Case, port: Port, *, closed: bool) -> Case:
    flags, rows = case.closed.copy(), _branches_of(case, port)
    flags[rows[rows >= 0]] = closed
    return attrs.evolve(case, closed=flags)


def _shunted(case: Case, port: Port, q_mvar: float) -> Case:
    shunt_pu, bus = case.shunt_pu.copy(), case.bus_of[port.target]
    if bus >= 0:
        shunt_pu[bus] += 1j * q_mvar / case.base_mva
    return attrs.evolve(case, shunt_pu=shunt_pu)


def _held(case: Case, port: Port, vm_pu: float) -> Case:
    bus = case.bus_of[port.target]
    slack, pv = (np.where(at == bus, vm_pu, now) for at, now in ((case.slack_bus, case.slack_vm_pu), (case.pv_bus, case.pv_vm_pu)))
    return attrs.evolve(case, slack_vm_pu=slack, pv_vm_pu=pv)
