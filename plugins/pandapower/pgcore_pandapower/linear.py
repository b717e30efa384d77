"""LinearBackend: voltages to first order around the solved base point of a network."""

from collections import OrderedDict
from typing import Any, ClassVar

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Complex, Network
from pgcore_pandapower.checks import check_injections, check_ports
from pgcore_pandapower.controls import check_carried, controlled
from pgcore_pandapower.flows import Gauge, failed, gathered, injected_pu, stacked
from pgcore_pandapower.newton import admittances, jacobian, newton

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

    gauge: Gauge
    voltage: Complex
    factors: Any
    """``None`` when no bus can move."""
    both: Index
    pq: Index

    def at(self, extra: Complex) -> Complex:
        """Voltages for injections ``extra`` (MW + j Mvar at each case bus); NaN where the line through the base point crosses zero."""
        power = extra / self.gauge.case.base_mva
        if self.factors is None:
            return self.voltage
        step = self.factors.solve(np.concatenate([power[self.both].real, power[self.pq].imag]))
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
        self._expansions: OrderedDict[bytes, Expansion | None] = OrderedDict()
        self._failed = failed(len(network.topology), len(network.topology.lines), len(network.topology.trafos))

    def __getstate__(self) -> dict[str, Any]:
        """Without the expansions, which cannot be pickled: they are made again, to the same bits."""
        return {**self.__dict__, "_expansions": OrderedDict()}

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None) -> Flow:
        check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        rows = [self._row(p_mw[b], q_mvar[b], None if controls is None else controls[b]) for b in range(len(p_mw))]
        return stacked(rows, [0 if row["converged"] else 1 for row in rows])

    def forget(self, row: int | None = None) -> None:
        """Nothing to do: a solve depends on its own arguments only."""

    def _row(self, p_mw: Array, q_mvar: Array, controls: Array | None) -> dict[str, Any]:
        base = self._expansion(controls)
        if base is None:
            return self._failed
        extra = gathered(base.gauge.case, p_mw, q_mvar)
        voltage = base.at(extra)
        if not np.isfinite(voltage).all():
            return self._failed
        return base.gauge.read(voltage, injected_pu(base.gauge.case, extra))

    def _expansion(self, controls: Array | None) -> Expansion | None:
        key = b"" if controls is None else np.ascontiguousarray(controls, dtype=float).tobytes()
        if key not in self._expansions:
            self._expansions[key] = self._expanded(controls)
            if len(self._expansions) > REMEMBERED:
                self._expansions.popitem(last=False)
        self._expansions.move_to_end(key)
        return self._expansions[key]

    def _expanded(self, controls: Array | None) -> Expansion | None:
        from scipy.sparse.linalg import splu

        case = self._network.case if controls is None else controlled(self._network.case, self._ports, controls)
        base = newton(case)
        if not base.converged:
            return None
        pv = case.pv_bus[base.live[case.pv_bus]]
        held = np.concatenate([case.slack_bus, pv])
        pq = np.setdiff1d(np.flatnonzero(base.live), held)
        y, both = admittances(case), np.concatenate([pv, pq])
        factors = splu(jacobian(y.bus, base.voltage, pv, pq)) if len(both) else None
        return Expansion(Gauge(case, y, base.live), base.voltage, factors, both, pq)
