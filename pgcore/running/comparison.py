"""Comparison: two backends on the same injections, step by step."""

from collections.abc import Iterator

import numpy as np
from attrs import define, field, frozen

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.assembly import ports
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Solver
from pgcore.labels import Labels
from pgcore.spec.links import link

QUANTITIES = {
    "vm_pu": ("pu", "buses"),
    "va_deg": ("deg", "buses"),
    "line_p_mw": ("MW", "lines"),
    "trafo_p_mw": ("MW", "trafos"),
    "line_loading_percent": ("%", "lines"),
    "trafo_loading_percent": ("%", "trafos"),
    "slack_p_mw": ("MW", ""),
    "slack_q_mvar": ("Mvar", ""),
    "losses_mw": ("MW", ""),
}
"""What is compared: unit, and which kind of element the columns stand for."""


@frozen
class Difference:
    """The largest difference of one quantity over an episode, and where it was."""

    quantity: str
    unit: str
    largest: float
    step: int
    where: str
    """Name of the bus, line or transformer; empty for totals."""
    first: float
    second: float
    """The two values there."""


@define
class PairedSolver(Solver):
    """Solves with two solvers: the first one's answer counts, the second one's is compared with it."""

    leading: Solver
    other: Solver
    labels: Labels
    largest: dict[str, Difference] = field(factory=dict)
    disagreements: list[int] = field(factory=list)
    """Steps in which one converged and the other did not."""
    solves: int = -1
    """Solves so far, less the one at reset: the step that is compared."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        """See :meth:`pgcore.contracts.backend.Solver.solve`."""
        flow, second = (solver.solve(p_mw, q_mvar, controls, rows) for solver in (self.leading, self.other))
        self.solves += 1
        if not np.array_equal(flow.converged, second.converged):
            self.disagreements.append(self.solves)
        elif flow.converged.all():
            self._compare(flow, second)
        return flow

    def forget(self, row: int | None = None) -> None:
        """See :meth:`pgcore.contracts.backend.Solver.forget`."""
        self.leading.forget(row)
        self.other.forget(row)

    @property
    def rungs(self) -> tuple[str, ...]:  # type: ignore[override]
        """Those of the leading solver."""
        return self.leading.rungs

    def _compare(self, flow: Flow, second: Flow) -> None:
        for name, (unit, element) in QUANTITIES.items():
            a, b = (np.atleast_2d(getattr(f, name))[0] for f in (flow, second))
            if a.size:
                at = int(np.argmax(np.abs(a - b)))
                gap = float(abs(a[at] - b[at]))
                if name not in self.largest or gap > self.largest[name].largest:
                    where = getattr(self.labels, element)[at] if element else ""
                    self.largest[name] = Difference(name, unit, gap, self.solves, where, float(a[at]), float(b[at]))


def pair(env: PgcoreEnv, second: Backend, seed: int) -> Iterator[PairedSolver]:
    """Run one episode with random actions, a second backend beside its own.

    Yields the paired solver after every step, so that a caller can show progress.

    Raises:
        ValueError: the second backend cannot take the network or the controls that the spec uses.
    """
    linked = link(env.spec)
    wanted = ports(linked)
    missing = sorted({port.control.value for port in wanted} - {control.value for control in second.controls})
    refusal = f"it cannot act on {', '.join(missing)}" if missing else second.refuses(linked.network)
    if refusal:
        raise ValueError(f"backend {second.type!r} cannot run beside {env.spec.run.backend.type!r}: {refusal}")
    paired = PairedSolver(env.grid.world.solver, second.compile(linked.network, wanted), env.grid.world.labels)
    env.grid.world.solver = paired
    for name in env.possible_agents:
        env.action_space(name).seed(seed)
    _, infos = env.reset(seed=seed)
    while env.agents:
        actions = {name: env.action_space(name).sample(infos[name].get("action_mask")) for name in env.agents}
        infos = env.step(actions)[4]
        yield paired
