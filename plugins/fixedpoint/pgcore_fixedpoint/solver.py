"""FixedPointSolver: moves arrays between an environment and the kernel."""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pgcore.cases.checks import check_injections
from pgcore.cases.controls import controlled
from pgcore.cases.settings import Settings
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Flow, Port, Solver
from pgcore.contracts.network import Case, Network
from pgcore_fixedpoint.batch import Batch, batch_of
from pgcore_fixedpoint.dials import FACTORED, dials_of
from pgcore_fixedpoint.feeder import Feeder, feeder, layout
from pgcore_fixedpoint.readiness import LARGE, SMALL, ready
from pgcore_fixedpoint.sharing import Crew, processors, shares

if TYPE_CHECKING:
    from pgcore_fixedpoint.backend import FixedPointBackend

REMEMBERED = 256
"""How many settings of taps and switches stay factored."""


class FixedPointSolver(Solver):
    """A feeder that is ready to be solved. It remembers each environment's last voltages, and factors of the settings met last."""

    rungs: ClassVar[tuple[str, ...]] = ("warm", "flat", "newton", "failed")

    def __init__(self, network: Network, ports: tuple[Port, ...], options: "FixedPointBackend") -> None:
        self._network, self._ports, self._options = network, ports, options
        self._layout = layout(network.case, _switchable(network.case, ports))
        self._dials = dials_of(self._layout, ports)
        self._factored = np.array([k for k, port in enumerate(ports) if port.control in FACTORED], dtype=np.intp)
        self._settings: Settings[tuple[Any, ...]] = Settings(self._at_setting, REMEMBERED)
        self._starts = np.zeros((0, 2 * self._layout.steps.count))
        self._buses = len(network.topology)
        self._batch = batch_of(0, self._layout.widths, self._dials.neutral)
        self._crew = Crew(options.threads or processors())
        base_mva = network.case.base_mva
        self._numbers = options.iterations, options.tolerance_mva / base_mva, base_mva
        ready(SMALL)
        self._settings.of(None)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        p_mw, q_mvar = _plain(p_mw), _plain(q_mvar)
        shape = len(p_mw), self._buses
        if p_mw.shape != shape or q_mvar.shape != shape or (controls is not None and controls.shape != (shape[0], len(self._ports))):
            check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        batch, turned = self._fitting(shape[0], rows), None
        if controls is not None and self._ports:
            turned = _plain(controls)
        out, energised = np.empty(batch.rows * batch.columns), np.empty(shape, dtype=np.bool_)
        converged, rung = np.empty(batch.rows, dtype=np.bool_), np.empty(batch.rows, dtype=np.uint8)
        given = p_mw, q_mvar, batch.neutral if turned is None else turned, batch.all if rows is None else np.array(rows, dtype=np.intp)
        for chosen, plan in self._settings.grouped(None if turned is None else turned[:, self._factored], batch.rows):
            parts = *given, self._starts, *self._numbers, *plan, out, converged, energised, rung
            if not self._solved(batch.all if chosen is None else chosen, parts):
                check_injections(self._network.topology, self._ports, p_mw, q_mvar, controls)
        fields: list[Any] = [*batch.fields(out), converged, energised, rung]
        return Flow(*fields)

    def forget(self, row: int | None = None) -> None:
        """See :meth:`pgcore.contracts.backend.Solver.forget`."""
        self._starts[slice(None) if row is None else slice(row, row + 1)] = 0

    def _fitting(self, size: int, rows: Index | None) -> Batch:
        """What batches of this size have in common. What is remembered of environments stays, and new ones have never been solved."""
        if size != self._batch.rows:
            self._batch = batch_of(size, self._layout.widths, self._dials.neutral)
        environments = size if rows is None else int(rows.max(initial=-1)) + 1
        if environments > len(self._starts):
            self._starts = np.concatenate([self._starts, np.zeros((environments - len(self._starts), self._starts.shape[1]))])
        return self._batch

    def _at_setting(self, values: Array | None) -> tuple[Any, ...]:
        """What the kernel needs to know of the feeder at one setting of taps and switches, in its order."""
        at, case = self._layout, self._network.case
        ports = tuple(self._ports[k] for k in self._factored)
        made: Feeder = feeder(at, case if values is None else controlled(case, ports, values))
        steps, dials = at.steps, self._dials
        return (
            *(steps.first, steps.coupled, steps.targets, at.bus_at, at.ends, at.lines, at.trafos, at.widths, at.scheduled, at.sources),
            *(dials.dials, dials.turns, dials.shunt_at),
            *(made.blocks, made.factors, made.pivots, made.live, made.branches, made.ties, made.tie_pu, made.energised),
        )

    def _solved(self, rows: Index, given: tuple[Any, ...]) -> bool:
        """Run the kernel; ``False`` when a number that it was given is not finite."""
        if len(rows) <= SMALL:
            return bool(ready(SMALL)(rows, *given))
        return self._crew.all(ready(LARGE), shares(rows, self._crew.threads, self._buses), *given)


def _plain(values: Array) -> Array:
    """An array of the one kind that the kernels are compiled for: contiguous and writable, though nobody writes to it."""
    plain = np.ascontiguousarray(values, dtype=np.float64)
    return plain if plain.flags.writeable else plain.copy()


def _switchable(case: Case, ports: tuple[Port, ...]) -> Any:
    found = np.zeros(len(case.from_bus) + 1, dtype=np.bool_)
    for port in ports:
        if port.element != "bus":
            found[case.line_branch[port.target] if port.element == "line" else case.trafo_branch[port.target]] = True
    return found[:-1]
