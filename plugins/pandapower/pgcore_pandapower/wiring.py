"""Binds a copy of a pandapower net to injections at every bus and to controls."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore_pandapower.conversion import prepared
from pgcore_pandapower.zip_loads import ConstantCurrent, without_voltage_dependence


@frozen
class Cells:
    """The cells of the net's tables that one port sets: rows by position, and one column."""

    rows: tuple[tuple[str, int], ...]
    column: str
    sign: float = 1.0
    low: float = -np.inf
    high: float = np.inf


class Wiring:
    """A private net with one static generator per bus for the devices, and a way to set each port.

    Columns are replaced as a whole: that is quick and, unlike writing through a view, right under every copy mode of pandas.
    """

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        from pandapower import create_sgens

        self.net = prepared(network.data["pandapower"])
        self.current: ConstantCurrent = without_voltage_dependence(self.net)
        first = len(self.net.sgen)
        create_sgens(self.net, self.net.bus.index, p_mw=0.0, q_mvar=0.0)
        self._own = slice(first, None)
        self._p_mw, self._q_mvar = (self.net.sgen[name].to_numpy(dtype=float, copy=True) for name in ("p_mw", "q_mvar"))
        self._network = network
        self._cells = tuple(self._cells_of(port) for port in ports)
        self._resets = self._originals()

    def inject(self, p_mw: Array, q_mvar: Array) -> None:
        """Put power into the grid at every bus; both arrays are ``(bus,)``."""
        self._p_mw[self._own], self._q_mvar[self._own] = p_mw, q_mvar
        self.net.sgen["p_mw"], self.net.sgen["q_mvar"] = self._p_mw.copy(), self._q_mvar.copy()

    def control(self, values: Array | None) -> None:
        """Set every port; ``None`` puts the network back as it was."""
        for table, column, original in self._resets:
            self.net[table][column] = original.copy()
        if values is not None:
            for cells, value in zip(self._cells, values, strict=True):
                self._write(cells, float(value))

    def _originals(self) -> tuple[tuple[str, str, Any], ...]:
        touched = sorted({(table, cells.column) for cells in self._cells for table, _ in cells.rows})
        return tuple((table, column, self.net[table][column].copy()) for table, column in touched)

    def _cells_of(self, port: Port) -> Cells:
        if port.control is Control.SHUNT_MVAR:
            return Cells((("shunt", self._new_shunt(port.target)),), "q_mvar", sign=-1.0)
        if port.control is Control.VM_PU:
            return Cells(self._voltage_sources(port.target), "vm_pu")
        if port.control is Control.CLOSED:
            return Cells((self._branch(port),), "in_service")
        low, high = self._network.topology.tap_range[port.target]
        return Cells((self._branch(port),), "tap_pos", low=float(low), high=float(high))

    def _branch(self, port: Port) -> tuple[str, int]:
        two = len(self.net.trafo)
        if port.element == "line":
            return "line", port.target
        return ("trafo", port.target) if port.target < two else ("trafo3w", port.target - two)

    def _new_shunt(self, bus: int) -> int:
        from pandapower import create_shunt

        create_shunt(self.net, self.net.bus.index[bus], q_mvar=0.0, p_mw=0.0)
        return len(self.net.shunt) - 1

    def _voltage_sources(self, bus: int) -> tuple[tuple[str, int], ...]:
        """All that holds the voltage of the bus, or of one that a closed switch makes the same."""
        held = self._network.case.bus_of
        same = self.net.bus.index[held == held[bus]]
        return tuple((table, int(k)) for table in ("gen", "ext_grid") for k in np.flatnonzero(self.net[table].bus.isin(same)))

    def _write(self, cells: Cells, value: float) -> None:
        for table, row in cells.rows:
            values = self.net[table][cells.column].to_numpy(copy=True)
            if cells.column == "in_service":
                values[row] = value > 0.5
            else:
                values = values.astype(float)
                values[row] = cells.sign * np.clip(round(value) if cells.column == "tap_pos" else value, cells.low, cells.high)
            self.net[table][cells.column] = values
