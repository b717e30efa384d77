"""Failures: a power flow without solution is a value, and leaves no trace."""

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.testing.backends.answers import check_values_are_finite, strained
from pgcore.testing.backends.closed_forms import most_drawn_pu
from pgcore.testing.backends.networks import BASE_MVA
from pgcore.testing.backends.physics import SOURCE_PU, Z_PU, check_two_buses_have_the_voltage_of_the_closed_form
from pgcore.testing.backends.solving import alone, at_bus, injections, locked, nothing, require_converged, same, solved
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import Breach, after

MOST_MW = most_drawn_pu(SOURCE_PU, Z_PU) * BASE_MVA
"""The most that a load of unity power factor draws at the end of the kit's line: its curve has its nose there."""
ROWS = 11
"""Environments of which one has no solution: more than a block of 8."""
BEYOND = (1.02, 2.0, 100.0)
"""How far past the nose, as multiples of it."""


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_no_solution_is_a_value(subject: BackendSubject) -> None:
    """Past the nose of the two-bus curve there is no solution: converged is False, all numbers are zero, and nothing is raised."""
    for pair in subject.exactly("two_buses"):
        solver, idle = pair.compiled(), nothing(pair.network)
        require_converged(pair, solved(pair, solver, at_bus(pair.network, 1, -0.97 * MOST_MW), idle), "at 97 % of the nose of the two-bus curve")
        for beyond in BEYOND:
            flow = solved(pair, solver, at_bus(pair.network, 1, -beyond * MOST_MW), idle)
            if np.asarray(flow.converged)[0]:
                mend = "call it converged when the mismatch of power at every bus is small, and finite"
                raise Breach(f"it found a solution at {beyond:g} times the most that the line carries, {MOST_MW:.4g} MW, on {pair}", mend)


@after(check_values_are_finite)
def check_a_row_without_solution_is_zero(subject: BackendSubject) -> None:
    """Where converged is False, every other value of the row is zero and no bus is energised."""
    for pair in subject.few():
        for _, flow in strained(subject, pair):
            for row in np.flatnonzero(~np.asarray(flow.converged)):
                _require_zero(pair, flow, int(row))


@after(check_a_row_without_solution_is_zero)
def check_a_failure_leaves_no_trace(subject: BackendSubject) -> None:
    """Law 6: the solve after one without solution equals that of a new solver, bit for bit."""
    for pair in subject.few():
        solver, before, later = pair.compiled(), injections(pair.network, 1, seed=3), injections(pair.network, 1, seed=4)
        solved(pair, solver, *before)
        lost = solved(pair, solver, *_hopeless(pair))
        flow = solved(pair, solver, *later)
        if not np.asarray(lost.converged)[0]:
            mend = "after a failure, start from nothing that it left behind: neither its voltages, nor what it set in the model"
            same(pair, (flow, 0), (alone(pair, *later), 0), "by a new solver, in the step after one without solution", mend)


@after(check_a_failure_leaves_no_trace)
def check_a_failure_stays_in_its_row(subject: BackendSubject) -> None:
    """An environment without solution changes nothing in the others, in its step and in the next, bit for bit."""
    for pair in subject.smallest():
        _spoil(pair, ROWS, 7)


def _spoil(pair: Pair, rows: int, lost: int) -> None:
    """Solve two steps with an environment that has no solution in the first, and without it."""
    first, second = (injections(pair.network, rows, seed=seed) for seed in (5, 6))
    spoilt = [np.array(part) for part in first]
    spoilt[0][lost], spoilt[1][lost] = _hopeless(pair)[0][0], 0.0
    kept = [row for row in range(rows) if row != lost]
    whole, part = pair.compiled(), pair.compiled()
    for p_mw, q_mvar in ((locked(spoilt[0]), locked(spoilt[1])), second):
        flow, others = solved(pair, whole, p_mw, q_mvar), solved(pair, part, locked(p_mw[kept]), locked(q_mvar[kept]))
        for place, row in enumerate(kept):
            same(pair, (flow, row), (others, place), "without the environment that has no solution", "let each row end by its own residual")


def _hopeless(pair: Pair) -> tuple[Array, Array]:
    """A million times the usual load at every bus."""
    p_mw, _ = injections(pair.network, 1)
    return locked(-1e6 * np.abs(p_mw)), nothing(pair.network)


def _require_zero(pair: Pair, flow: Flow, row: int) -> None:
    for name in (field.name for field in attrs.fields(Flow) if field.name not in ("converged", "rung")):
        if np.any(getattr(flow, name)[row]):
            raise Breach(
                f"{name} in row {row} is not zero, although converged is False there, on {pair}", "hand out zeros where there is no solution"
            )


CHECKS = (check_no_solution_is_a_value, check_a_row_without_solution_is_zero, check_a_failure_leaves_no_trace, check_a_failure_stays_in_its_row)
