"""Solving: solves of a backend whose failures say where they were, injections to solve for, and differences between flows."""

from typing import Any

import attrs
import numpy as np

from pgcore.columns import Array, Index
from pgcore.contracts.backend import Flow, Solver
from pgcore.contracts.network import Case, Network
from pgcore.testing.backends.subject import Pair
from pgcore.testing.checks import Breach

NUMBERS = (
    "vm_pu", "va_deg", "line_loading_percent", "trafo_loading_percent", "line_p_mw", "trafo_p_mw", "slack_p_mw", "slack_q_mvar", "losses_mw",
)  # fmt: skip
"""The numbers of a flow: those that are zero in a row without solution."""

EXACT = 1e-6
"""How far voltages (pu) and powers (MW) of an exact backend may be from the truth."""
NEAR = 0.05
"""The same for an approximation, at the light loads that it is asked about."""


def solved(pair: Pair, solver: Solver, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
    """One solve; ``rows`` are handed on where they are given.

    Raises:
        Breach: it raised.
    """
    try:
        with np.errstate(all="ignore"):
            return solver.solve(p_mw, q_mvar, controls) if rows is None else solver.solve(p_mw, q_mvar, controls, rows)
    except Exception as error:
        told = "read-only" in str(error) or "read only" in str(error)
        mend = "copy what is handed in before it is changed" if told else "a power flow without solution is converged = False, never an exception"
        raise Breach(f"solve() raised {type(error).__name__} on {pair}: {error}", mend) from error


def alone(pair: Pair, p_mw: Array, q_mvar: Array, controls: Array | None = None) -> Flow:
    """One solve by a new solver."""
    return solved(pair, pair.compiled(), p_mw, q_mvar, controls)


def injections(network: Network, rows: int, seed: int = 0, share: float = 0.5) -> tuple[Array, Array]:
    """Power into the grid at every bus of the topology, ``(rows, bus)`` in MW and Mvar, read-only.

    It is drawn evenly from minus to plus ``share`` of the network's mean load, or of a tenth of its base where it has none.
    """
    drawn = np.abs(network.case.p_mw)
    size_mw = share * (float(drawn[drawn > 0.0].mean()) if drawn.any() else 0.1 * network.case.base_mva)
    p_mw, q_mvar = np.random.default_rng(seed).uniform(-size_mw, size_mw, (2, rows, len(network.topology)))
    return locked(p_mw), locked(0.5 * q_mvar)


def nothing(network: Network, rows: int = 1) -> Array:
    """No power at any bus, ``(rows, bus)``, read-only."""
    return locked(np.zeros((rows, len(network.topology))))


def at_bus(network: Network, bus: int, *values: float) -> Array:
    """A value in each row at one bus, nothing elsewhere."""
    made = np.zeros((len(values), len(network.topology)))
    made[:, bus] = values
    return locked(made)


def locked(array: Any) -> Array:
    """A read-only copy."""
    made = np.array(array, dtype=float)
    made.setflags(write=False)
    return made


def tolerance(pair: Pair) -> float:
    """How far the backend may be from the truth."""
    return EXACT if pair.backend.exact else NEAR


def voltages(case: Case, flow: Flow, row: int, seen: Any) -> Any:
    """Complex voltages of the case buses, pu; ``seen`` has a topology bus for each."""
    return (flow.vm_pu[row] * np.exp(1j * np.deg2rad(flow.va_deg[row])))[seen]


def same(pair: Pair, found: tuple[Flow, int], expected: tuple[Flow, int], when: str, mend: str) -> None:
    """Two rows of two flows are the same, bit for bit.

    Raises:
        Breach: one number differs; the first is named.
    """
    for field in attrs.fields(Flow):
        whole = [np.asarray(getattr(flow, field.name)) for flow, _ in (found, expected)]
        if not all(part.size for part in whole):
            continue  # no lines, no transformers, or no rung
        one, other = (np.atleast_1d(part[row]) for part, (_, row) in zip(whole, (found, expected), strict=True))
        place = np.flatnonzero(one != other)
        if len(place):
            k = int(place[0])
            named = f"{field.name}[{k}]" if one.size > 1 else field.name
            raise Breach(f"{named} is {one[k].item()!r}, but {other[k].item()!r} {when}, on {pair}", mend)


def close(pair: Pair, what: str, found: Any, expected: Any, most: float, mend: str) -> None:
    """Numbers are what they should be, within ``most``.

    Raises:
        Breach: one is not; the one farthest off is named.
    """
    found, expected = np.atleast_1d(np.asarray(found, dtype=float)), np.atleast_1d(np.asarray(expected, dtype=float))
    off = np.abs(found - expected)
    if not (off <= most).all():
        worst = int(np.nanargmax(np.where(np.isnan(off), np.inf, off)))
        named = f"{what}[{worst}]" if len(found) > 1 else what
        raise Breach(f"{named} is {found[worst]:.9g}, expected {expected[worst]:.9g} within {most:g}, on {pair}", mend)


def require_converged(pair: Pair, flow: Flow, when: str = "at a light load") -> None:
    """Every row has a solution.

    Raises:
        Breach: one has not.
    """
    if not np.asarray(flow.converged).all():
        row = int(np.flatnonzero(~np.asarray(flow.converged))[0])
        raise Breach(f"row {row} of {len(flow.converged)} did not converge {when}, on {pair}", "let refuses() say which networks it cannot solve")
