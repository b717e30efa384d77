"""Backends that are wrong on purpose, each in one way, beside the right ones that they are made from."""

import random
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.cases.admittances import live_buses
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control
from pgcore.contracts.network import Network
from pgcore.quantity import quantity
from pgcore.testing.backends.reference import ReferenceBackend, ReferenceSolver

ALL = frozenset(Control)


class Inner(Solver):
    """A right solver, with a right answer that mistakes are made on."""

    rungs: ClassVar[tuple[str, ...]] = ReferenceSolver.rungs

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        self.network, self.ports = network, ports
        self.rows: Index = np.zeros(0, dtype=np.intp)
        self.right: Solver = ReferenceBackend().compile(network, ports)

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        self.rows = np.arange(len(p_mw)) if rows is None else rows
        return self.spoilt(self.right.solve(p_mw, q_mvar, controls, rows), p_mw)

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return flow

    def forget(self, row: int | None = None) -> None:
        return


@frozen
class Right(Backend):
    """A right backend that is made of another."""

    type: ClassVar[str] = "right"
    controls: ClassVar[frozenset[Control]] = ALL
    solver: ClassVar[Callable[..., Solver]] = Inner

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return self.solver(network, ports)


@frozen
class CopperPlate(Backend):
    """Every bus at 1 pu and no losses: right for an approximation without controls."""

    type = "copper_plate"
    exact = False

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        if ports:
            raise ValueError("it has no controls; use another backend")
        return Plate(network, ports)


class Plate(Inner):
    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        zero = {f.name: 0.0 * getattr(flow, f.name) for f in attrs.fields(Flow) if f.name.endswith(("percent", "deg", "mw"))}
        case, live = self.network.case, live_buses(self.network.case)
        own_mw = case.p_mw[live].sum() + case.pv_p_mw.sum()
        given_mw = np.where(flow.converged, -own_mw - np.where(flow.energised, p_mw, 0.0).sum(axis=1), 0.0)
        return attrs.evolve(flow, **{**zero, "slack_p_mw": given_mw}, vm_pu=1.0 * flow.energised)


WRONG: dict[type[Backend], str] = {}
HINTS: dict[type[Backend], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[Backend]]:
    """A wrong backend, by the check that names its mistake; a wrong solver stands for the backend that uses it."""

    def noted(thing: type) -> type[Backend]:
        if issubclass(thing, Solver):
            thing = attrs.frozen(type(thing.__name__, (Right,), {"solver": thing, "__doc__": thing.__doc__, "__module__": __name__}))
        WRONG[thing], HINTS[thing] = check, hint
        return thing

    return noted


@wrong("every_option_is_documented", "'colour'")
@frozen
class Undocumented(Right):
    """It has an option that nobody explains."""

    colour: str = field(default="red")


@wrong("made_from_its_options", "nearly all options")
@frozen
class RefusesItsBounds(Right):
    """It declares any tolerance above zero, and takes none."""

    tolerance: float = quantity("pu", "largest mismatch", gt=0)

    def __attrs_post_init__(self) -> None:
        raise ValueError("no")


@wrong("options_travel_through_a_spec")
@frozen
class Rounds(Right):
    """It keeps another number than it was given."""

    tolerance: float = quantity("pu", "largest mismatch", default=0.5, gt=0, le=1)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "tolerance", self.tolerance / 2.0)


@wrong("pickles", "lock")
@frozen
class HoldsALock(Right):
    """Its option is a lock."""

    lock: Any = field(factory=threading.Lock, init=False, eq=False)


@wrong("takes_a_network", "takes no network; it refuses the network 'two_buses': it is a Tuesday")
@frozen
class Picky(Right):
    """It takes nothing."""

    def refuses(self, network: Network) -> str | None:
        return "it is a Tuesday"


@wrong("takes_a_network", "a network is read-only")
@frozen
class WritesIntoTheNetwork(Right):
    """It changes the network that it compiles."""

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        network.case.p_mw[:] = 0.0
        return ReferenceBackend().compile(network, ports)


@wrong("refuses_in_a_sentence", "'no'")
@frozen
class Curt(Right):
    """It says no more than no."""

    def refuses(self, network: Network) -> str | None:
        return "no" if len(network.case.pv_bus) else None


@wrong("refuses_in_a_sentence", "compile() took the network")
@frozen
class Lax(Right):
    """It refuses and takes it all the same."""

    def refuses(self, network: Network) -> str | None:
        return "generators are too much for it" if len(network.case.pv_bus) else None


