"""ReferenceBackend: a small exact power flow without libraries, for networks under examination and for environments that a kit runs."""

from typing import ClassVar

import attrs
import numpy as np
from attrs import frozen

from pgcore.cases.admittances import TwoPorts, bus_entries, live_buses, two_ports
from pgcore.cases.checks import check_injections, check_ports
from pgcore.cases.controls import check_carried, controlled
from pgcore.cases.injections import Injections
from pgcore.cases.readout import Readout
from pgcore.cases.settings import Settings
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Case, Complex, Network

TOLERANCE_PU = 1e-11
MOST_ITERATIONS = 20
LOST_PU = 100.0
"""A voltage from which no iteration comes back."""
LARGEST = 1500
"""Buses beyond which its full matrices are too slow."""


@frozen
class ReferenceBackend(Backend):
    """Newton's method with full matrices, one environment after the other, each from the voltages of the network without load."""

    type: ClassVar[str] = "reference"
    controls: ClassVar[frozenset[Control]] = frozenset(Control)

    def refuses(self, network: Network) -> str | None:
        buses = len(network.case.vn_kv)
        return None if buses <= LARGEST else f"it has {buses} buses, more than the {LARGEST} that full matrices are quick enough for"

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "ReferenceSolver":
        refusal = self.refuses(network)
        if refusal is not None:
            raise ValueError(refusal)
        check_ports(network, ports)
        check_carried(network, ports)
        return ReferenceSolver(network, ports)


@frozen(eq=False)
class Setting:
    """What follows from one setting of the controls, whatever is injected."""

    case: Case
    matrix: Complex
    live: Flags
    start: Complex
    """Voltages without injections, pu."""
    injections: Injections
    readout: Readout

    @classmethod
    def of(cls, case: Case) -> "Setting":
        """A case with its controls set."""
        y, live = two_ports(case), live_buses(case)
        matrix = bus_matrix(case, y)
        return cls(case, matrix, live, _unloaded(case, matrix, live), Injections(case), Readout(case, y, live))


class ReferenceSolver(Solver):
    """A network that is solved from nothing but its arguments each time."""

    rungs: ClassVar[tuple[str, ...]] = ("newton", "failed")

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        self.network, self.ports = network, ports
        self._settings: Settings[Setting] = Settings(self._set, remembered=16)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        check_injections(self.network.topology, self.ports, p_mw, q_mvar, controls)
        flows = [self._row(p_mw[[b]], q_mvar[[b]], None if controls is None else controls[b]) for b in range(len(p_mw))]
        return Flow(**{field.name: np.concatenate([getattr(flow, field.name) for flow in flows]) for field in attrs.fields(Flow)})

    def forget(self, row: int | None = None) -> None:
        """Nothing to do: nothing is remembered that changes a number."""

    def _set(self, values: Array | None) -> Setting:
        return Setting.of(self.network.case if values is None else controlled(self.network.case, self.ports, values))

    def _row(self, p_mw: Array, q_mvar: Array, controls: Array | None) -> Flow:
        at = self._settings.of(controls)
        power = at.injections.at_case_buses(p_mw, q_mvar)
        voltage = newton(at, power[0])
        good = voltage is not None
        return at.readout.read((at.start if voltage is None else voltage)[None], power, np.array([good]), np.array([not good], dtype=np.uint8))


def newton(at: Setting, power: Complex) -> Complex | None:
    """Voltages of all case buses in pu, 0 without a source; ``None`` where the iteration does not come to rest (Tinney and Hart 1967).

    ``power`` is what is injected at each case bus, pu.
    """
    pv = np.intersect1d(at.case.pv_bus, np.flatnonzero(at.live))
    pq = np.setdiff1d(np.flatnonzero(at.live), np.concatenate([at.case.slack_bus, pv]))
    voltage, most = at.start, TOLERANCE_PU * max(1.0, np.abs(power).max(initial=0.0))
    with np.errstate(all="ignore"):
        for _ in range(MOST_ITERATIONS):
            off = voltage * np.conj(at.matrix @ voltage) - power
            miss = np.concatenate([off[pv].real, off[pq].real, off[pq].imag])
            if not np.isfinite(miss).all() or np.abs(voltage).max(initial=0.0) > LOST_PU:
                return None
            if np.abs(miss).max(initial=0.0) < most:
                return voltage
            try:
                voltage = _stepped(at.matrix, voltage, miss, pv, pq)
            except np.linalg.LinAlgError:
                return None
    return None


def bus_matrix(case: Case, y: TwoPorts) -> Complex:
    """The bus admittance matrix in full, pu."""
    rows, columns, values = bus_entries(case, y)
    matrix = np.zeros((len(case.vn_kv),) * 2, dtype=np.complex128)
    np.add.at(matrix, (rows, columns), values)
    return matrix


def _stepped(matrix: Complex, voltage: Complex, miss: Array, pv: Index, pq: Index) -> Complex:
    both, unit, current = np.concatenate([pv, pq]), voltage / np.where(voltage == 0, 1, np.abs(voltage)), matrix @ voltage
    by_angle = 1j * voltage[:, None] * np.conj(np.diag(current) - matrix * voltage)
    by_magnitude = voltage[:, None] * np.conj(matrix * unit) + np.diag(np.conj(current) * unit)
    rows = [[part[np.ix_(both, columns)].real for part, columns in ((by_angle, both), (by_magnitude, pq))]]
    rows += [[part[np.ix_(pq, columns)].imag for part, columns in ((by_angle, both), (by_magnitude, pq))]]
    step = np.linalg.solve(np.block(rows), -miss)
    angle, magnitude = np.angle(voltage), np.abs(voltage)
    angle[both] += step[: len(both)]
    magnitude[pq] += step[len(both) :]
    return np.asarray(magnitude * np.exp(1j * angle))


def _unloaded(case: Case, matrix: Complex, live: Flags) -> Complex:
    """Voltages without injections, which carry every ratio and phase shift; generators at the magnitude that they hold."""
    voltage = np.zeros(len(live), dtype=np.complex128)
    voltage[case.slack_bus] = case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg))
    free = np.setdiff1d(np.flatnonzero(live), case.slack_bus)
    if len(free):
        voltage[free] = np.linalg.solve(matrix[np.ix_(free, free)], -matrix[np.ix_(free, case.slack_bus)] @ voltage[case.slack_bus])
    held = live[case.pv_bus]
    voltage[case.pv_bus[held]] *= case.pv_vm_pu[held] / np.abs(voltage[case.pv_bus[held]])
    return voltage
