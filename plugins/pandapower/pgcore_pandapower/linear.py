"""LinearBackend: voltages to first order around the solved base point of a network."""

from typing import Any, ClassVar

import numpy as np
from attrs import frozen

from pgcore.cases.admittances import two_ports
from pgcore.cases.checks import check_injections, check_ports
from pgcore.cases.controls import check_carried, controlled
from pgcore.cases.injections import Injections, scheduled_pu
from pgcore.cases.readout import Readout, joined, without_solution
from pgcore.cases.settings import Settings
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Complex, Network
from pgcore_pandapower.newton import bus_matrix, jacobian, newton

REMEMBERED = 64
"""How many settings of the controls a solver keeps expanded."""


@frozen
class LinearBackend(Backend):
    """First-order expansion of the AC power flow around the network's own operating point.

    The method is one step of Newton's with the Jacobian of the base point (Tinney & Hart 1967; the tangent of Bolognani & Dörfler 2015, taken
    at the loaded state): the network is solved once as it is, without devices, and voltage angles and magnitudes then follow the injections
    linearly. Loadings and losses are computed exactly from those voltages, and the slack balances the power. Each setting of the controls has
    an expansion of its own, so taps, switches, shunts and setpoints cost no accuracy.
    """

    type: ClassVar[str] = "linear"
    exact: ClassVar[bool] = False
    controls: ClassVar[frozenset[Control]] = frozenset({Control.TAP, Control.CLOSED, Control.SHUNT_MVAR, Control.VM_PU})

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "LinearSolver":
        check_ports(network, ports)
        check_carried(network, ports)
        return LinearSolver(network, ports)


@frozen(eq=False)
class Expansion:
    """The base point of one setting of the controls, and the factored Jacobian there."""

    readout: Readout
    injections: Injections
    scheduled: Complex
    """What the network itself injects at each case bus, pu."""
    voltage: Complex
    factors: Any
    """``None`` when no bus can move."""
    both: Index
    pq: Index

    def flow(self, p_mw: Array, q_mvar: Array) -> Flow:
        """The Flow of all rows; one that the expansion takes to a negative voltage has no solution."""
        power = self.injections.at_case_buses(p_mw, q_mvar)
        voltage = np.array([self._at(row) for row in power - self.scheduled])
        converged = np.isfinite(voltage).all(axis=1)
        return self.readout.read(voltage, power, converged, np.where(converged, 0, 1).astype(np.uint8))

    def _at(self, extra: Complex) -> Complex:
        """Voltages for injections ``extra`` (pu at each case bus); NaN where the line through the base point crosses zero."""
        if self.factors is None:
            return self.voltage
        step = self.factors.solve(np.concatenate([extra[self.both].real, extra[self.pq].imag]))
        angle, magnitude = np.angle(self.voltage), np.abs(self.voltage)
        angle[self.both] += step[: len(self.both)]
        magnitude[self.pq] += step[len(self.both) :]
        magnitude[magnitude < 0] = np.nan
        return np.asarray(magnitude * np.exp(1j * angle))


class LinearSolver(Solver):
    """A network expanded to first order; remembers the expansions of the settings of the controls that it met last."""

    rungs: ClassVar[tuple[str, ...]] = ("linear", "failed")

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        self._network, self._ports = network, ports
        self._settings: Settings[Expansion | None] = Settings(self._expanded, REMEMBERED)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        parts = []
        for alike, base in self._settings.grouped(controls, len(p_mw)):
            chosen = slice(None) if alike is None else alike
            parts.append((alike, self._part(base, p_mw[chosen], q_mvar[chosen])))
        return joined(parts, len(p_mw))

    def forget(self, row: int | None = None) -> None:
        """Nothing to do: a solve depends on its own arguments only."""

    def _part(self, base: Expansion | None, p_mw: Array, q_mvar: Array) -> Flow:
        if base is None:
            return without_solution(self._network.topology, len(p_mw), rung=1)
        return base.flow(p_mw, q_mvar)

    def _expanded(self, controls: Array | None) -> Expansion | None:
        from scipy.sparse.linalg import splu

        case = self._network.case if controls is None else controlled(self._network.case, self._ports, controls)
        base = newton(case)
        if not base.converged:
            return None
        pv = case.pv_bus[base.live[case.pv_bus]]
        held = np.concatenate([case.slack_bus, pv])
        pq = np.setdiff1d(np.flatnonzero(base.live), held)
        both = np.concatenate([pv, pq])
        factors = splu(jacobian(bus_matrix(case), base.voltage, pv, pq)) if len(both) else None
        return Expansion(Readout(case, two_ports(case), base.live), Injections(case), scheduled_pu(case), base.voltage, factors, both, pq)