@wrong("shapes", "float32")
class SinglePrecision(Inner):
    """It hands out float32."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=flow.vm_pu.astype(np.float32))


@wrong("shapes", "of shape (1,) and type")
class OneForAll(Inner):
    """It hands out one row of flags, whatever the batch."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, converged=flow.converged.all()[None])


@wrong("inputs_stay_unchanged", "p_mw")
class AddsItsOwn(Inner):
    """It adds to the injections in place."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        p_mw += 0.01
        return super().solve(p_mw, q_mvar, controls, rows)


@wrong("no_load_raises", "solve() raised Diverged")
class Raises(Inner):
    """It raises where there is no solution."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        if not flow.converged.all():
            raise type("Diverged", (RuntimeError,), {})("after 30 iterations")
        return flow


@wrong("values_are_finite", "vm_pu")
class NaNs(Inner):
    """It hands out NaN where there is no solution."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=np.where(flow.converged[:, None], flow.vm_pu, np.nan))


@wrong("values_are_finite", "va_deg[0, 7] is nan")
class NaNAtDeadBuses(Inner):
    """It hands out NaN at buses without voltage."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, va_deg=np.where(flow.energised | ~flow.converged[:, None], flow.va_deg, np.nan))


@wrong("rungs")
class BeyondTheLadder(Inner):
    """It names a rung that there is not."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, rung=(flow.rung * 7).astype(np.uint8))


@wrong("flows_stay_as_they_were", "vm_pu")
class OneBuffer(Inner):
    """It hands out the same array every time."""

    buffer: Array | None = None

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        if self.buffer is None or self.buffer.shape != flow.vm_pu.shape:
            self.buffer = np.zeros_like(flow.vm_pu)
        self.buffer[:] = flow.vm_pu
        return attrs.evolve(flow, vm_pu=self.buffer)


@wrong("is_deterministic", "global generator of Python")
class Jitters(Inner):
    """It draws from the generator of the process."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=flow.vm_pu * (1.0 + 1e-12 * random.random()))


@wrong("is_deterministic", "the first time")
class Counts(Inner):
    """It counts its solves, over all solvers."""

    solves: ClassVar[list[int]] = []

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        self.solves.append(1)
        return attrs.evolve(flow, vm_pu=flow.vm_pu * (1.0 + 1e-10 * len(self.solves)))


@wrong("environments_do_not_influence_each_other", "when environment")
class MixesRows(Inner):
    """It corrects every row by the mean of all."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=flow.vm_pu + 1e-9 * (p_mw.mean() if len(self.network.topology) == 2 else 0.0))


@wrong("a_part_is_as_the_whole", "as environment")
class FollowsItsNeighbour(Inner):
    """On larger networks it starts each row from the solution of the one before."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        late = np.concatenate([flow.vm_pu[:1], flow.vm_pu[:-1]])
        return attrs.evolve(flow, vm_pu=flow.vm_pu + 1e-9 * (late - flow.vm_pu) * (len(self.network.topology) > 2))


class Warm(Inner):
    """It starts from the last solution of each row; a part of that stays."""

    share = 1e-9
    clears = True
    whole = False

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        super().__init__(network, ports)
        self.last: dict[int, Array] = {}

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        vm_pu = np.array(flow.vm_pu)
        for place, (row, values) in enumerate(zip(self.known(), flow.vm_pu, strict=True)):
            vm_pu[place] += self.share * (self.last.get(row, values) - values)
            if flow.converged[place] or not self.clears:
                self.last[row] = values
            else:
                self.last.pop(row, None)
        return attrs.evolve(flow, vm_pu=vm_pu * flow.energised)

    def known(self) -> list[int]:
        """The environment that each row belongs to."""
        return self.rows.tolist()

    def forget(self, row: int | None = None) -> None:
        if row is None or self.whole:
            self.last.clear()
        else:
            self.last.pop(row, None)


RightButWarm = attrs.frozen(type("RightButWarm", (Right,), {"solver": Warm, "__doc__": Warm.__doc__, "__module__": __name__}))
RIGHT: tuple[type[Backend], ...] = (RightButWarm,)


@wrong("rows_are_environments", "not by the place in the batch")
class CountsPlaces(Warm):
    """It takes the place in a batch for the environment."""

    def known(self) -> list[int]:
        return list(range(len(self.rows)))


@wrong("forget_starts_afresh", "by a new solver")
class ForgetsNothing(Warm):
    """Its forget() does nothing."""

    def forget(self, row: int | None = None) -> None:
        return


@wrong("forget_starts_afresh", "where nothing was forgotten")
class ForgetsAll(Warm):
    """It forgets all rows where it should forget one."""

    whole = True


