"""Physics: power flows are those of closed forms, of a published feeder, and of Ohm's and Kirchhoff's laws."""

from collections.abc import Iterator

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Complex
from pgcore.testing.backends import circuit
from pgcore.testing.backends.answers import check_values_are_finite, light, light_injections
from pgcore.testing.backends.closed_forms import end_of_line
from pgcore.testing.backends.islands import check_power_at_dead_buses_changes_nothing
from pgcore.testing.backends.networks import BASE_MVA, LIMIT_KA, VN_KV
from pgcore.testing.backends.solving import EXACT, NEAR, alone, at_bus, close, nothing, require_converged, tolerance, voltages
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import after

SOURCE_PU, Z_PU = 1.02, 0.02 + 0.04j
POWERS = ((0.0, 0.0), (-0.4, -0.1), (0.5, 0.2), (-3.0, -1.0), (2.0, -0.5))
"""MW and Mvar at the end of the line; the first three are light."""
LIGHT = 3

_SIGN = "power into the grid is positive; injections come on top of what the network itself injects"


@after(check_values_are_finite)
def check_two_buses_have_the_voltage_of_the_closed_form(subject: BackendSubject) -> None:
    """At the end of a line, the voltage is the larger root of V⁴ − (2(RP + XQ) + E²)·V² + (R² + X²)(P² + Q²) = 0."""
    for pair in subject.pairs("two_buses"):
        (p_mw, q_mvar), expected = _at_the_end(pair), np.array(list(_roots(pair)))
        flow = alone(pair, p_mw, q_mvar)
        require_converged(pair, flow, "at a load well before the nose")
        mend = f"per unit is over the bus's rated voltage and the case's base; {_SIGN}"
        close(pair, "vm_pu of the bus", flow.vm_pu[:, 1], np.abs(expected), tolerance(pair), mend)
        close(pair, "vm_pu of the source", flow.vm_pu[:, 0], SOURCE_PU, tolerance(pair), mend)
        close(pair, "va_deg of the bus", flow.va_deg[:, 1], np.rad2deg(np.angle(expected)), 60.0 * tolerance(pair), "angles are in degrees")


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_two_buses_have_the_powers_of_the_closed_form(subject: BackendSubject) -> None:
    """What the source gives, what the line takes in and loses, and its loading follow from the two voltages."""
    for pair in subject.pairs("two_buses"):
        flow = alone(pair, *_at_the_end(pair))
        end = np.array(list(_roots(pair)))
        current = (SOURCE_PU - end) / Z_PU
        given, lost = SOURCE_PU * np.conj(current) * BASE_MVA, Z_PU.real * np.abs(current) ** 2 * BASE_MVA
        most = tolerance(pair)
        close(pair, "slack_p_mw", flow.slack_p_mw, given.real, most, f"the external grid's power is into the grid; {_SIGN}")
        close(pair, "losses_mw", flow.losses_mw, lost, most, "losses are what goes into a branch at both ends")
        if not pair.backend.exact:
            continue  # an approximation may leave out reactive power, and know nothing of lines
        close(pair, "slack_q_mvar", flow.slack_q_mvar, given.imag, most, f"the external grid's power is into the grid; {_SIGN}")
        close(pair, "line_p_mw", flow.line_p_mw[:, 0], given.real, most, "it is the power into the line at its from end")
        loading = 100.0 * np.abs(current) * BASE_MVA / (np.sqrt(3.0) * VN_KV) / LIMIT_KA
        close(pair, "line_loading_percent", flow.line_loading_percent[:, 0], loading, 1e-3, "it is current over rated current, in percent")


@after(check_power_at_dead_buses_changes_nothing)
def check_power_balances(subject: BackendSubject) -> None:
    """What sources and injections give is what branches lose and shunts draw."""
    for pair, row, flow, injected in _light_rows(subject):
        case, buses = pair.network.case, circuit.seen(pair.network.case)
        owned = np.concatenate([case.line_branch, case.trafo_branch.ravel()])
        if buses is None or not np.isin(np.flatnonzero(case.closed), owned).all():
            continue  # some losses are neither of lines nor of transformers, or cannot be told from the buses that are seen
        live = circuit.live(case)
        drawn = (case.shunt_pu.real * flow.vm_pu[row][buses] ** 2)[live].sum() * case.base_mva
        expected = flow.losses_mw[row] + drawn - injected[live].real.sum()
        most = 10.0 * EXACT if pair.backend.exact else NEAR
        close(pair, f"slack_p_mw in row {row}", flow.slack_p_mw[row], expected, most, f"{_SIGN}; injections at buses without voltage do not count")


@after(check_power_balances)
def check_power_balances_at_every_bus(subject: BackendSubject) -> None:
    """Kirchhoff's law: at every bus that is no source, what is injected flows off; so every island balances by itself."""
    subject.require_exact()
    for pair, row, flow, injected in _light_rows(subject):
        case, buses = pair.network.case, circuit.seen(pair.network.case)
        if buses is None:
            continue
        live = circuit.live(case)
        missing = np.where(live, circuit.missing_mva(case, voltages(case, flow, row, buses), injected), 0.0)
        missing[case.slack_bus] = 0.0
        missing[case.pv_bus] = missing[case.pv_bus].real
        mend = "mind `bus_of` (the case counts buses in its own way), `ratio`, `b_pu`, `shunt_pu`, `closed`, and what the network itself injects"
        close(pair, f"power (MW) that is missing in row {row} at case bus", missing.real, 0.0 * missing.real, 10.0 * EXACT, mend)
        close(pair, f"power (Mvar) that is missing in row {row} at case bus", missing.imag, 0.0 * missing.real, 10.0 * EXACT, mend)


