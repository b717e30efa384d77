"""Setting: a case compiled for one setting of the controls."""

import numpy as np

from pgcore.cases.admittances import live_buses, two_ports
from pgcore.cases.injections import Injections
from pgcore.cases.readout import Readout
from pgcore.columns import Array, Flags
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case, Complex
from pgcore_lightsim2grid.model import grid_of, nodes_of
from pgcore_lightsim2grid.start import unloaded
from pgcore_lightsim2grid.sweep import DAMPED, QUICK, Effort, Method, Sweep

RUNGS = ("flat", "damped", "failed")


class Setting:
    """Solves one case, all rows of a batch in one call or one after the other; both give the same bits."""

    def __init__(self, case: Case, effort: Effort) -> None:
        y, live = two_ports(case), live_buses(case)
        self._effort, self._n_bus = effort, len(live)
        self._nodes = nodes_of(case, live)
        self._grid = grid_of(case, y, self._nodes)
        self._start = unloaded(case, live)[self._nodes.bus]
        self._injections, self._readout = Injections(case), Readout(case, y, live)
        self._sweeps: dict[tuple[int, Method], Sweep] = {}

    def solved(self, p_mw: Array, q_mvar: Array) -> Flow:
        """The Flow of all rows at once, for injections ``(B, topology bus)``."""
        return self._flow(p_mw, q_mvar, len(p_mw))

    def solved_singly(self, p_mw: Array, q_mvar: Array) -> Flow:
        """The same row by row, for numbers of rows that change from call to call: a sweep is made for one number of them."""
        return self._flow(p_mw, q_mvar, 1)

    def _flow(self, p_mw: Array, q_mvar: Array, at_once: int) -> Flow:
        power = self._injections.at_case_buses(p_mw, q_mvar)
        at_nodes = power.take(self._nodes.bus, axis=1)
        voltage, converged = self._swept(at_nodes, at_once, QUICK)
        rung = np.zeros(len(power), dtype=np.uint8)
        if not converged.all():
            again = np.flatnonzero(~converged)
            voltage[again], converged[again] = self._swept(at_nodes[again], 1, DAMPED)
            rung[again] = np.where(converged[again], 1, 2)
        return self._readout.read(self._nodes.spread(voltage, self._n_bus), power, converged, rung)

    def _swept(self, at_nodes: Complex, at_once: int, method: Method) -> tuple[Complex, Flags]:
        sweep = self._sweep(at_once, method)
        if len(at_nodes) == at_once:
            return sweep.solve(at_nodes)
        parts = [sweep.solve(at_nodes[first : first + at_once]) for first in range(0, len(at_nodes), at_once)]
        return np.concatenate([voltage for voltage, _ in parts]), np.concatenate([converged for _, converged in parts])

    def _sweep(self, rows: int, method: Method) -> Sweep:
        if (rows, method) not in self._sweeps:
            self._sweeps[rows, method] = Sweep(self._grid, self._start, rows, method, self._effort)
        return self._sweeps[rows, method]
