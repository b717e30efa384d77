"""Plain nets: which pandapower nets can be read element by element, without pandapower's conversion."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from pgcore.contracts.network import Network

READ = ("bus", "line", "trafo", "load", "sgen", "ext_grid")
"""Tables that are read."""
IDLE = ("controller", "measurement", "group", "poly_cost", "pwl_cost", "characteristic")
"""Tables that change no power flow of their own."""
OPTIONS = ("calculate_voltage_angles", "trafo_model")
"""Options of ``runpp`` that are followed where a net sets them."""


def refusal(network: Network) -> str | None:
    """Why the elements of a network cannot be read, in a sentence; ``None`` when they can."""
    if "pandapower" not in network.data:
        return "the network did not come from pandapower, so it has no element data; leave out from_elements"
    reasons = list(_reasons(network.data["pandapower"]))
    if not reasons:
        return None
    return f"from_elements reads lines, two-winding transformers, loads, static generators and external grids alone, but the net has {reasons[0]}"


def counts_angles(net: Any) -> bool:
    """Whether phase shifts of transformers and angles of external grids count, as in ``runpp``."""
    return bool(net.user_pf_options.get("calculate_voltage_angles", True))


def _reasons(net: Any) -> Iterator[str]:
    yield from _foreign_tables(net)
    if not net.bus.in_service.all():
        yield "buses out of service"
    if len(net.switch):
        joining = (net.switch.et == "b") & net.switch.closed
        opening = (net.switch.et != "b") & ~net.switch.closed.astype(bool)
        if joining.any() or opening.any():
            yield "switches that join buses or open a branch"
    for option in sorted(set(net.user_pf_options) - set(OPTIONS)):
        yield f"the option {option} for runpp"
    if net.user_pf_options.get("calculate_voltage_angles") == "auto":
        yield "the option calculate_voltage_angles='auto' for runpp, by which pandapower decides itself; set it to True or False"
    yield from _of_loads(net.load)
    yield from _of_lines(net)
    yield from _of_trafos(net)


def _foreign_tables(net: Any) -> Iterator[str]:
    for name, table in net.items():
        known = name in READ or name in IDLE or name.startswith(("_", "res_"))
        # A three-winding transformer out of service is still one of the topology's transformers.
        if (
            not known
            and hasattr(table, "columns")
            and "in_service" in table.columns
            and (table.in_service.any() or (name == "trafo3w" and len(table)))
        ):
            yield f"{name} elements"


def _of_loads(load: Any) -> Iterator[str]:
    shares = [name for name in load.columns if name.startswith("const_")]
    if len(load) and load[shares].to_numpy(dtype=float, na_value=0.0).any():
        yield "loads that depend on the voltage"


def _of_lines(net: Any) -> Iterator[str]:
    line = net.line
    start, end = (net.bus.vn_kv.loc[line[side]].to_numpy() for side in ("from_bus", "to_bus"))
    if (start != end).any():
        yield "lines between buses of different voltage"
    if ((line.c_nf_per_km == 0) & (line.get("g_us_per_km", 0.0) != 0)).any():
        yield "lines with leakage and without capacitance"


def _of_trafos(net: Any) -> Iterator[str]:
    trafo = net.trafo
    for name in ("leakage_resistance_ratio_hv", "leakage_reactance_ratio_hv"):
        if name in trafo and (trafo[name].fillna(0.5) != 0.5).any():
            yield "transformers with uneven leakage"
    if "tap_dependency_table" in trafo and trafo.tap_dependency_table.fillna(False).astype(bool).any():
        yield "transformers whose impedance depends on the tap by a table"
    kinds = trafo.get("tap_changer_type", np.array([]))
    if any(kind not in (None, "Ratio") and kind == kind for kind in kinds) or _turning(trafo).any() or "tap2_pos" in trafo:
        yield "phase shifters or second tap changers"


def _turning(trafo: Any) -> Any:
    ratio = trafo.get("tap_changer_type", trafo.shift_degree * 0) == "Ratio"
    return ratio & (trafo.tap_step_degree.fillna(0.0) != 0)
