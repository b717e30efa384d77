"""FixedPointBackend: a batched AC power flow for feeders, compiled from the neutral case alone."""

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from pgcore.cases.checks import check_ports
from pgcore.cases.controls import check_carried
from pgcore.contracts.backend import Backend, Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.quantity import quantity

if TYPE_CHECKING:
    from pgcore_fixedpoint.solver import FixedPointSolver


@frozen
class FixedPointBackend(Backend):
    """Full AC power flow of feeders in microseconds: fixed point on a factored admittance matrix, many environments at once.

    Currents follow from voltages and voltages from currents, Y·V = (S/V)*, with the matrix factored once in an order that gives a radial network no
    fill (the implicit Z-bus method: Chen, Chen, Hwang, Kotas & Chebli 1991). An environment starts from its own last solution (``warm``), then from
    the unloaded network (``flat``); what does not come to rest, which happens close to voltage collapse, is solved by Newton's method (``newton``).
    Constant impedances are in the matrix. Generators that hold a voltage are refused. Taps and switches factor anew; the settings met last are
    remembered. An environment's numbers depend neither on the others in the batch nor on the number of threads.
    """

    type: ClassVar[str] = "fixedpoint"
    controls: ClassVar[frozenset[Control]] = frozenset({Control.TAP, Control.CLOSED, Control.SHUNT_MVAR, Control.VM_PU})
    warm_us: ClassVar[float] = 20.0
    tolerance_mva: float = quantity("MVA", "power mismatch that is left, Euclidean norm over all buses", default=1e-8, gt=0)
    iterations: int = quantity("1", "iterations from one start before the next rung is tried", default=40, ge=1)
    threads: int = quantity("1", "threads for large batches; 0 takes one for each processor that the process may use", default=0, ge=0)

    def refuses(self, network: Network) -> str | None:
        held = network.case.pv_bus
        if not len(held):
            return None
        generators = f"{len(held)} generators hold" if len(held) > 1 else "a generator holds"
        return f"{generators} the voltage of a bus, which a fixed point on currents cannot; use the backend 'lightsim2grid' or 'pandapower'"

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> "FixedPointSolver":
        from pgcore_fixedpoint.solver import FixedPointSolver

        refusal = self.refuses(network)
        if refusal:
            raise ValueError(refusal)
        check_ports(network, ports)
        check_carried(network, ports)
        return FixedPointSolver(network, ports, self)
