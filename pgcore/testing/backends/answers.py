"""Answers: a flow has all its values in the right shape, none of them is NaN, and nothing that was handed in or out is changed."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Case, Network, Topology
from pgcore.testing.backends.acceptance import check_takes_a_network
from pgcore.testing.backends.solving import alone, injections, locked, nothing, solved
from pgcore.testing.backends.subject import BackendSubject, Pair
from pgcore.testing.checks import Breach, after


@after(check_takes_a_network)
def check_shapes(subject: BackendSubject) -> None:
    """A flow has a number for every environment and bus, line or transformer, as float64, and flags as bool."""
    for pair in subject.pairs():
        for rows in (1, 2):
            p_mw, q_mvar = injections(pair.network, rows)
            flow = solved(pair, pair.compiled(), p_mw.copy(), q_mvar.copy())  # that it changes them is found out below
            if not isinstance(flow, Flow):
                raise Breach(f"solve() returned {type(flow).__name__} on {pair}", "return a pgcore.contracts.backend.Flow")
            for name, (shape, kind) in _expected(pair.network, rows).items():
                value = getattr(flow, name)
                found = f"{type(value).__name__} of shape {np.shape(value)} and type {getattr(value, 'dtype', type(value).__name__)}"
                if not isinstance(value, np.ndarray) or value.shape != shape or value.dtype != kind:
                    raise Breach(f"{name} is {found}, expected an array of shape {shape} and type {np.dtype(kind)}, on {pair}", f"mend {name}")


@after(check_shapes)
def check_inputs_stay_unchanged(subject: BackendSubject) -> None:
    """Neither the injections nor the network are changed."""
    for pair in subject.pairs():
        before = _copied(pair.network)
        given = [np.array(part) for part in injections(pair.network, 2)]
        kept = [part.copy() for part in given]
        solved(pair, pair.compiled(), given[0], given[1])  # these can be written to; the read-only ones of other checks raise
        for name, one, other in zip(("p_mw", "q_mvar"), given, kept, strict=True):
            if not np.array_equal(one, other):
                raise Breach(f"solve() changed {name} on {pair}", "copy what is handed in before it is changed")
        for name, value in _copied(pair.network).items():
            if not np.array_equal(value, before[name], equal_nan=value.dtype.kind in "fc"):
                raise Breach(f"the network's {name} was changed, on {pair}", "work on a copy: a network is read-only, and others compile it too")


@after(check_inputs_stay_unchanged)
def check_no_load_raises(subject: BackendSubject) -> None:
    """However much is asked for, solve() raises nothing: a power flow without solution is a value."""
    for pair in subject.few():
        strained(subject, pair)


@after(check_no_load_raises)
def check_values_are_finite(subject: BackendSubject) -> None:
    """No value of a flow is ever NaN or infinite: not at light loads, at heavy ones, nor where there is no solution."""
    flows = [(pair, "a light load", light(subject, pair)) for pair in subject.pairs()]
    flows += [(pair, when, flow) for pair in subject.few() for when, flow in strained(subject, pair)]
    for pair, when, flow in flows:
        for name in _names(float):
            bad = np.argwhere(~np.isfinite(getattr(flow, name)))
            if len(bad):
                at = tuple(int(i) for i in bad[0])
                mend = "idle branches and dead buses hold zeros; a rating of infinity is a loading of zero; a row without solution is zero"
                raise Breach(f"{name}{list(at)} is {float(getattr(flow, name)[at])} at {when}, on {pair}", mend)


@after(check_no_load_raises)
def check_rungs(subject: BackendSubject) -> None:
    """`rungs` names the attempts that a solve makes, and `rung` is the place in it of the one that gave each answer."""
    for pair in subject.few():
        rungs = pair.compiled().rungs
        if not rungs or not all(isinstance(rung, str) and rung for rung in rungs) or len(set(rungs)) < len(rungs):
            raise Breach(f"rungs is {rungs!r} on {pair}", 'name every attempt once, such as rungs = ("warm", "flat", "failed")')
        for when, flow in strained(subject, pair):
            rung = np.asarray(flow.rung)
            if rung.size == 0 and len(rungs) == 1:
                continue
            if rung.shape != (2,) or rung.dtype.kind not in "iu" or (rung < 0).any() or (rung >= len(rungs)).any():
                mend = "give the place in `rungs` for every environment, as uint8"
                raise Breach(f"rung is {rung!r} for 2 environments and the rungs {', '.join(rungs)}, at {when} on {pair}", mend)


@after(check_no_load_raises)
def check_flows_stay_as_they_were(subject: BackendSubject) -> None:
    """A flow that was handed out is not changed by the next solve: the environment keeps the last good one."""
    for pair in subject.few():
        solver = pair.compiled()
        first = solved(pair, solver, *injections(pair.network, 2, seed=1))
        kept = {field.name: np.array(getattr(first, field.name)) for field in attrs.fields(Flow)}
        solved(pair, solver, nothing(pair.network, 2), nothing(pair.network, 2))
        for name, value in kept.items():
            if not np.array_equal(value, getattr(first, name), equal_nan=value.dtype.kind == "f"):
                raise Breach(
                    f"{name} of an earlier flow was changed by the next solve, on {pair}", "hand out new arrays, or copies of what is reused"
                )


def light(subject: BackendSubject, pair: Pair) -> Flow:
    """A new solver's flow in three environments: without injections, and with light ones twice."""

    def solve() -> Flow:
        return alone(pair, *light_injections(pair))

    return subject.kept("light", pair, solve)


