"""Laws: environments do not influence each other, earlier solves do not show, and the same question has the same answer, bit for bit."""

import pickle
from collections.abc import Sequence

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.testing.backends.answers import check_values_are_finite
from pgcore.testing.backends.solving import alone, close, injections, locked, require_converged, same, solved, tolerance
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.watch import watched

ROWS = 19
"""Environments that are solved together: more than two blocks of 8, and no multiple of it."""
ALONE = (0, 1, 7, 8, 16, 18)
"""Those of them that are solved alone as well: at the ends of such blocks."""

_BATCH = "no arithmetic between rows; a row's iterations end by its own residual; sums over buses are made the same way at every B"


@after(check_values_are_finite)
def check_is_deterministic(subject: BackendSubject) -> None:
    """Law 5: two new solvers give the same, bit for bit, and no global random generator is used."""
    for pair in subject.few():
        steps = _steps(pair, 2)
        with watched() as used:
            first = _played(pair, steps)
        used = {name for name in used if "clock" not in name}  # a solver may time itself
        if used:
            raise Breach(
                f"it used {', '.join(sorted(used))}, on {pair}", "a power flow needs no random numbers; seed what does, with a number of its own"
            )
        for one, other in zip(_played(pair, steps), first, strict=True):
            for row in range(2):
                same(pair, (one, row), (other, row), "the first time that it was solved", "keep nothing outside of the solver")


@after(check_is_deterministic)
def check_environments_do_not_influence_each_other(subject: BackendSubject) -> None:
    """Law 2: environments solved together are each as solved alone, bit for bit, over several steps."""
    for pair in subject.smallest():
        steps = _steps(pair, ROWS)
        together = _played(pair, steps)
        for row in ALONE:
            for k, flow in enumerate(_played(pair, _rows(steps, [row]))):
                same(pair, (together[k], row), (flow, 0), f"when environment {row} of {ROWS} is solved alone (step {k})", _BATCH)


@after(check_is_deterministic)
def check_a_part_is_as_the_whole(subject: BackendSubject) -> None:
    """Law 2, the other way: some environments in another order give the same numbers, bit for bit, on every network."""
    for pair in subject.few():
        steps, order = _steps(pair, 3), [2, 0]
        together = _played(pair, steps)
        for k, flow in enumerate(_played(pair, _rows(steps, order))):
            for place, row in enumerate(order):
                same(pair, (flow, place), (together[k], row), f"as environment {row} of 3 (step {k})", _BATCH)


@after(check_a_part_is_as_the_whole)
def check_rows_are_environments(subject: BackendSubject) -> None:
    """Law 2: where `rows` says which environments are solved, each goes on from its own last solution, bit for bit."""
    mend = "remember what is kept for a warm start by the environment that `rows` names, not by the place in the batch"
    for pair in subject.few():
        steps = _steps(pair, 3)
        expected = _played(pair, steps)[1]
        solver = pair.compiled()
        solved(pair, solver, *steps[0])
        for chosen in ([2, 0], [1]):
            flow = solved(pair, solver, *_rows(steps, chosen)[1], rows=np.array(chosen, dtype=np.intp))
            for place, row in enumerate(chosen):
                same(pair, (flow, place), (expected, row), f"where environment {row} is solved among all", mend)


@after(check_is_deterministic)
def check_forget_starts_afresh(subject: BackendSubject) -> None:
    """After forget() a solver is as new, bit for bit; after forget(row) that row is, and the others go on."""
    for pair in subject.few():
        steps = _steps(pair, 2)
        fresh = alone(pair, *steps[1])
        solver = pair.compiled()
        solved(pair, solver, *steps[0])
        solver.forget()
        flow = solved(pair, solver, *steps[1])
        for row in range(2):
            same(pair, (flow, row), (fresh, row), "by a new solver", "forget() drops all that earlier solves left behind")
        went_on = _played(pair, steps)[1]
        solver = pair.compiled()
        solved(pair, solver, *steps[0])
        solver.forget(0)
        flow = solved(pair, solver, *steps[1])
        same(pair, (flow, 0), (fresh, 0), "by a new solver", "forget(0) drops what environment 0 left behind")
        same(pair, (flow, 1), (went_on, 1), "where nothing was forgotten", "forget(0) leaves the other environments alone")


@after(check_is_deterministic)
def check_earlier_solves_do_not_show(subject: BackendSubject) -> None:
    """What was solved before changes no digit that matters: a warm start leads to the solution that a cold one leads to."""
    for pair in subject.few():
        steps = _steps(pair, 2)
        warm, cold = _played(pair, steps)[-1], alone(pair, *steps[-1])
        for flow in (warm, cold):
            require_converged(pair, flow)
        mend = "iterate until the mismatch of power is small, not the change of the last step; put back what earlier solves set"
        for name in ("vm_pu", "slack_p_mw", "losses_mw"):
            for row in range(2):
                close(pair, f"{name} after other solves", getattr(warm, name)[row], getattr(cold, name)[row], 2.0 * tolerance(pair), mend)


@after(check_is_deterministic)
def check_a_solver_pickles(subject: BackendSubject) -> None:
    """A compiled solver can be sent to another process and solves the same there."""
    for pair in subject.few():
        solver, given = pair.compiled(), _steps(pair, 2)[0]
        try:
            travelled = pickle.loads(pickle.dumps(solver))
        except Exception as error:
            mend = "leave out of __getstate__ what cannot be pickled, and make it again when it is needed"
            raise Breach(f"a solver cannot be pickled: {type(error).__name__}: {error}, on {pair}", mend) from error
        flow, expected = solved(pair, travelled, *given), solved(pair, solver, *given)
        for row in range(2):
            same(pair, (flow, row), (expected, row), "by the solver that was not pickled", "make again what was left out from the same numbers")


Step = tuple[Array, Array]


def _steps(pair: Pair, rows: int) -> list[Step]:
    """Injections of two steps, of which some are heavier than others."""
    steps = []
    for k in range(2):
        p_mw, q_mvar = (np.array(part) for part in injections(pair.network, rows, seed=k))
        weight = np.linspace(0.2, 2.0, rows)[:, None]
        p_mw, q_mvar = weight * p_mw, weight * q_mvar
        steps.append((locked(p_mw), locked(q_mvar)))
    return steps


def _rows(steps: Sequence[Step], rows: list[int]) -> list[Step]:
    return [(locked(p_mw[rows]), locked(q_mvar[rows])) for p_mw, q_mvar in steps]


def _played(pair: Pair, steps: Sequence[Step]) -> list[Flow]:
    """A new solver's flows, one step after the other."""
    solver = pair.compiled()
    return [solved(pair, solver, *step) for step in steps]


CHECKS = (
    check_is_deterministic,
    check_environments_do_not_influence_each_other,
    check_a_part_is_as_the_whole,
    check_rows_are_environments,
    check_forget_starts_afresh,
    check_earlier_solves_do_not_show,
    check_a_solver_pickles,
)
