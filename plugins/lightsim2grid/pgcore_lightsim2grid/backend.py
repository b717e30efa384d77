"""Lightsim2gridBackend: full AC power flow by lightsim2grid's Newton-Raphson, from the neutral case of a network."""

from typing import ClassVar

from attrs import frozen

from pgcore.cases.checks import check_injections, check_ports
from pgcore.cases.controls import check_carried, controlled
from pgcore.cases.readout import joined
from pgcore.cases.settings import Settings
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.quantity import quantity
from pgcore_lightsim2grid.setting import RUNGS, Setting
from pgcore_lightsim2grid.sweep import Effort

REMEMBERED = 128
"""How many settings of the controls a solver keeps compiled."""


@frozen
class Lightsim2gridBackend(Backend):
    """Full AC power flow by lightsim2grid's Newton-Raphson (KLU), in tens of microseconds; a batch is solved in one call.

    Every solve starts from the voltages of the unloaded network (``flat``), then again with damped steps (``damped``, a line search after Armijo
    1966). Nothing is remembered between solves, so a result follows from its own injections and controls alone, to the bit, whatever was solved
    before it, beside it or on how many threads. It compiles from the network's neutral case, so any source will do.
    """

    type: ClassVar[str] = "lightsim2grid"
    controls: ClassVar[frozenset[Control]] = frozenset({Control.TAP, Control.CLOSED, Control.SHUNT_MVAR, Control.VM_PU})
    warm_us: ClassVar[float] = 100.0
    tolerance_mva: float = quantity("MVA", "largest power mismatch at any bus", default=1e-9, gt=0)
    threads: int = quantity("1", "threads that share the environments of a batch", default=1, ge=1)

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "Lightsim2gridSolver":
        check_ports(network, ports)
        check_carried(network, ports)
        return Lightsim2gridSolver(network, ports, Effort(self.tolerance_mva / network.case.base_mva, self.threads))


class Lightsim2gridSolver(Solver):
    """A network compiled once for each setting of the controls that it met last; solves have no memory."""

    rungs: ClassVar[tuple[str, ...]] = RUNGS

    def __init__(self, network: Network, ports: tuple[Port, ...], effort: Effort) -> None:
        self._network, self._ports, self._effort = network, ports, effort
        self._settings: Settings[Setting] = Settings(self._compiled, REMEMBERED)
        self._settings.of(None)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        parts = []
        for some, setting in self._settings.grouped(controls, len(p_mw)):
            parts.append((some, setting.solved(p_mw, q_mvar) if some is None else setting.solved_singly(p_mw[some], q_mvar[some])))
        return joined(parts, len(p_mw))

    def forget(self, row: int | None = None) -> None:
        """Nothing to do: a solve depends on its own arguments only."""

    def _compiled(self, values: Array | None) -> Setting:
        case = self._network.case if values is None else controlled(self._network.case, self._ports, values)
        return Setting(case, self._effort)