@wrong("earlier_solves_do_not_show", "after other solves")
class StopsEarly(Warm):
    """Its warm start is far from the solution when it stops."""

    share = 1e-3


@wrong("a_solver_pickles", "__getstate__")
class HoldsAThread(Inner):
    """Its solver has a lock."""

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        super().__init__(network, ports)
        self.lock = threading.Lock()


@wrong("two_buses_have_the_voltage_of_the_closed_form", "power into the grid is positive")
class TurnedRound(Inner):
    """It takes injections for loads."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        return self.right.solve(-p_mw, -q_mvar, controls)


@wrong("two_buses_have_the_voltage_of_the_closed_form", "degrees")
class Radians(Inner):
    """Its angles are in radians."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, va_deg=np.deg2rad(flow.va_deg))


@wrong("two_buses_have_the_powers_of_the_closed_form", "line_p_mw")
class AtTheOtherEnd(Inner):
    """It measures lines at their far end."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, line_p_mw=flow.line_p_mw - flow.losses_mw[:, None])


@wrong("two_buses_have_the_powers_of_the_closed_form", "percent")
class NoPercent(Inner):
    """Its loadings are shares of one."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, line_loading_percent=flow.line_loading_percent / 100.0)


class Elsewhere(Inner):
    """It solves another case than that of its network."""

    def __init__(self, network: Network, ports: tuple[Port, ...]) -> None:
        super().__init__(network, ports)
        self.right = ReferenceBackend().compile(attrs.evolve(network, case=self.other(network)), ports)

    def other(self, network: Network) -> Any:
        return network.case


@wrong("power_balances", "slack_p_mw")
class ShuntsAreFree(Inner):
    """The power that shunts draw is missing from the slack."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, slack_p_mw=flow.slack_p_mw - 0.01 * (self.network.case.shunt_pu.real.sum() > 0) * flow.converged)


@wrong("power_balances_at_every_bus", "missing")
class WithoutCharging(Elsewhere):
    """It leaves out the capacitance of lines."""

    def other(self, network: Network) -> Any:
        return attrs.evolve(network.case, b_pu=0.0 * network.case.b_pu)


@wrong("branches_follow_from_the_voltages", "trafo_loading_percent")
class LowSideOnly(Inner):
    """It counts the power of transformers, not their current."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, trafo_loading_percent=100.0 * np.abs(flow.trafo_p_mw) / np.append(self.network.topology.trafos.limit, 1.0)[:-1])


@wrong("sources_hold_their_voltage", "pv_bus")
class IgnoresGenerators(Elsewhere):
    """Its generators hold no voltage; they are loads with a minus."""

    def other(self, network: Network) -> Any:
        case, none = network.case, np.zeros(0)
        p_mw = np.array(case.p_mw)
        np.add.at(p_mw, case.pv_bus, case.pv_p_mw)
        return attrs.evolve(case, p_mw=p_mw, pv_bus=none.astype(np.intp), pv_p_mw=none, pv_vm_pu=none)


@wrong("buses_without_a_source_are_flagged", "energised, although no closed branch leads to a source")
class IgnoresIslands(Inner):
    """It takes every bus of the case for one with voltage."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        on = (self.network.case.bus_of >= 0)[None] & flow.converged[:, None]
        return attrs.evolve(flow, energised=on, vm_pu=np.where(on & (flow.vm_pu == 0.0), 1.0, flow.vm_pu))


@wrong("dead_buses_and_branches_hold_zeros", "vm_pu")
class FloatingBuses(Inner):
    """Its dead buses keep the voltage of the start."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=np.where(flow.energised | ~flow.converged[:, None], flow.vm_pu, 1.0))


@wrong("power_at_dead_buses_changes_nothing", "slack_p_mw")
class ServesTheDead(Inner):
    """Its slack takes up what is injected at dead buses."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        lost = np.where(flow.energised, 0.0, p_mw).sum(axis=1)
        return attrs.evolve(flow, slack_p_mw=np.where(flow.converged, flow.slack_p_mw - lost, 0.0))


@wrong("no_solution_is_a_value", "the most that the line carries")
class AlwaysConverges(Inner):
    """It calls everything a solution."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, converged=np.ones_like(flow.converged))