@after(check_power_balances_at_every_bus)
def check_branches_follow_from_the_voltages(subject: BackendSubject) -> None:
    """Powers, loadings and losses of lines and transformers are those that the voltages at their ends make."""
    subject.require_exact()
    for pair, row, flow, _ in _light_rows(subject):
        case, buses = pair.network.case, circuit.seen(pair.network.case)
        if buses is None:
            continue
        found = circuit.branches(case, voltages(case, flow, row, buses))
        first, lines = case.trafo_branch[:, 0], case.line_branch
        for name, place in (("line_p_mw", lines), ("trafo_p_mw", first)):
            power = np.where(place >= 0, found.from_mva.real[place] if len(found.from_mva) else 0.0, 0.0)
            close(pair, f"{name} in row {row}", getattr(flow, name)[row], power, 10.0 * EXACT, "it is the power into the branch at its from end, MW")
        limits = (
            ("line_loading_percent", lines[:, None], case.line_limit_ka[:, None, None]),
            ("trafo_loading_percent", case.trafo_branch, case.trafo_limit_ka),
        )
        for name, branch, limit_ka in limits:
            loading = circuit.loading_percent(found.current_ka, branch, limit_ka)
            mend = "it is the largest current over rated current of both ends (and all windings), in percent"
            close(pair, f"{name} in row {row}", getattr(flow, name)[row], loading, 1e-3, mend)
        owned = np.concatenate([lines, case.trafo_branch.ravel()])
        lost = (found.from_mva + found.to_mva).real[owned[owned >= 0]].sum()
        close(
            pair, f"losses_mw in row {row}", flow.losses_mw[row], lost, 10.0 * EXACT, "losses are what goes into lines and transformers at all ends"
        )


@after(check_values_are_finite)
def check_sources_hold_their_voltage(subject: BackendSubject) -> None:
    """External grids, and generators that hold a voltage, have the voltage that they hold."""
    for pair, row, flow, _ in _light_rows(subject):
        case, buses = pair.network.case, circuit.seen(pair.network.case)
        if buses is None:
            continue
        held = np.concatenate([case.slack_bus, case.pv_bus])
        on = circuit.live(case)[held]
        expected = np.concatenate([case.slack_vm_pu, case.pv_vm_pu])[on]
        mend = "a source holds its magnitude whatever flows; refuse networks with generators (pv_bus) if you cannot"
        close(pair, f"vm_pu of a source in row {row}", flow.vm_pu[row][buses[held[on]]], expected, tolerance(pair), mend)
        close(pair, f"va_deg of a source in row {row}", flow.va_deg[row][buses[case.slack_bus]], case.slack_va_deg, 60.0 * tolerance(pair), mend)


@after(check_power_balances_at_every_bus)
def check_published_feeder(subject: BackendSubject) -> None:
    """The feeder of Baran and Wu (1989) loses 202.7 kW, and its lowest voltage is 0.9131 pu, at bus 18."""
    for pair in subject.exactly("case33bw"):
        flow = alone(pair, nothing(pair.network), nothing(pair.network))
        require_converged(pair, flow, "without any injection")
        mend = "solve the full AC equations, or declare exact = False"
        close(pair, "losses_mw", flow.losses_mw[0], 0.202677, 1e-6, mend)
        close(pair, "the lowest vm_pu", flow.vm_pu[0].min(), 0.9131, 5e-5, mend)
        close(pair, "the place of the lowest vm_pu", flow.vm_pu[0].argmin(), 17, 0, "values stand in the order of the topology's buses")


def _powers(pair: Pair) -> list[tuple[float, float]]:
    return list(POWERS if pair.backend.exact else POWERS[:LIGHT])


def _at_the_end(pair: Pair) -> tuple[Array, Array]:
    p_mw, q_mvar = zip(*_powers(pair), strict=True)
    return at_bus(pair.network, 1, *p_mw), at_bus(pair.network, 1, *q_mvar)


def _roots(pair: Pair) -> Iterator[complex]:
    """The voltage at the end of the line for each of the powers."""
    return (end_of_line(SOURCE_PU, Z_PU, complex(p_mw, q_mvar) / BASE_MVA) for p_mw, q_mvar in _powers(pair))


def _light_rows(subject: BackendSubject) -> Iterator[tuple[Pair, int, Flow, Complex]]:
    """Every network solved without and with light injections: the pair, the row, the flow and what each case bus is injected, MVA."""
    for pair in subject.pairs():
        (p_mw, q_mvar), flow = light_injections(pair), light(subject, pair)
        require_converged(pair, flow)
        for row in range(3):
            yield pair, row, flow, circuit.injected_mva(pair.network.case, p_mw[row], q_mvar[row])


CHECKS = (
    check_two_buses_have_the_voltage_of_the_closed_form,
    check_two_buses_have_the_powers_of_the_closed_form,
    check_power_balances,
    check_power_balances_at_every_bus,
    check_branches_follow_from_the_voltages,
    check_sources_hold_their_voltage,
    check_published_feeder,
)
