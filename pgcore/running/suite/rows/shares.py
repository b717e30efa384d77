"""Where the time of a step goes."""

from collections.abc import Iterator

from pgcore.adapters.pettingzoo import read_spec
from pgcore.running.benchmark import measure
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Figure, Finding


def found(effort: Effort) -> Finding:
    """The parts of a step, for small and large environments."""
    figures = [figure for n in effort.solve_sizes for figure in _figures(n, effort.mode_steps)]
    note = "Shares come from a pass with a timer in every part, which makes those outside the solver slower; `outside the solver` from one without."
    return Finding("shares", tuple(figures), notes=(note,))


def _figures(n: int, steps: int) -> Iterator[Figure]:
    measured, at = measure(read_spec("n_microgrids", (), None, {"n": n}), "n_microgrids", steps, 0), f"n = {n}"
    total = sum(measured.parts_ms.values())
    for part, spent_ms in measured.parts_ms.items():
        yield Figure(part, 100.0 * spent_ms / total, "%", measurements=steps, at=at)
    yield Figure("outside the solver", 100.0 * measured.outside_solver_ms / measured.step_ms, "%", measurements=steps, at=at)
