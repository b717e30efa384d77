"""Controls: those that a backend declares are obeyed, each against a closed form; others are refused."""

import numpy as np

from pgcore.contracts.backend import Flow, Port
from pgcore.contracts.device import Control
from pgcore.testing.backends.closed_forms import end_of_line
from pgcore.testing.backends.networks import BASE_MVA
from pgcore.testing.backends.physics import SOURCE_PU, Z_PU, check_two_buses_have_the_voltage_of_the_closed_form
from pgcore.testing.backends.solving import alone, at_bus, close, injections, locked, nothing, require_converged, same, solved, tolerance
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import Breach, NotAsked, after

PORTS = {
    Control.TAP: Port(Control.TAP, 0, "trafo"),
    Control.CLOSED: Port(Control.CLOSED, 0, "line"),
    Control.SHUNT_MVAR: Port(Control.SHUNT_MVAR, 2),
    Control.VM_PU: Port(Control.VM_PU, 0),
}
"""A port of each kind, for the network ``transformer``."""
VALUES = {Control.TAP: (-8.0, 3.0), Control.CLOSED: (0.0, 1.0), Control.SHUNT_MVAR: (0.5, -0.5), Control.VM_PU: (0.97, 1.04)}
"""Two settings of each."""
TIES = (33, 7, 34, 9, 35, 14, 36, 32)
"""Lines that the reconfiguration of Baran and Wu opens, and ties that it closes, counted from 1."""
LOAD_MVA = 0.6 + 0.2j
"""The load of that network."""


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_undeclared_controls_are_refused(subject: BackendSubject) -> None:
    """A port for a control that is not declared is refused with a ValueError."""
    missing = [control for control in Control if control not in subject.kind.controls]
    if not missing:
        raise NotAsked("it declares every control")
    for pair in subject.pairs("transformer"):
        for control in missing:
            _require_refused(pair, PORTS[control], f"the control {control.value!r}, which it does not declare")


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_ports_that_cannot_work_are_refused(subject: BackendSubject) -> None:
    """A port of a transformer, line or bus that is not there is refused with a ValueError, and so is a voltage where nothing holds one."""
    if not subject.kind.controls:
        raise NotAsked("it declares no controls")
    for pair in subject.pairs("transformer"):
        for control in sorted(subject.kind.controls):
            port = PORTS[control]
            _require_refused(pair, Port(control, 99, port.element), f"{port.element} 99, of which there are fewer")
        if Control.VM_PU in subject.kind.controls:
            _require_refused(pair, Port(Control.VM_PU, 2), "the voltage of a bus without a source")


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_a_tap_sets_the_ratio(subject: BackendSubject) -> None:
    """At tap k the voltage behind a transformer is that of a source divided by the ratio of that tap, in each environment its own."""
    for pair in subject.acting(Control.TAP, "transformer"):
        taps = (-8.0, 0.0, 5.0, 8.0)
        flow = _controlled(pair, PORTS[Control.TAP], taps)
        expected = [abs(end_of_line(1.0 / (1.0 + 0.0125 * tap), 0.02 + 0.10j, -LOAD_MVA / BASE_MVA)) for tap in taps]
        mend = "take the transformer's entries from the row of its table in case.taps: row k is for tap low + k"
        close(pair, "vm_pu behind the transformer at taps -8, 0, 5 and 8", flow.vm_pu[:, 2], expected, tolerance(pair), mend)


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_a_shunt_injects_by_the_square_of_the_voltage(subject: BackendSubject) -> None:
    """A shunt of Q Mvar at 1 pu is an admittance of jQ: it injects Q·V²."""
    for pair in subject.acting(Control.SHUNT_MVAR, "two_buses"):
        sizes = (-2.0, 0.0, 1.0, 2.5)
        flow = _controlled(pair, Port(Control.SHUNT_MVAR, 1), sizes)
        expected = [abs(end_of_line(SOURCE_PU, Z_PU, 0.0, 1j * size / BASE_MVA)) for size in sizes]
        mend = "positive is into the grid; the power goes with the square of the voltage"
        close(pair, "vm_pu beside shunts of -2, 0, 1 and 2.5 Mvar", flow.vm_pu[:, 1], expected, tolerance(pair), mend)


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_a_set_point_moves_the_source(subject: BackendSubject) -> None:
    """A voltage set point is what the external grid at its bus, or the generator there, holds."""
    for pair in subject.acting(Control.VM_PU, "two_buses"):
        points = (0.95, 1.0, 1.06)
        flow = _controlled(pair, PORTS[Control.VM_PU], points)
        close(pair, "vm_pu of the source", flow.vm_pu[:, 0], points, tolerance(pair), "set slack_vm_pu of the port's bus")
        close(pair, "vm_pu of the other bus", flow.vm_pu[:, 1], points, tolerance(pair), "without injections it is that of the source")


