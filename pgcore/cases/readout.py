"""Readout: the Flow of a neutral case at given voltages, for all environments of a batch at once."""

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from pgcore.cases.admittances import TwoPorts
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case, Complex, Topology


@frozen(eq=False)
class Terminals:
    """The ends of a case's branches in two halves, from ends then to ends; the last of each half belongs to no branch and carries nothing."""

    bus: Index
    """``(2·(n branch + 1),)``: the case bus there."""
    far: Index
    """The case bus at the other end."""
    own_mva: Complex
    """Current into the branch here for 1 pu at ``bus``, in MVA at 1 pu voltage."""
    far_mva: Complex
    """The same for 1 pu at ``far``."""
    percent: Array
    """Loading for 1 MVA of current at 1 pu, where a line's or transformer's limit is known; else 0."""

    def __len__(self) -> int:
        return len(self.bus) // 2


def terminals(case: Case, y: TwoPorts) -> Terminals:
    """The ends of a case's branches, with their admittances and limits."""
    f, t = np.append(case.from_bus, 0), np.append(case.to_bus, 0)
    bus = np.concatenate([f, t])
    own, far = (np.concatenate([np.append(a, 0), np.append(b, 0)]).astype(np.complex128) * case.base_mva for a, b in ((y.ff, y.tt), (y.ft, y.tf)))
    per_ka = 100 / (np.sqrt(3) * case.vn_kv[bus]) if len(case.vn_kv) else np.zeros(len(bus))
    return Terminals(bus, np.concatenate([t, f]), own, far, per_ka / _limits_ka(case).ravel())


def _limits_ka(case: Case) -> Array:
    """Rated current at both ends of every branch, ``(2, n branch + 1)`` in kA; ``inf`` where nothing is known."""
    limit = np.full((2, len(case.from_bus) + 1), np.inf)
    for branch, known in ((case.line_branch, np.stack([case.line_limit_ka] * 2, axis=-1)), (case.trafo_branch, case.trafo_limit_ka)):
        limit[:, branch[branch >= 0]] = known[branch >= 0].T
    return limit


@frozen(eq=False)
class Part:
    """Some buses of a case with all that is connected there: buses, ends of branches, and shunts with what they draw at 1 pu."""

    buses: Index
    ends: Index
    shunted: Index
    shunt_mva: Complex
    base_mva: float

    def missing_mva(self, voltage: Complex, power: Complex, flowing: Complex) -> Complex:
        """What is drawn here and not injected, summed up, MW + j Mvar ``(B,)``; ``flowing`` is the power into every end of a branch."""
        missing = flowing.take(self.ends, axis=1).sum(axis=1) - power.take(self.buses, axis=1).sum(axis=1) * self.base_mva
        if self.shunted.size:
            at_shunts = voltage.take(self.shunted, axis=1)
            missing += ((at_shunts.real**2 + at_shunts.imag**2) * self.shunt_mva).sum(axis=1)
        return np.asarray(missing)


def part(case: Case, ends: Terminals, buses: Index) -> Part:
    """The part of a case at some of its buses."""
    shunted = np.intersect1d(buses, np.flatnonzero(case.shunt_pu))
    shunt_mva = np.asarray(np.conj(case.shunt_pu[shunted]) * case.base_mva, dtype=np.complex128)
    return Part(buses, np.flatnonzero(np.isin(ends.bus, buses)), shunted, shunt_mva, case.base_mva)


