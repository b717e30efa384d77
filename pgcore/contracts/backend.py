"""Backend: solves the AC (or approximate) power flow of a network for given injections."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network


@frozen
class Port:
    """One thing that a solve may change besides injections: ``control`` of the element at position ``target``.

    ``target`` counts topology transformers (``tap``), branches (``closed``, with ``element`` telling lines from trafos) or buses.
    """

    control: Control
    target: int
    element: str = "bus"


def _none() -> NDArray[np.uint8]:
    return np.zeros(0, dtype=np.uint8)


@frozen(eq=False)
class Flow:
    """A solved power flow for B environments. De-energised buses and idle branches hold zeros; no value is ever NaN.

    Where ``converged`` is False, the other values of that row are zero and mean nothing.
    """

    vm_pu: Array
    """Voltage magnitude, ``(B, bus)``."""
    va_deg: Array
    """Voltage angle, ``(B, bus)``."""
    line_loading_percent: Array
    """Current over rated current, ``(B, line)``."""
    trafo_loading_percent: Array
    """Largest current over rated current among the windings, ``(B, trafo)``."""
    line_p_mw: Array
    """Active power into each line at its from end, ``(B, line)``."""
    trafo_p_mw: Array
    """Active power into each transformer at its high-voltage end, ``(B, trafo)``."""
    slack_p_mw: Array
    """Active power that all external grids inject, ``(B,)``."""
    slack_q_mvar: Array
    losses_mw: Array
    """Active losses in lines and transformers, ``(B,)``."""
    converged: Flags
    """``(B,)``."""
    energised: Flags
    """``(B, bus)``."""
    rung: NDArray[np.uint8] = field(factory=_none)
    """Which rung of the solver's divergence ladder gave the answer, an index into ``Solver.rungs``, ``(B,)``."""


class Solver(ABC):
    """A network compiled for solving again and again, for one environment or many."""

    rungs: ClassVar[tuple[str, ...]] = ("direct",)
    """Names of the attempts that a solve makes, in order."""

    @abstractmethod
    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        """Solve for injections on top of what the network itself injects.

        Args:
            p_mw, q_mvar: power into the grid at every topology bus, ``(B, bus)``.
            controls: values for the ports given to :meth:`Backend.compile`, ``(B, port)``; ``None`` leaves the network as it is.
            rows: the environment that each row belongs to, ``(B,)``, each once; ``None``: row b belongs to environment b. It matters to solvers that
                remember their last solution alone.

        Non-convergence is ``converged == False``, never an exception, and the next solve equals that of a fresh solver.
        """

    @abstractmethod
    def forget(self, row: int | None = None) -> None:
        """Drop what is remembered of earlier solves (a warm start) for one environment, or for all."""


class Backend(ABC):
    """A way to solve power flows. Its attrs fields are the options of a spec's ``run.backend`` entry."""

    type: ClassVar[str]
    controls: ClassVar[frozenset[Control]] = frozenset()
    """Which controls its solvers can act on."""
    exact: ClassVar[bool] = True
    """Whether it solves the full AC equations (False: an approximation)."""
    warm_us: ClassVar[float] = math.inf
    """Rough time of a warm solve of a feeder of 70 buses, in µs: the backend ``auto`` asks the fastest first."""

    def refuses(self, network: Network) -> str | None:
        """Why this backend cannot take this network, in a sentence that says what to use instead; ``None`` when it can."""
        return None

    @abstractmethod
    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        """Bind a network once, so that each solve only moves arrays.

        Raises:
            ValueError: the network lacks what the backend needs; the message says what to use instead.
        """
