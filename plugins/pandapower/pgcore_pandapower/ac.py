"""PandapowerBackend: the reference AC power flow, solved by ``pandapower.runpp``."""

import warnings
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import frozen

from pgcore.cases.checks import check_injections, check_ports
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.quantity import quantity
from pgcore_pandapower.case import FACTS
from pgcore_pandapower.flows import Row, failed, stacked
from pgcore_pandapower.neutral import net_of, uncarried
from pgcore_pandapower.readout import at_slack, read
from pgcore_pandapower.wiring import Wiring

FAILED = 3


@frozen
class PandapowerBackend(Backend):
    """Full AC power flow by pandapower's Newton-Raphson: the reference for all other backends.

    Each environment starts from its own last solution (``warm``), then from a flat or DC start (``flat``), then with damped steps
    (``damped``, Iwamoto & Tamura 1981). After a solve without solution the environment starts afresh, so nothing of a failure reaches the
    next step. numba is never used, so that the numbers do not depend on whether it happens to be installed.
    """

    type: ClassVar[str] = "pandapower"
    controls: ClassVar[frozenset[Control]] = frozenset({Control.TAP, Control.CLOSED, Control.SHUNT_MVAR, Control.VM_PU})
    warm_us: ClassVar[float] = 20_000.0
    tolerance_mva: float = quantity("MVA", "largest power mismatch at any bus", default=1e-8, gt=0)

    def refuses(self, network: Network) -> str | None:
        reason = None if "pandapower" in network.data else uncarried(network)
        if reason is None:
            return None
        return f"the network did not come from pandapower, and {reason}; use a backend that solves the neutral case, such as 'linear'"

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "PandapowerSolver":
        refusal = self.refuses(network)
        if refusal:
            raise ValueError(refusal)
        check_ports(network, ports)
        if "pandapower" not in network.data:
            network = attrs.evolve(network, data={**network.data, "pandapower": net_of(network)})
        return PandapowerSolver(network, ports, self.tolerance_mva)


class PandapowerSolver(Solver):
    """A private copy of a net that is solved one environment after the other."""

    rungs: ClassVar[tuple[str, ...]] = ("warm", "flat", "damped", "failed")

    def __init__(self, network: Network, ports: tuple[Port, ...], tolerance_mva: float) -> None:
        self._topology, self._ports, self._tolerance_mva = network.topology, ports, tolerance_mva
        self._wiring = Wiring(network, ports)
        self._sharing = at_slack(self._wiring.net, network.case)
        self._dampable = _dampable(self._wiring.net)
        self._starts: dict[int, tuple[Array, Array]] = {}
        self._failed = failed(len(network.topology), len(network.topology.lines), len(network.topology.trafos))

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        check_injections(self._topology, self._ports, p_mw, q_mvar, controls)
        solved, rungs = [], []
        for b, environment in enumerate(range(len(p_mw)) if rows is None else rows.tolist()):
            self._wiring.inject(p_mw[b], q_mvar[b])
            self._wiring.control(None if controls is None else controls[b])
            row, rung = self._row(environment)
            solved.append(row)
            rungs.append(rung)
        return stacked(solved, rungs)

    def forget(self, row: int | None = None) -> None:
        if row is None:
            self._starts.clear()
        else:
            self._starts.pop(row, None)

    def _row(self, b: int) -> tuple[Row, int]:
        start = self._starts.pop(b, None)
        for rung, options in self._ladder(start):
            if self._converges(options):
                row = read(self._wiring.net, self._sharing)
                self._starts[b] = (np.where(row["energised"], row["vm_pu"], 1.0), row["va_deg"])
                return row, rung
        return self._failed, FAILED

    def _ladder(self, start: tuple[Array, Array] | None) -> list[tuple[int, dict[str, Any]]]:
        """The attempts to make: rung and options of ``runpp``."""
        flat = (1, {"algorithm": "nr", "max_iteration": 20})
        cold = [flat, (2, {"algorithm": "iwamoto_nr", "max_iteration": 50})] if self._dampable else [flat]
        if start is None:
            return cold
        vm_pu, va_deg = start
        # Lists, because pandapower compares these with "results" where a net has auxiliary buses, and an array answers that with an error.
        return [(0, {"algorithm": "nr", "init_vm_pu": vm_pu.tolist(), "init_va_degree": va_deg.tolist()}), *cold]

    def _converges(self, options: dict[str, Any]) -> bool:
        """One attempt; constant-current loads are linearised anew until their voltage stands still."""
        current = self._wiring.current
        if not len(current):
            return self._runs(options)
        vm_pu = np.ones(len(current))
        for _ in range(10):
            current.linearise(vm_pu)
            if not self._runs(options):
                return False
            found = np.nan_to_num(self._wiring.net.res_bus.vm_pu.to_numpy()[current.bus], nan=1.0)
            if np.abs(found - vm_pu).max() < 1e-10:
                return True
            vm_pu = found
        return False

    def _runs(self, options: dict[str, Any]) -> bool:
        from pandapower import LoadflowNotConverged, runpp

        net = self._wiring.net
        _silence_damping()
        try:
            # A diverging Newton overflows and meets singular matrices on its way; that is an answer here, not a warning.
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                runpp(net, numba=False, lightsim2grid=False, tolerance_mva=self._tolerance_mva, **options)
        except (LoadflowNotConverged, np.linalg.LinAlgError, IndexError):
            # The last two come from the cubic equation of the damped Newton once its numbers are no longer finite, or its leading one is zero.
            return False
        return bool(net.converged) and bool((net.res_bus.vm_pu.isna() | np.isfinite(net.res_bus.vm_pu)).all())


def _silence_damping() -> None:
    """pandapower's damped Newton prints every multiplier: its module gets a silent ``print``, since redirecting stdout is not safe with threads."""
    from pandapower.pf import iwamoto_multiplier

    iwamoto_multiplier.print = lambda *_: None


def _dampable(net: Any) -> bool:
    """Whether pandapower's damped Newton takes this net: it refuses FACTS elements and two modelling options."""
    facts = any(net[table].in_service.any() for table in FACTS)
    return not facts and not any(net.user_pf_options.get(option) for option in ("distributed_slack", "tdpf"))
