"""AcmeBackend: a power flow by fixed-point iteration, to be changed into your solver."""

import numpy as np
from attrs import frozen
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.network import Complex, Network
from pgcore.quantity import quantity

from pgcore_acme.reading import Row, failed, read, stacked
from pgcore_acme.ybus import Admittances, admittances, connected


@frozen
class AcmeBackend(Backend):
    """Exact AC power flow by fixed-point iteration on the currents, V⁺ = w + Z·(S/V)*: small, and quick on distribution feeders.

    Z is the inverse of the admittance matrix without the slack, w the voltages without injections (the Z-bus method, e.g. Chen et al., IEEE
    Trans. Power Delivery 6(2), 1991). It converges where voltages are not far from w, as on feeders; generators that hold a voltage are
    refused.
    """

    type = "acme"

    tolerance_pu: float = quantity("pu", "largest change of a voltage in the last iteration", default=1e-10, gt=0)
    iterations: int = quantity("1", "iterations before it gives up", default=200, ge=1, le=100_000)

    def refuses(self, network: Network) -> str | None:
        if len(network.case.pv_bus):
            return "it has generators that hold a voltage, which the backend acme cannot; use the backend pandapower"
        return None

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "AcmeSolver":
        refusal = self.refuses(network)
        if refusal is not None:
            raise ValueError(refusal)
        if ports:
            raise ValueError("the backend acme has no controls; use the backend pandapower for taps, switches and shunts")
        return AcmeSolver(network, self)


class AcmeSolver(Solver):
    """A network with its admittance matrix inverted; a solve remembers nothing of earlier ones."""

    rungs = ("fixed_point", "failed")

    def __init__(self, network: Network, options: AcmeBackend) -> None:
        self.network, self.options = network, options
        self.y: Admittances = admittances(network.case)
        self.live: Flags = connected(network.case)
        self.free = np.flatnonzero(self.live & ~np.isin(np.arange(len(self.live)), network.case.slack_bus))
        self.z: Complex = np.linalg.inv(self.y.bus[np.ix_(self.free, self.free)]).astype(np.complex128)
        self.idle: Complex = self._without_injections()

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        # row by row: in one large product, the number of environments would change the last bits
        return stacked([self._row(p, q) for p, q in zip(p_mw, q_mvar, strict=True)])

    def forget(self, row: int | None = None) -> None:
        return

    def _row(self, p_mw: Array, q_mvar: Array) -> Row:
        case = self.network.case
        injected = (case.p_mw + 1j * case.q_mvar).astype(np.complex128)
        fed = case.bus_of >= 0
        np.add.at(injected, case.bus_of[fed], p_mw[fed] + 1j * q_mvar[fed])
        voltage = self._voltages(injected / case.base_mva)
        return failed(self.network) if voltage is None else read(self.network, self.y, self.live, voltage, injected)

    def _voltages(self, injected_pu: Complex) -> Complex | None:
        """Voltages of all case buses, pu; ``None`` where the iteration does not come to rest."""
        voltage, target = self.idle.copy(), injected_pu[self.free]
        with np.errstate(all="ignore"):  # what diverges overflows on its way, and is found out below
            for _ in range(self.options.iterations):
                before = voltage[self.free]
                after = self.idle[self.free] + self.z @ np.conj(target / before)
                voltage[self.free] = after
                if not np.abs(after - before).max(initial=0.0) > self.options.tolerance_pu:
                    return voltage if np.isfinite(voltage).all() else None
        return None

    def _without_injections(self) -> Complex:
        """Voltages where nobody injects anything; zero at buses without a source."""
        case = self.network.case
        voltage = np.zeros(len(self.live), dtype=complex)
        voltage[case.slack_bus] = case.slack_vm_pu * np.exp(1j * np.deg2rad(case.slack_va_deg))
        voltage[self.free] = -self.z @ (self.y.bus[np.ix_(self.free, case.slack_bus)] @ voltage[case.slack_bus])
        return voltage
