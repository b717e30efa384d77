"""Islands: every part with a source is solved; what has none is dead, flagged, and holds zeros."""

from collections.abc import Iterator

import numpy as np

from pgcore.columns import Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.testing.backends import circuit
from pgcore.testing.backends.answers import check_values_are_finite, light
from pgcore.testing.backends.solving import alone, injections, locked, require_converged
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import Breach, after


@after(check_values_are_finite)
def check_buses_without_a_source_are_flagged(subject: BackendSubject) -> None:
    """A bus is energised where closed branches lead to a source, and nowhere else; the rest is solved."""
    for pair, alive, flow in _solved(subject):
        wrong = np.argwhere(np.asarray(flow.energised) != alive)
        if len(wrong):
            row, bus = map(int, wrong[0])
            said = "not energised, although a source reaches it" if alive[bus] else "energised, although no closed branch leads to a source"
            mend = "mind `bus_of` (−1 is dead), `closed`, and every bus of `slack_bus`"
            raise Breach(f"bus {bus} of the topology is {said}, in row {row} on {pair}", mend)


@after(check_buses_without_a_source_are_flagged)
def check_dead_buses_and_branches_hold_zeros(subject: BackendSubject) -> None:
    """Buses without voltage, and branches that are open or between them, hold zeros."""
    for pair, alive, flow in _solved(subject):
        case = pair.network.case
        carries = case.closed & circuit.live(case)[case.from_bus]
        idle = [~_any_of(branch, carries) for branch in (case.line_branch[:, None], case.trafo_branch)]
        dead = {"vm_pu": ~alive, "va_deg": ~alive}
        for kind, flags in zip(("line", "trafo"), idle, strict=True):
            dead |= {f"{kind}_p_mw": flags, f"{kind}_loading_percent": flags}
        for name, flags in dead.items():
            bad = np.argwhere(getattr(flow, name)[:, flags])
            if len(bad):
                at = int(np.flatnonzero(flags)[bad[0][1]])
                value = float(getattr(flow, name)[bad[0][0], at])
                raise Breach(f"{name}[{at}] is {value:g} without voltage or out of service, on {pair}", "hand out zeros there")


@after(check_buses_without_a_source_are_flagged)
def check_power_at_dead_buses_changes_nothing(subject: BackendSubject) -> None:
    """What devices inject at buses without voltage goes nowhere: not into the slack, nor anywhere else."""
    for pair, alive, _ in _solved(subject):
        if alive.all():
            continue
        p_mw, q_mvar = injections(pair.network, 2)
        without = [locked(np.where(alive, part, 0.0)) for part in (p_mw, q_mvar)]
        flow, expected = alone(pair, p_mw, q_mvar), alone(pair, *without)
        for name in ("slack_p_mw", "losses_mw", "vm_pu"):
            if not np.allclose(getattr(flow, name), getattr(expected, name), rtol=0.0, atol=1e-9):
                mend = "leave out what is injected at buses with `bus_of` −1, or without a source"
                raise Breach(f"{name} changes with what is injected at buses without voltage, on {pair}", mend)


def _solved(subject: BackendSubject) -> Iterator[tuple[Pair, Flags, Flow]]:
    """Every network with the buses of its topology that have voltage, and its light flow."""
    for pair in subject.pairs():
        flow = light(subject, pair)
        require_converged(pair, flow)
        yield pair, circuit.alive(pair.network.case), flow


def _any_of(branch: Index, carries: Flags) -> Flags:
    """Which elements have a branch that carries something; ``branch`` is ``(n, k)`` with −1 for none."""
    return np.asarray(((branch >= 0) & carries[branch]).any(axis=1)) if len(carries) else np.zeros(len(branch), dtype=bool)


CHECKS = (check_buses_without_a_source_are_flagged, check_dead_buses_and_branches_hold_zeros, check_power_at_dead_buses_changes_nothing)
