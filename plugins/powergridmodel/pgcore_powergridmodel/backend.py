"""PowerGridModelBackend: full AC power flow by power-grid-model, from the neutral case or from a net's element data."""

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
from pgcore.quantity import option, quantity
from pgcore_powergridmodel.batch import RUNGS, Effort
from pgcore_powergridmodel.case_model import CaseModel
from pgcore_powergridmodel.element_model import ElementModel
from pgcore_powergridmodel.plain_nets import refusal

REMEMBERED = 128
"""How many settings of the controls a solver keeps compiled."""


@frozen
class PowerGridModelBackend(Backend):
    """Full AC power flow by power-grid-model's Newton-Raphson: a solver that shares no code with the others, to check them against.

    Every solve starts from power-grid-model's own linear solution and remembers nothing, so a result follows from its own injections and
    controls alone, to the bit. With ``from_elements`` it does not read the neutral case at all but builds its model from the lines,
    transformers and loads of the pandapower net that the network came from; a mistake in the case then shows as a difference. That takes plain nets
    only and no controls.
    """

    type: ClassVar[str] = "power_grid_model"
    controls: ClassVar[frozenset[Control]] = frozenset({Control.TAP, Control.CLOSED, Control.SHUNT_MVAR, Control.VM_PU})
    warm_us: ClassVar[float] = 400.0
    tolerance_pu: float = quantity("pu", "largest change of a voltage in the last iteration", default=1e-9, gt=0)
    threads: int = quantity("1", "threads that share the environments of a batch", default=1, ge=1)
    from_elements: bool = option("whether to build the model from the pandapower net's elements and not from the neutral case", default=False)

    def refuses(self, network: Network) -> str | None:
        if self.from_elements:
            return refusal(network)
        if len(network.case.pv_bus):
            return "it has generators that hold a voltage, which power-grid-model 1.12 does not know; use the backend 'lightsim2grid' or 'pandapower'"
        return None

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "PowerGridModelSolver":
        refused = self.refuses(network)
        if refused:
            raise ValueError(refused)
        check_ports(network, ports)
        if self.from_elements and ports:
            raise ValueError("with from_elements there are no controls; leave the option out, or use the backend 'pandapower'")
        check_carried(network, ports)
        return PowerGridModelSolver(network, ports, Effort(self.tolerance_pu, self.threads), self.from_elements)


class PowerGridModelSolver(Solver):
    """A network compiled once for each setting of the controls that it met last; solves have no memory."""

    rungs: ClassVar[tuple[str, ...]] = RUNGS

    def __init__(self, network: Network, ports: tuple[Port, ...], effort: Effort, from_elements: bool) -> None:
        self._network, self._ports, self._effort, self._from_elements = network, ports, effort, from_elements
        self._settings: Settings[CaseModel | ElementModel] = Settings(self._compiled, REMEMBERED)
        self._settings.of(None)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        parts = []
        for some, model in self._settings.grouped(controls, len(p_mw)):
            parts.append((some, model.flow(p_mw, q_mvar) if some is None else model.flow(p_mw[some], q_mvar[some])))
        return joined(parts, len(p_mw))

    def forget(self, row: int | None = None) -> None:
        """Nothing to do: a solve depends on its own arguments only."""

    def _compiled(self, values: Array | None) -> CaseModel | ElementModel:
        if self._from_elements:
            return ElementModel(self._network, self._effort)
        case = self._network.case if values is None else controlled(self._network.case, self._ports, values)
        return CaseModel(case, self._effort)