class Readout:
    """Reads Flows off the voltages of one case; what can be looked up beforehand is."""

    def __init__(self, case: Case, y: TwoPorts, live: Flags) -> None:
        """``y`` are the case's branches and ``live`` the buses that have a source."""
        self._ends = terminals(case, y)
        none = len(self._ends) - 1
        self._line, self._trafo = (np.where(branch < 0, none, branch) for branch in (case.line_branch, case.trafo_branch))
        elements = np.concatenate([self._line, self._trafo.ravel()])
        self._lossy = np.concatenate([elements, elements + len(self._ends)])
        self._held = np.where(case.bus_of < 0, 0, case.bus_of)
        self._energised = (case.bus_of >= 0) & live[self._held]
        self._live = part(case, self._ends, np.flatnonzero(live))
        self._holding = part(case, self._ends, case.pv_bus[live[case.pv_bus]])

    def read(self, voltage: Complex, power: Complex, converged: Flags, rung: NDArray[np.uint8]) -> Flow:
        """The Flow of all rows.

        Args:
            voltage: complex voltage of each case bus, pu ``(B, n bus)``; 0 where there is no source. May be anything where not ``converged``.
            power: what is injected at each case bus without the slack's share, pu ``(B, n bus)``.
            converged, rung: as in the Flow, ``(B,)``.
        """
        if not converged.all():
            voltage, power = (np.where(converged[:, None], values, 0) for values in (voltage, power))
        ends, half = self._ends, len(self._ends)
        here = voltage.take(ends.bus, axis=1)
        current = here * ends.own_mva + voltage.take(ends.far, axis=1) * ends.far_mva
        flowing = np.multiply(here, np.conj(current))  # not `here * …`: numpy would swap the operands of large arrays, and with them last bits
        into_mw, percent = flowing.real, np.abs(current) * ends.percent
        loading = np.maximum(percent[:, :half], percent[:, half:])
        slack = self._slack_mva(voltage, power, flowing)
        seen = np.where(self._energised, voltage.take(self._held, axis=1), 0)
        return Flow(
            vm_pu=np.abs(seen),
            va_deg=np.rad2deg(np.arctan2(seen.imag, seen.real)),
            line_loading_percent=loading.take(self._line, axis=1),
            trafo_loading_percent=loading.take(self._trafo, axis=1).max(axis=2),
            line_p_mw=into_mw.take(self._line, axis=1),
            trafo_p_mw=into_mw.take(self._trafo[:, 0], axis=1),
            slack_p_mw=slack.real,
            slack_q_mvar=slack.imag,
            losses_mw=into_mw.take(self._lossy, axis=1).sum(axis=1),
            converged=converged,
            energised=self._energised & converged[:, None],
            rung=rung,
        )

    def _slack_mva(self, voltage: Complex, power: Complex, flowing: Complex) -> Complex:
        """What is missing at all buses together (Q: at those without a generator that holds the voltage), ``(B,)`` in MW + j Mvar.

        At a solution nothing is missing but at the slack; beside one, as in a linear solve, this makes the power balance all the same.
        """
        missing = self._live.missing_mva(voltage, power, flowing)
        if self._holding.buses.size:
            missing -= 1j * self._holding.missing_mva(voltage, power, flowing).imag
        return missing


def joined(parts: list[tuple[Index | None, Flow]], rows: int) -> Flow:
    """One Flow of ``rows`` rows out of Flows of some of them each; rows are ``None`` where one Flow has them all."""
    if len(parts) == 1 and parts[0][0] is None:
        return parts[0][1]
    whole = {}
    for name in (field.name for field in attrs.fields(Flow)):
        first = getattr(parts[0][1], name)
        whole[name] = np.zeros((rows, *first.shape[1:]), dtype=first.dtype)
        for at, flow in parts:
            whole[name][at] = getattr(flow, name)
    return Flow(**whole)


def without_solution(topology: Topology, rows: int, rung: int) -> Flow:
    """The Flow of rows that have no solution: zeros, nothing energised."""
    at_buses, at_lines, at_trafos = ((rows, len(elements)) for elements in (topology, topology.lines, topology.trafos))
    return Flow(
        vm_pu=np.zeros(at_buses),
        va_deg=np.zeros(at_buses),
        line_loading_percent=np.zeros(at_lines),
        trafo_loading_percent=np.zeros(at_trafos),
        line_p_mw=np.zeros(at_lines),
        trafo_p_mw=np.zeros(at_trafos),
        slack_p_mw=np.zeros(rows),
        slack_q_mvar=np.zeros(rows),
        losses_mw=np.zeros(rows),
        converged=np.zeros(rows, dtype=bool),
        energised=np.zeros(at_buses, dtype=bool),
        rung=np.full(rows, rung, dtype=np.uint8),
    )
