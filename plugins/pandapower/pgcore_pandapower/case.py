"""Turns pandapower's internal per-unit case into the neutral one."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Case, Complex
from pgcore_pandapower.conversion import Converted, pi_fields
from pgcore_pandapower.taps import tap_tables
from pgcore_pandapower.topology import frozen_array

BRANCH_COLUMNS = ("F_BUS", "T_BUS", "BR_R", "BR_X", "BR_G", "BR_B", "TAP", "SHIFT", "BR_R_ASYM", "BR_X_ASYM", "BR_G_ASYM", "BR_B_ASYM")
FACTS = ("svc", "tcsc", "ssc", "vsc", "vsc_stacked", "vsc_bipolar")
UNCARRIED = {
    "enforce_q_lims": "reactive limits of generators are not enforced",
    "distributed_slack": "the slack is not distributed",
    "tdpf": "line resistance does not depend on temperature",
}


def case_of(made: Converted) -> Case:
    """The neutral case of a converted net. Loads with a constant-current part are linearised at 1 pu: see :func:`at_voltage`."""
    rows, closed = _rows(made)
    branch = made.ppc["branch"][rows]
    injected, shunt_pu = at_voltage(made, np.ones(len(made.ppci["bus"])))
    trafo_branch, fields = _trafo_branch(made, rows), _branch_fields(branch)
    _move_star_losses(trafo_branch[len(made.net.trafo) :, 0], fields, shunt_pu)
    parts = {
        "base_mva": float(made.ppc["baseMVA"]),
        "bus_of": _bus_of(made),
        "vn_kv": _column(made.ppci["bus"], "bus", "BASE_KV"),
        "shunt_pu": shunt_pu,
        "p_mw": injected.real,
        "q_mvar": injected.imag,
        **fields,
        **_source_fields(made),
        "line_branch": _rows_of(made, "line", rows),
        "line_limit_ka": _line_limit_ka(made.net),
        "trafo_branch": trafo_branch,
        "trafo_limit_ka": _trafo_limit_ka(made.net),
    }
    case = Case(**{name: value if name == "base_mva" else frozen_array(value) for name, value in parts.items()}, closed=frozen_array(closed))
    return attrs.evolve(case, taps=tap_tables(made, case), notes=tuple(_notes(made, branch)))


def at_voltage(made: Converted, vm_pu: Array) -> tuple[Complex, Complex]:
    """Constant power (MW + j Mvar into the grid) and shunt admittance (pu) at each live bus.

    A constant-impedance share is a shunt, exactly. A constant-current share ``c·v`` is replaced by ``c·(v0/2 + v²/(2·v0))``, which has the same value
    and slope at ``v0 = vm_pu``. pandapower applies a bus's shares to all that draws power there, and so does this.
    """
    bus, base = made.ppci["bus"], float(made.ppc["baseMVA"])
    drawn_p, as_shunt_p = _split(bus, "PD", "CID_P", "CZD_P", vm_pu, _voltage_dependent(made))
    drawn_q, as_shunt_q = _split(bus, "QD", "CID_Q", "CZD_Q", vm_pu, _voltage_dependent(made))
    shunt_mva: Complex = _column(bus, "bus", "GS") + 1j * _column(bus, "bus", "BS") + as_shunt_p - 1j * as_shunt_q
    injected: Complex = _fixed_generation(made) - (drawn_p + 1j * drawn_q)
    return injected, shunt_mva / base


def current_shares(made: Converted) -> bool:
    """Whether any load has a constant-current part, so that the case depends on the voltage it was taken at."""
    bus = made.ppci["bus"]
    return _voltage_dependent(made) and bool(_column(bus, "bus", "CID_P").any() or _column(bus, "bus", "CID_Q").any())


def _voltage_dependent(made: Converted) -> bool:
    return bool(made.net._options["voltage_depend_loads"])


def _split(bus: Array, drawn: str, current: str, impedance: str, vm_pu: Array, depends: bool) -> tuple[Array, Array]:
    power = _column(bus, "bus", drawn)
    if not depends:
        return power, np.zeros_like(power)
    ci, cz = _column(bus, "bus", current), _column(bus, "bus", impedance)
    return power * (1 - ci - cz + ci * vm_pu / 2), power * (cz + ci / (2 * vm_pu))


def _column(table: NDArray[Any], kind: str, name: str) -> Array:
    """A column of a ppc table by the name that pandapower's index modules give it."""
    from importlib import import_module

    position = getattr(import_module(f"pandapower.pypower.idx_{kind}"), name)
    return np.array(np.real(table[:, position]), dtype=float)


