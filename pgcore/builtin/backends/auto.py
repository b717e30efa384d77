"""AutoBackend: stands for the fastest installed backend until the network is known."""

from typing import ClassVar

from attrs import frozen

from pgcore.contracts.backend import Backend, Port, Solver
from pgcore.contracts.network import Network


@frozen
class AutoBackend(Backend):
    """The fastest installed backend that solves the full AC equations of this network with the controls in use.

    When a spec meets its network, the backend that it came to takes the place of this one, with its default options: it is what an environment's
    spec and a recording name. Give ``type`` yourself where results must not depend on what is installed: two exact backends agree to their
    tolerance, not to the last bit.
    """

    type: ClassVar[str] = "auto"

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        raise ValueError("auto is no solver itself: a spec that is linked to its network names the backend that it came to")