def light_injections(pair: Pair) -> tuple[Array, Array]:
    """What :func:`light` solves for, ``(3, bus)`` in MW and Mvar."""
    p_mw, q_mvar = injections(pair.network, 2)
    idle = nothing(pair.network)
    return locked(np.concatenate([idle, p_mw])), locked(np.concatenate([idle, q_mvar]))


def strained(subject: BackendSubject, pair: Pair) -> list[tuple[str, Flow]]:
    """A solver's flows of two environments: at a light load, with a thousand and a million times that, and at a light one again; each in words."""

    def solve() -> list[tuple[str, Flow]]:
        p_mw, q_mvar = injections(pair.network, 2)
        much = (locked(np.array([[-1e3], [1e6]]) * np.abs(p_mw)), locked(np.array([[-1e3], [1e6]]) * q_mvar))
        solver = pair.compiled()
        steps = ("a light load", (p_mw, q_mvar)), ("a thousand and a million times that", much), ("a light load after that", (p_mw, q_mvar))
        return [(when, solved(pair, solver, *given)) for when, given in steps]

    return subject.kept("strained", pair, solve)


def _expected(network: Network, rows: int) -> dict[str, tuple[tuple[int, ...], Any]]:
    buses, lines, trafos = len(network.topology), len(network.topology.lines), len(network.topology.trafos)
    numbers = {"vm_pu": (buses,), "va_deg": (buses,), "line_loading_percent": (lines,), "trafo_loading_percent": (trafos,),
               "line_p_mw": (lines,), "trafo_p_mw": (trafos,), "slack_p_mw": (), "slack_q_mvar": (), "losses_mw": ()}  # fmt: skip
    expected: dict[str, tuple[tuple[int, ...], Any]] = {name: ((rows, *rest), np.float64) for name, rest in numbers.items()}
    return {**expected, "converged": ((rows,), np.bool_), "energised": ((rows, buses), np.bool_)}


def _names(kind: type) -> Iterator[str]:
    """The fields of a flow that hold numbers."""
    yield from (field.name for field in attrs.fields(Flow) if field.name not in ("converged", "energised", "rung"))


def _copied(network: Network) -> dict[str, Any]:
    """Every array of a network's case and topology."""
    parts = {"case": (network.case, Case), "topology": (network.topology, Topology)}
    found = {f"{where}.{f.name}": getattr(thing, f.name) for where, (thing, kind) in parts.items() for f in attrs.fields(kind)}
    for kind in ("lines", "trafos", "loads"):
        part = getattr(network.topology, kind)
        found.update({f"topology.{kind}.{f.name}": getattr(part, f.name) for f in attrs.fields(type(part))})
    return {name: np.array(value) for name, value in found.items() if isinstance(value, np.ndarray)}


CHECKS = (
    check_shapes,
    check_inputs_stay_unchanged,
    check_no_load_raises,
    check_values_are_finite,
    check_rungs,
    check_flows_stay_as_they_were,
)
