"""Checks what a solver is given: ports at compile, injections and controls at each solve."""

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.backend import Port
from pgcore.contracts.device import Control
from pgcore.contracts.network import Branches, Network, Topology


def check_ports(network: Network, ports: tuple[Port, ...]) -> None:
    """Check that every port can work on this network.

    Raises:
        ValueError: a port names an element that cannot be controlled that way; the message says why and what to do.
    """
    for port in ports:
        _expect_target(network.topology, port)
        if port.control is Control.TAP:
            _expect_taps(network.topology, port)
        if port.control is Control.VM_PU:
            _expect_voltage_source(network, port)


def check_injections(topology: Topology, ports: tuple[Port, ...], p_mw: Array, q_mvar: Array, controls: Array | None) -> None:
    """Check what a solve is given.

    Raises:
        ValueError: an array has the wrong shape, or a value is not finite; the message names the bus or port and the row.
    """
    _expect_finite(topology, "p_mw", p_mw)
    _expect_finite(topology, "q_mvar", q_mvar)
    if p_mw.shape != q_mvar.shape:
        raise ValueError(f"p_mw has shape {p_mw.shape} and q_mvar {q_mvar.shape}; give both for the same environments")
    if controls is not None:
        _expect_controls(ports, controls, len(p_mw))


def _expect_finite(topology: Topology, what: str, values: Array) -> None:
    if values.ndim != 2 or values.shape[1] != len(topology):
        raise ValueError(f"{what} has shape {values.shape}, expected (environments, {len(topology)} buses)")
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, bus = map(int, bad[0])
        name = f" ({topology.bus_names[bus]})" if topology.bus_names[bus] else ""
        raise ValueError(f"{what} at bus {topology.bus_ids[bus]}{name} is {values[row, bus]} in environment {row}; expected a finite number")


def _expect_controls(ports: tuple[Port, ...], controls: Array, rows: int) -> None:
    if controls.shape != (rows, len(ports)):
        raise ValueError(f"controls has shape {controls.shape}, expected ({rows} environments, {len(ports)} ports)")
    bad = np.argwhere(~np.isfinite(controls))
    if len(bad):
        row, k = map(int, bad[0])
        raise ValueError(f"control {ports[k].control} of {ports[k].element} {ports[k].target} is {controls[row, k]} in environment {row}")


def _expect_target(topology: Topology, port: Port) -> None:
    expected = {Control.TAP: ("trafo",), Control.CLOSED: ("line", "trafo")}.get(port.control, ("bus",))
    if port.element not in expected:
        raise ValueError(f"control {port.control} acts on {' or '.join(expected)}, not on a {port.element}")
    count = {"bus": len(topology), "line": len(topology.lines), "trafo": len(topology.trafos)}[port.element]
    if not 0 <= port.target < count:
        raise ValueError(f"control {port.control} is for {port.element} at position {port.target}, but the network has {count}")


def _expect_taps(topology: Topology, port: Port) -> None:
    if np.isnan(topology.tap_range[port.target]).any():
        raise ValueError(
            f"{named(topology.trafos, 'transformer', port.target)} has no tap changer that its source acts on; in a pandapower net it needs "
            "tap_side, tap_min, tap_max, tap_pos and a tap_changer_type ('Ratio', 'Symmetrical' or 'Ideal'), without which pandapower ignores tap_pos"
        )


def _expect_voltage_source(network: Network, port: Port) -> None:
    case = network.case
    bus = case.bus_of[port.target]
    if bus < 0 or bus not in (*case.slack_bus, *case.pv_bus):
        raise ValueError(
            f"bus {network.topology.bus_ids[port.target]} has no generator or external grid in service whose voltage could be set; "
            "place the device at a bus that has one"
        )


def named(branches: Branches, kind: str, position: int) -> str:
    """How messages call a branch: its kind, number and name."""
    name = branches.names[position]
    return f"{kind} {branches.ids[position]}" + (f" ({name})" if name else "")