@after(check_a_set_point_moves_the_source)
def check_a_set_point_moves_a_generator(subject: BackendSubject) -> None:
    """A voltage set point is what the generator at its bus holds."""
    for pair in subject.acting(Control.VM_PU, "generator"):
        points = (0.99, 1.01, 1.02)
        flow = _controlled(pair, Port(Control.VM_PU, 2), points)
        close(pair, "vm_pu of the generator's bus", flow.vm_pu[:, 2], points, tolerance(pair), "set pv_vm_pu of the port's bus")


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_a_switch_opens(subject: BackendSubject) -> None:
    """An open branch carries nothing and what lies behind it alone is dead, in each environment by its own setting."""
    for pair in subject.acting(Control.CLOSED, "transformer"):
        for port, behind in ((Port(Control.CLOSED, 0, "line"), (2,)), (Port(Control.CLOSED, 0, "trafo"), (1, 2))):
            flow = _controlled(pair, port, (1.0, 0.0, 1.0))
            for row, closed in enumerate((True, False, True)):
                alive = [closed or bus not in behind for bus in range(3)]
                _require_alive(pair, flow, row, alive, f"{port.element} {port.target} {'closed' if closed else 'open'}")
            power = getattr(flow, f"{port.element}_p_mw")[1, 0]
            close(pair, f"{port.element}_p_mw of the open one", power, 0.0, 0.0, "an open branch carries nothing")
            close(pair, "slack_p_mw with the load cut off", flow.slack_p_mw[1], 0.0, tolerance(pair), "what is cut off draws nothing from the source")


@after(check_a_switch_opens)
def check_a_switch_closes(subject: BackendSubject) -> None:
    """A branch that is out of service carries its share once it is closed: two equal lines in parallel are half of one's impedance."""
    for pair in subject.acting(Control.CLOSED, "parallel"):
        p_mw = at_bus(pair.network, 1, -2.0, -2.0)
        flow = solved(pair, pair.compiled((Port(Control.CLOSED, 1, "line"),)), p_mw, 0.0 * p_mw, locked([[0.0], [1.0]]))
        require_converged(pair, flow)
        expected = [abs(end_of_line(SOURCE_PU, z, -2.0 / BASE_MVA)) for z in (Z_PU, Z_PU / 2.0)]
        mend = "branches out of service are in the case with closed False: a port closes them"
        close(pair, "vm_pu with the second line open and closed", flow.vm_pu[:, 1], expected, tolerance(pair), mend)


@after(check_a_switch_opens)
def check_a_switch_brings_a_dead_island_back(subject: BackendSubject) -> None:
    """Closing the line to a part without a source brings it to life, and opening it again leaves no trace."""
    for pair in subject.acting(Control.CLOSED, "islands"):
        port, idle = (Port(Control.CLOSED, 4, "line"),), nothing(pair.network)
        solver = pair.compiled(port)
        for setting in (0.0, 1.0, 0.0):
            flow = solved(pair, solver, idle, idle, locked([[setting]]))
            require_converged(pair, flow, f"with line 4 at {setting:g}")
            _require_alive(pair, flow, 0, [True] * 6 + [setting > 0.5] * 2, f"line 4 {'closed' if setting else 'open'}")
        solver.forget()
        flow = solved(pair, solver, idle, idle, locked([[0.0]]))
        same(pair, (flow, 0), (solved(pair, pair.compiled(port), idle, idle, locked([[0.0]])), 0), "by a new solver", "a control leaves no trace")


