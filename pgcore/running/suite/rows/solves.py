"""One power flow, by every installed backend, for the same injections."""

from collections.abc import Sequence
from time import perf_counter

import numpy as np
from attrs import frozen

from pgcore.adapters.pettingzoo import make_env
from pgcore.assembly import ports
from pgcore.catalog import Catalog
from pgcore.columns import Array
from pgcore.contracts.backend import Backend, Flow, Solver
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import Episode, Solve, recorded, voltage_gap
from pgcore.running.suite.figures import Check, Figure, Finding, agreed
from pgcore.running.suite.turns import Variant, duration, take_turns
from pgcore.spec.linked import Linked
from pgcore.spec.links import link

STEPS = 16
BATCH = 256
SLOW_US = 10_000.0
"""Backends that say to be slower than this are not asked for a batch."""


def found(effort: Effort) -> Finding:
    """Single solves and batches of them, at every size."""
    parts = [_at_size(n, effort) for n in effort.solve_sizes]
    note = f"Injections of {STEPS} successive steps, so that a backend may start from its last solution; `each of {BATCH}` is a share of a batch."
    return Finding("solves", tuple(f for figures, _ in parts for f in figures), tuple(c for _, checks in parts for c in checks), (note,))


@frozen(eq=False)
class Contender:
    """A backend's solver."""

    backend: Backend
    solver: Solver


def _at_size(n: int, effort: Effort) -> tuple[list[Figure], tuple[Check, ...]]:
    env = make_env("n_microgrids", n=n)
    linked, episode = link(env.spec), recorded(env, STEPS)
    env.close()
    contenders = _contenders(linked)
    checks = agreed(_checks(contenders, episode, n)) if "pandapower" in {one.backend.type for one in contenders} else ()
    singles = [Variant(one.backend.type, Solving(one.solver, episode.solves).go, 3) for one in contenders]
    many = [one for one in contenders if one.backend.warm_us < SLOW_US]
    batches = [Variant(f"{one.backend.type}, batch", Solving(_fresh(one, linked), _batched(episode.solves)).go, 2) for one in many]
    times = take_turns([*singles, *batches], effort.turns, effort.turn_s / 3)
    label = f"n = {n}"
    figures = [duration(times, one.name, label, one.name) for one in singles]
    many_label = f"n = {n}, each of {BATCH}"
    return figures + [duration(times, f"{one.backend.type}, batch", many_label, one.backend.type, each=BATCH) for one in many], checks


def _contenders(linked: Linked) -> list[Contender]:
    """All installed backends that take the network, the fastest first, approximations last."""
    kinds = [kind for kind in Catalog.discover().types("backend").values() if issubclass(kind, Backend) and kind.type != "auto"]
    backends = [kind() for kind in sorted(kinds, key=lambda kind: (not kind.exact, kind.warm_us, kind.type))]
    needed = {port.control for port in ports(linked)}
    taking = [backend for backend in backends if needed <= backend.controls and backend.refuses(linked.network) is None]
    return [Contender(backend, backend.compile(linked.network, ports(linked))) for backend in taking]


def _fresh(one: Contender, linked: Linked) -> Solver:
    return one.backend.compile(linked.network, ports(linked))


def _checks(contenders: Sequence[Contender], episode: Episode, n: int) -> list[Check]:
    """Voltages against pandapower's; those of approximations are shown, and may be what they are."""
    flows = {one.backend.type: _solved(one.solver, episode.solves) for one in contenders}
    return [
        Check(
            f"voltages of {one.backend.type} and pandapower's at n = {n}",
            voltage_gap(flows[one.backend.type], flows["pandapower"]),
            1e-6 if one.backend.exact else None,
            "pu",
        )
        for one in contenders
        if one.backend.type != "pandapower"
    ]


def _solved(solver: Solver, solves: Sequence[Solve]) -> list[Flow]:
    return [solver.solve(asked.p_mw, asked.q_mvar, asked.controls) for asked in solves]


def _batched(solves: Sequence[Solve]) -> list[Solve]:
    """As many solves, each of a batch, in which environment b is b steps ahead."""

    def rows(k: int, part: str) -> Array:
        return np.concatenate([getattr(solves[(k + b) % len(solves)], part) for b in range(BATCH)])

    controlled = [None if solves[0].controls is None else rows(k, "controls") for k in range(len(solves))]
    return [Solve(rows(k, "p_mw"), rows(k, "q_mvar"), controlled[k], asked.flow) for k, asked in enumerate(solves)]


class Solving:
    """A solver that is asked the same solves again and again."""

    def __init__(self, solver: Solver, solves: Sequence[Solve]) -> None:
        self.solver, self.solves, self.at = solver, solves, 0

    def go(self, steps: int) -> float:
        """Solve so often; the seconds that it took."""
        solve, solves = self.solver.solve, self.solves
        started = perf_counter()
        for k in range(self.at, self.at + steps):
            asked = solves[k % len(solves)]
            solve(asked.p_mw, asked.q_mvar, asked.controls)
        self.at += steps
        return perf_counter() - started