def _bus_of(made: Converted) -> Index:
    lookup = made.net._pd2ppc_lookups["bus"]
    found = np.asarray(lookup[made.net.bus.index.to_numpy()], dtype=np.intp)
    found[found >= len(made.ppci["bus"])] = -1
    found[~made.net.bus.in_service.to_numpy(dtype=bool)] = -1
    return found


def _rows(made: Converted) -> tuple[Index, Flags]:
    """Rows of the ppc's branches to keep, and which of them are in service."""
    live = np.asarray(made.ppci["internal"]["branch_is"], dtype=bool)
    spare = _spare(made)
    rows = np.flatnonzero(live | spare)
    return rows.astype(np.intp), live[rows]


def _spare(made: Converted) -> Flags:
    """Lines and two-winding transformers that are out of service between live buses and have no open switch: closing them is exact."""
    branch, n_live = made.ppc["branch"], len(made.ppci["bus"])
    ends_live = (_column(branch, "brch", "F_BUS") < n_live) & (_column(branch, "brch", "T_BUS") < n_live)
    out = np.zeros(len(branch), dtype=bool)
    for element, letter in (("line", "l"), ("trafo", "t")):
        if element in made.branches:
            first, last = made.branches[element]
            table, switch = made.net[element], made.net.switch
            held = switch.element[(switch.et == letter) & ~switch.closed.astype(bool)]
            out[first:last] = ~table.in_service.to_numpy(dtype=bool) & ~table.index.isin(held)
    return np.asarray(out & ends_live)


def _branch_fields(branch: NDArray[Any]) -> dict[str, Any]:
    get = {name: _column(branch, "brch", name) for name in BRANCH_COLUMNS}
    return {
        "from_bus": get["F_BUS"].astype(np.intp),
        "to_bus": get["T_BUS"].astype(np.intp),
        **pi_fields(get["BR_R"], get["BR_X"], get["BR_G"], get["BR_B"], get["BR_G_ASYM"], get["BR_B_ASYM"], get["TAP"], get["SHIFT"]),
        **_uneven_series(get),
    }


def _move_star_losses(first: Index, fields: dict[str, Any], shunt_pu: Complex) -> None:
    """Magnetising that pandapower models as a shunt at a three-winding transformer's star point belongs to the transformer (changed in place)."""
    branch = first[first >= 0]
    star = fields["to_bus"][branch]
    fields["y_to_pu"][branch] += shunt_pu[star]
    shunt_pu[star] = 0


def _uneven_series(get: Mapping[str, Array]) -> dict[str, Any]:
    """Where the series impedance differs by direction: the mean transfers power, and the ends keep their own admittance."""
    seen_from = 1 / (get["BR_R"] + 1j * get["BR_X"])
    seen_to = 1 / (get["BR_R"] + get["BR_R_ASYM"] + 1j * (get["BR_X"] + get["BR_X_ASYM"]))
    if np.array_equal(seen_from, seen_to):
        return {"y_from_pu": np.zeros(len(seen_from), dtype=complex)}
    mean = (seen_from + seen_to) / 2
    even = seen_from == seen_to
    charging = (get["BR_G_ASYM"] + 1j * get["BR_B_ASYM"]) / 2
    return {
        "r_pu": np.where(even, get["BR_R"], (1 / mean).real),
        "x_pu": np.where(even, get["BR_X"], (1 / mean).imag),
        "y_from_pu": np.where(even, 0, seen_from - mean),
        "y_to_pu": charging + np.where(even, 0, seen_to - mean),
    }