@wrong("a_row_without_solution_is_zero", "vm_pu in row")
class LastIterate(Inner):
    """It hands out the last iterate where there is no solution."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, vm_pu=np.where(flow.converged[:, None], flow.vm_pu, 0.7))


@wrong("a_failure_leaves_no_trace", "in the step after one without solution")
class Poisoned(Warm):
    """A failure is where its next solve starts."""

    clears = False


@wrong("a_failure_stays_in_its_row", "without the environment that has no solution")
class FailsTogether(Inner):
    """One row without solution spoils the others a little."""

    def spoilt(self, flow: Flow, p_mw: Array) -> Flow:
        return attrs.evolve(flow, losses_mw=flow.losses_mw * (1.0 + 1e-12 * (not flow.converged.all())))


@wrong("undeclared_controls_are_refused", "'tap'")
@frozen
class TakesAnyPort(Right):
    """It declares nothing, and takes every port without acting on it."""

    controls = frozenset()


@wrong("ports_that_cannot_work_are_refused", "trafo 99")
@frozen
class TakesNoPort(Right):
    """It does not look at ports before it solves."""

    controls = frozenset({Control.TAP})

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return Inner(network, tuple(port for port in ports if port.target < 9))


class Deaf(Inner):
    """It takes the values of a control for what they are not."""

    control: Control

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        heard = None if controls is None else np.array(controls)
        if heard is not None:
            for k, port in enumerate(self.ports):
                if port.control is self.control:
                    heard[:, k] = self.heard(heard[:, k], port)
        return self.right.solve(p_mw, q_mvar, heard)

    def heard(self, values: Array, port: Port) -> Array:
        raise NotImplementedError


@wrong("a_tap_sets_the_ratio", "row k is for tap low + k")
class CountsTapsFromOne(Deaf):
    """It is one row off in the table of taps."""

    control = Control.TAP

    def heard(self, values: Array, port: Port) -> Array:
        return values + 1.0


@wrong("a_shunt_injects_by_the_square_of_the_voltage", "shunts of")
class InductiveShunts(Deaf):
    """Its shunts have the other sign."""

    control = Control.SHUNT_MVAR

    def heard(self, values: Array, port: Port) -> Array:
        return -values


@wrong("a_set_point_moves_the_source", "slack_vm_pu")
class FixedSource(Deaf):
    """Its external grid stays at 1.02 pu."""

    control = Control.VM_PU

    def heard(self, values: Array, port: Port) -> Array:
        return values * 0.0 + 1.02


@wrong("a_set_point_moves_a_generator", "pv_vm_pu")
class FixedGenerator(Deaf):
    """Its generators do not listen; its external grid does."""

    control = Control.VM_PU

    def heard(self, values: Array, port: Port) -> Array:
        return values if port.target == 0 else values * 0.0 + 1.01


@wrong("a_switch_opens", "open, expected [True, True, False]")
class AlwaysClosed(Deaf):
    """It never opens a branch."""

    control = Control.CLOSED

    def heard(self, values: Array, port: Port) -> Array:
        return values * 0.0 + 1.0


@wrong("a_switch_closes", "second line open and closed")
class NeverCloses(Deaf):
    """It cannot close what was open when it compiled."""

    control = Control.CLOSED

    def heard(self, values: Array, port: Port) -> Array:
        lines = self.network.topology.lines
        return values if port.element == "trafo" or lines.in_service[port.target] else values * 0.0


@wrong("a_switch_brings_a_dead_island_back", "line 4 closed")
class OnceDead(Deaf):
    """It closes branches within an island only."""

    control = Control.CLOSED

    def heard(self, values: Array, port: Port) -> Array:
        return values if len(self.network.topology) < 8 or port.target != 4 else values * 0.0


@wrong("published_reconfiguration", "losses_mw")
class SortsItsPorts(Inner):
    """It takes the columns of controls in the order of its lines."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        order = np.argsort([port.target for port in self.ports])
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        return self.right.solve(p_mw, q_mvar, None if controls is None else controls[:, place])


@wrong("controls_leave_no_trace", "controls None: put it back")
class KeepsItsSettings(Inner):
    """Without controls it goes on with the last ones."""

    last: Array | None = None

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        kept = self.last if controls is None and self.last is not None and len(self.last) == len(p_mw) else controls
        self.last = kept
        return self.right.solve(p_mw, q_mvar, kept)


@wrong("controls_leave_no_trace", "alone, with")
class OneSettingForAll(Inner):
    """It sets the network for the first row, and solves all with it; only the transformer's network shows it."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        blurred = controls is not None and self.ports[0].control is Control.SHUNT_MVAR and len(self.network.topology) == 3
        return self.right.solve(p_mw, q_mvar, np.repeat(controls[:1], len(p_mw), axis=0) if blurred and controls is not None else controls)