@after(check_a_switch_closes)
def check_published_reconfiguration(subject: BackendSubject) -> None:
    """With lines 7, 9, 14 and 32 open and ties 33 to 36 closed, the feeder of Baran and Wu (1989) loses 139.5 kW."""
    subject.require_exact()
    for pair in subject.acting(Control.CLOSED, "case33bw"):
        ports = tuple(Port(Control.CLOSED, line - 1, "line") for line in TIES)
        flow = solved(pair, pair.compiled(ports), nothing(pair.network), nothing(pair.network), locked([[float(line > 32) for line in TIES]]))
        require_converged(pair, flow, "after the reconfiguration")
        close(pair, "losses_mw", flow.losses_mw[0], 0.1395, 1e-4, "ports stand in the order of the columns of `controls`")


@after(check_two_buses_have_the_voltage_of_the_closed_form)
def check_controls_leave_no_trace(subject: BackendSubject) -> None:
    """Without controls the network is as its source made it, whatever was set before; and each environment's settings are its own, bit for bit."""
    if not subject.kind.controls:
        raise NotAsked("it declares no controls")
    for pair in subject.pairs("transformer"):
        for control in sorted(subject.kind.controls):
            _require_no_trace(pair, control)


def _controlled(pair: Pair, port: Port, values: tuple[float, ...]) -> Flow:
    """A flow without injections for each value of one port."""
    idle = nothing(pair.network, len(values))
    flow = solved(pair, pair.compiled((port,)), idle, idle, locked([[value] for value in values]))
    require_converged(pair, flow, f"with {port.control.value} at {', '.join(f'{value:g}' for value in values)}")
    return flow


def _require_no_trace(pair: Pair, control: Control) -> None:
    ports, settings = (PORTS[control],), locked([[value] for value in VALUES[control]])
    p_mw, q_mvar = injections(pair.network, 2)
    solver = pair.compiled(ports)
    together = solved(pair, solver, p_mw, q_mvar, settings)
    for row in range(2):
        one = solved(pair, pair.compiled(ports), locked(p_mw[[row]]), locked(q_mvar[[row]]), locked(settings[[row]]))
        mend = "set every port anew in every row, and look up what depends on it by that row's setting"
        same(pair, (together, row), (one, 0), f"alone, with {control.value} at {settings[row, 0]:g}", mend)
    solver.forget()
    flow, never = solved(pair, solver, p_mw, q_mvar), alone(pair, p_mw, q_mvar)
    same(pair, (flow, 0), (never, 0), f"by a solver that never heard of {control.value}", "controls None: put it back")


def _require_refused(pair: Pair, port: Port, what: str) -> None:
    mend = "check every port in compile(), and raise a ValueError that says what to use instead"
    try:
        pair.backend.compile(pair.network, (port,))
    except ValueError:
        return
    except Exception as error:
        raise Breach(f"compile() raised {type(error).__name__} for {what}: {error}, on {pair}", mend) from error
    raise Breach(f"compile() took a port for {what}, on {pair}", mend)


def _require_alive(pair: Pair, flow: Flow, row: int, alive: list[bool], when: str) -> None:
    found = np.asarray(flow.energised)[row].tolist()
    if found != alive:
        mend = "find the buses that closed branches connect to a source anew for every setting"
        raise Breach(f"energised is {found} with {when}, expected {alive}, on {pair}", mend)


CHECKS = (
    check_undeclared_controls_are_refused,
    check_ports_that_cannot_work_are_refused,
    check_a_tap_sets_the_ratio,
    check_a_shunt_injects_by_the_square_of_the_voltage,
    check_a_set_point_moves_the_source,
    check_a_set_point_moves_a_generator,
    check_a_switch_opens,
    check_a_switch_closes,
    check_a_switch_brings_a_dead_island_back,
    check_published_reconfiguration,
    check_controls_leave_no_trace,
)