def _fixed_generation(made: Converted) -> Complex:
    """Power of generators that share a bus with an external grid, whose voltage is held already."""
    total = np.zeros(len(made.ppci["bus"]), dtype=complex)
    buses, powers = _generators(made)
    held = _column(made.ppci["bus"], "bus", "BUS_TYPE")[buses] == 3
    np.add.at(total, buses[held], powers[held])
    return total


def _generators(made: Converted) -> tuple[Index, Array]:
    """Bus and MW of each generator that is not itself a reference."""
    gen = made.ppci["gen"]
    own = np.ones(len(gen), dtype=bool)
    own[made.ppci["internal"]["ref_gens"]] = False
    return _column(gen, "gen", "GEN_BUS").astype(np.intp)[own], _column(gen, "gen", "PG")[own]


def _source_fields(made: Converted) -> dict[str, Any]:
    bus, gen = made.ppci["bus"], made.ppci["gen"]
    kind, setpoint = _column(bus, "bus", "BUS_TYPE"), np.ones(len(bus))
    setpoint[_column(gen, "gen", "GEN_BUS").astype(np.intp)] = _column(gen, "gen", "VG")
    slack, held = np.flatnonzero(kind == 3), np.flatnonzero(kind == 2)
    power = np.zeros(len(bus))
    buses, powers = _generators(made)
    np.add.at(power, buses, powers)
    return {
        "slack_bus": slack,
        "slack_vm_pu": setpoint[slack],
        "slack_va_deg": _column(bus, "bus", "VA")[slack],
        "pv_bus": held,
        "pv_p_mw": power[held],
        "pv_vm_pu": setpoint[held],
    }


def _rows_of(made: Converted, element: str, rows: Index) -> Index:
    """Position among ``rows`` of each branch of an element table, −1 when it is not there."""
    place = np.full(len(made.ppc["branch"]), -1, dtype=np.intp)
    place[rows] = np.arange(len(rows))
    first, last = made.branches.get(element, (0, 0))
    return place[first:last]


def _trafo_branch(made: Converted, rows: Index) -> Index:
    two = _rows_of(made, "trafo", rows)
    three = _rows_of(made, "trafo3w", rows).reshape(3, -1).T
    return np.vstack([np.column_stack([two, np.full((len(two), 2), -1)]), three]).astype(np.intp)


def _line_limit_ka(net: Any) -> Array:
    return _known((net.line.max_i_ka * net.line.df * net.line.parallel).to_numpy(dtype=float))


def _trafo_limit_ka(net: Any) -> Array:
    """Rated currents: both ends of a two-winding transformer; the outer end of each of the three branches of a three-winding one."""
    limit = np.full((len(net.trafo) + len(net.trafo3w), 3, 2), np.inf)
    two, three = net.trafo, net.trafo3w
    rated = (two.sn_mva * two.parallel * two.df).to_numpy(dtype=float) / np.sqrt(3)
    limit[: len(two), 0, 0] = rated / two.vn_hv_kv
    limit[: len(two), 0, 1] = rated / two.vn_lv_kv
    for winding, (side, end) in enumerate((("hv", 0), ("mv", 1), ("lv", 1))):
        limit[len(two) :, winding, end] = three[f"sn_{side}_mva"] / (np.sqrt(3) * three[f"vn_{side}_kv"])
    return _known(limit)


def _known(limit: Array) -> Array:
    return np.asarray(np.where(limit > 0, limit, np.inf))


def _notes(made: Converted, branch: NDArray[Any]) -> Iterator[str]:
    if current_shares(made):
        yield "constant-current loads are linearised around the solution without devices; the error grows with the square of the voltage's departure"
    if _column(branch, "brch", "BR_R_ASYM").any() or _column(branch, "brch", "BR_X_ASYM").any():
        yield "impedances that differ by direction transfer power with the mean of both directions"
    for table in FACTS:
        if len(made.net[table]) and made.net[table].in_service.any():
            yield f"{table} elements are left out"
    for option, words in UNCARRIED.items():
        if made.net._options.get(option):
            yield f"{words} although the net's user_pf_options set {option}"
