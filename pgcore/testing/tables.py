"""Tables: what does not hold together in the arrays of a network, in words."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pgcore.contracts.network import Case, Network, Topology


def flaws(network: Network) -> Iterator[str]:
    """What is wrong with lengths, positions and numbers of a network, the first that others follow from first."""
    yield from _lengths(network)
    yield from _positions(network)
    yield from _numbers(network)


def _lengths(network: Network) -> Iterator[str]:
    topology, case = network.topology, network.case
    buses, lines, trafos, inside, branches = (*_sizes(topology), len(case.vn_kv), len(case.from_bus))
    expected: dict[str, tuple[Any, tuple[int, ...]]] = {
        "topology.vn_kv": (topology.vn_kv, (buses,)),
        "topology.xy": (topology.xy, (buses, 2)),
        "topology.tap_range": (topology.tap_range, (trafos, 2)),
        "case.bus_of": (case.bus_of, (buses,)),
        "case.line_branch": (case.line_branch, (lines,)),
        "case.line_limit_ka": (case.line_limit_ka, (lines,)),
        "case.trafo_branch": (case.trafo_branch, (trafos, 3)),
        "case.trafo_limit_ka": (case.trafo_limit_ka, (trafos, 3, 2)),
        **{f"case.{name}": (getattr(case, name), (inside,)) for name in ("shunt_pu", "p_mw", "q_mvar")},
        **{f"case.{name}": (getattr(case, name), (branches,)) for name in _BRANCH},
        **{f"case.{name}": (getattr(case, name), (len(case.slack_bus),)) for name in ("slack_vm_pu", "slack_va_deg")},
        **{f"case.{name}": (getattr(case, name), (len(case.pv_bus),)) for name in ("pv_p_mw", "pv_vm_pu")},
    }
    for kind in ("lines", "trafos"):
        table = getattr(topology, kind)
        names = ("from_bus", "to_bus", "limit", "in_service")
        expected |= {f"topology.{kind}.{name}": (getattr(table, name), (len(table),)) for name in names}
    expected |= {f"topology.loads.{name}": (getattr(topology.loads, name), (len(topology.loads),)) for name in ("bus", "p_mw", "q_mvar")}
    for name, (array, shape) in expected.items():
        if np.shape(array) != shape:
            yield f"{name} has shape {np.shape(array)}, expected {shape}"
    if len(topology.bus_names) != buses or len(set(topology.bus_ids)) != buses:
        yield f"bus_names has {len(topology.bus_names)} entries and bus_ids {len(set(topology.bus_ids))} different ones, for {buses} buses"


_BRANCH = ("to_bus", "r_pu", "x_pu", "g_pu", "b_pu", "ratio", "y_from_pu", "y_to_pu", "closed")


def _sizes(topology: Topology) -> tuple[int, int, int]:
    return len(topology), len(topology.lines), len(topology.trafos)


def _positions(network: Network) -> Iterator[str]:
    topology, case = network.topology, network.case
    buses, inside, branches = len(topology), len(case.vn_kv), len(case.from_bus)
    ranges: list[tuple[str, Any, int, int]] = [
        ("topology.slack_buses", topology.slack_buses, 0, buses),
        ("topology.loads.bus", topology.loads.bus, 0, buses),
        ("case.bus_of", case.bus_of, -1, inside),
        ("case.line_branch", case.line_branch, -1, branches),
        ("case.trafo_branch", case.trafo_branch, -1, branches),
        *((f"case.{name}", getattr(case, name), 0, inside) for name in ("from_bus", "to_bus", "slack_bus", "pv_bus")),
        *(
            (f"topology.{kind}.{end}", getattr(getattr(topology, kind), end), 0, buses)
            for kind in ("lines", "trafos")
            for end in ("from_bus", "to_bus")
        ),
        ("case.taps.trafo", [table.trafo for table in case.taps], 0, len(topology.trafos)),
        ("case.taps.branch", [table.branch for table in case.taps], 0, branches),
    ]
    for name, values, low, end in ranges:
        found = np.asarray(values)
        if found.size and found.dtype.kind not in "iu":
            yield f"{name} is of type {found.dtype}, expected whole numbers"
        elif ((found < low) | (found >= end)).any():
            yield f"{name} has {int(found[(found < low) | (found >= end)].ravel()[0])}, expected {low} to {end - 1}"


def _numbers(network: Network) -> Iterator[str]:
    topology, case = network.topology, network.case
    finite = ("vn_kv", "shunt_pu", "p_mw", "q_mvar", "r_pu", "x_pu", "g_pu", "b_pu", "ratio", "y_from_pu", "y_to_pu")
    for name in (*finite, "slack_vm_pu", "slack_va_deg", "pv_p_mw", "pv_vm_pu"):
        if not np.isfinite(getattr(case, name)).all():
            yield f"case.{name} has values that are not finite"
    for name, array in (("topology.vn_kv", topology.vn_kv), ("case.vn_kv", case.vn_kv), ("case.base_mva", np.array(case.base_mva))):
        if not (array > 0.0).all():
            yield f"{name} has values that are not above zero"
    for name, array in (("topology.loads.p_mw", topology.loads.p_mw), ("topology.loads.q_mvar", topology.loads.q_mvar)):
        if not np.isfinite(array).all():
            yield f"{name} has values that are not finite"
    yield from _electrical(case)


def _electrical(case: Case) -> Iterator[str]:
    without = np.flatnonzero((case.r_pu == 0.0) & (case.x_pu == 0.0))
    if len(without):
        yield f"branch {int(without[0])} of the case has neither resistance nor reactance: fuse its buses in `bus_of` instead"
    if (case.ratio == 0.0).any():
        yield f"branch {int(np.flatnonzero(case.ratio == 0.0)[0])} of the case has a ratio of 0; without a transformer it is 1"
    for name, array in (("line_limit_ka", case.line_limit_ka), ("trafo_limit_ka", case.trafo_limit_ka)):
        if not (array > 0.0).all():
            yield f"case.{name} has values that are not above zero; give inf where a limit is not known"
    for table in case.taps:
        if len({len(getattr(table, name)) for name in ("r_pu", "x_pu", "b_pu", "g_pu", "ratio", "y_to_pu")}) > 1:
            yield f"the tap table of transformer {table.trafo} has columns of different lengths"
