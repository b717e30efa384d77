"""Networks that the kit asks backends about, made as neutral cases: two buses, feeders, a ring, islands, a transformer, a generator."""

import csv
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.contracts.network import Branches, Case, Loads, Network, TapTable, Topology

BASE_MVA = 1.0
VN_KV = 20.0
LIMIT_KA = 0.1


@frozen
class Wire:
    """A line between two buses of the topology, in per unit."""

    start: int
    end: int
    r_pu: float
    x_pu: float
    b_pu: float = 0.0
    closed: bool = True
    limit_ka: float = LIMIT_KA


@frozen
class Winding:
    """A two-winding transformer; at tap k its ratio is ``ratio · (1 + step · k)`` with the tap changer at its high-voltage side."""

    start: int
    end: int
    r_pu: float
    x_pu: float
    sn_mva: float = 4.0
    ratio: complex = 1.0
    step: float = 0.0
    tap_most: int = 0


@frozen
class Plan:
    """A network in few words: buses are those of the topology."""

    vn_kv: Sequence[float]
    wires: Sequence[Wire] = ()
    windings: Sequence[Winding] = ()
    loads: Mapping[int, complex] = field(factory=dict)
    """Power drawn at a bus, MW + j Mvar."""
    slacks: Mapping[int, float] = field(factory=lambda: {0: 1.0})
    """Voltage of each external grid, pu."""
    generators: Mapping[int, tuple[float, float]] = field(factory=dict)
    """Power in MW and voltage in pu of each generator that holds its voltage."""
    shunts: Mapping[int, complex] = field(factory=dict)
    """Admittance to ground, pu."""
    same: Mapping[int, int] = field(factory=dict)
    """Buses that are one with another, as behind a closed switch."""
    dead: Sequence[int] = ()
    """Buses that the source of the network knows to be without voltage: they are in no case."""
    backwards: bool = False
    """Whether the case counts buses the other way round, so that a position in the topology is none in the case."""
    base_mva: float = BASE_MVA

    def made(self) -> Network:
        """The network; every array of it is read-only."""
        bus_of, vn_kv = _case_buses(self)
        return Network(_topology(self), _case(self, bus_of, vn_kv))


def two_buses(vm_pu: float = 1.02, **changes: Any) -> Network:
    """A source, a line of 0.02 + j0.04 pu and one bus."""
    return Plan(**{"vn_kv": (VN_KV,) * 2, "wires": (Wire(0, 1, 0.02, 0.04),), "slacks": {0: vm_pu}, **changes}).made()


def street() -> Network:
    """A feeder with a branch, line charging, a shunt, loads, two buses behind one closed switch and one without voltage."""
    wires = [
        Wire(0, 1, 0.010, 0.020, 0.002), Wire(1, 2, 0.015, 0.020), Wire(2, 3, 0.020, 0.015, 0.001, limit_ka=0.05),
        Wire(1, 4, 0.020, 0.030), Wire(5, 6, 0.012, 0.010), Wire(3, 7, 0.010, 0.010),
    ]  # fmt: skip
    loads = {1: 0.2 + 0.05j, 2: 0.1 + 0.02j, 3: 0.3 + 0.1j, 4: 0.15 - 0.02j, 6: 0.25 + 0.08j, 7: 0.5 + 0.1j}
    return Plan((VN_KV,) * 8, wires, loads=loads, slacks={0: 1.01}, shunts={4: 0.01 + 0.05j}, same={5: 4}, dead=(7,), backwards=True).made()


def ring() -> Network:
    """Five buses in a ring, and a line across it that is open."""
    wires = [Wire(k, (k + 1) % 5, 0.010 + 0.002 * k, 0.020 - 0.001 * k) for k in range(5)] + [Wire(1, 3, 0.01, 0.01, closed=False)]
    return Plan((VN_KV,) * 5, wires, loads={1: 0.4 + 0.1j, 2: 0.2 + 0.1j, 3: 0.5 + 0.2j, 4: 0.1 + 0j}, slacks={0: 1.0}).made()


def islands() -> Network:
    """Three parts: buses 0 to 2 with a source, 3 to 5 with another, and 6 and 7 behind an open line without any."""
    wires = [Wire(0, 1, 0.01, 0.02), Wire(1, 2, 0.02, 0.02), Wire(3, 4, 0.015, 0.01), Wire(4, 5, 0.01, 0.03)]
    cut = [Wire(2, 6, 0.01, 0.01, closed=False), Wire(6, 7, 0.01, 0.02, 0.001)]
    loads = {1: 0.2 + 0.1j, 2: 0.1 + 0j, 4: 0.3 + 0.1j, 5: 0.2 + 0.05j, 6: 0.4 + 0.1j, 7: 0.1 + 0j}
    return Plan((VN_KV,) * 8, [*wires, *cut], loads=loads, slacks={0: 1.0, 3: 1.03}).made()


def transformer() -> Network:
    """A source at 110 kV, a transformer of 0.01 + j0.08 pu with taps of 1.25 % from −8 to 8, and a line to a load at 20 kV."""
    winding = Winding(0, 1, 0.01, 0.08, sn_mva=4.0, step=0.0125, tap_most=8)
    return Plan((110.0, VN_KV, VN_KV), (Wire(1, 2, 0.01, 0.02),), (winding,), {2: 0.6 + 0.2j}, {0: 1.0}).made()


def shifting() -> Network:
    """As :func:`transformer`, with a ratio of 1.05 and a phase shift of 30 degrees."""
    winding = Winding(0, 1, 0.01, 0.08, ratio=1.05 * np.exp(1j * np.pi / 6.0))
    return Plan((110.0, VN_KV, VN_KV), (Wire(1, 2, 0.01, 0.02),), (winding,), {2: 0.6 + 0.2j}, {0: 1.0}).made()


def parallel() -> Network:
    """A source and a bus, joined by two lines of 0.02 + j0.04 pu, of which the second is open."""
    return two_buses(wires=(Wire(0, 1, 0.02, 0.04), Wire(0, 1, 0.02, 0.04, closed=False)))


def generator() -> Network:
    """A source, a bus with a load, and a bus whose generator holds 1.01 pu with 0.5 MW."""
    wires = (Wire(0, 1, 0.01, 0.03), Wire(1, 2, 0.01, 0.04))
    return Plan((VN_KV,) * 3, wires, loads={1: 0.8 + 0.3j}, slacks={0: 1.0}, generators={2: (0.5, 1.01)}).made()


def case33bw() -> Network:
    """The feeder of Baran and Wu (1989): 33 buses at 12.66 kV, 32 lines, five open ties; ``data/ORIGIN.md`` says where it is from."""
    text = files("pgcore.testing.backends").joinpath("data", "case33bw.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    ohm = 12.66**2 / 10.0
    wires = [
        Wire(int(row["from_bus"]) - 1, int(row["to_bus"]) - 1, float(row["r_ohm"]) / ohm, float(row["x_ohm"]) / ohm, closed=row["closed"] == "1")
        for row in rows
    ]
    loads = {int(row["to_bus"]) - 1: complex(float(row["p_load_kw"]), float(row["q_load_kvar"])) / 1e3 for row in rows if row["closed"] == "1"}
    return Plan((12.66,) * 33, wires, loads=loads, base_mva=10.0).made()


def _case_buses(plan: Plan) -> tuple[Any, Any]:
    """The case bus of each bus of the topology, and the rated voltage of each case bus."""
    own = [bus for bus in range(len(plan.vn_kv)) if bus not in plan.dead and bus not in plan.same]
    place = {bus: k for k, bus in enumerate(reversed(own) if plan.backwards else own)}
    place.update({bus: place[other] for bus, other in plan.same.items()})
    bus_of = np.array([place.get(bus, -1) for bus in range(len(plan.vn_kv))], dtype=np.intp)
    vn_kv = np.zeros(len(own))
    vn_kv[bus_of[bus_of >= 0]] = np.array(plan.vn_kv)[bus_of >= 0]
    return bus_of, vn_kv


def _topology(plan: Plan) -> Topology:
    n, drawn = len(plan.vn_kv), np.array(list(plan.loads.values()), dtype=complex)
    ranges = [(-w.tap_most, w.tap_most) if w.tap_most else (np.nan, np.nan) for w in plan.windings]
    loads = Loads(tuple(range(len(drawn))), tuple(f"load {bus}" for bus in plan.loads), *_locked(np.array(list(plan.loads), dtype=np.intp)),
                  *_locked(drawn.real, drawn.imag))  # fmt: skip
    return Topology(
        bus_ids=tuple(range(10, 10 + n)),
        bus_names=tuple(f"bus {k}" for k in range(n)),
        vn_kv=_locked(np.array(plan.vn_kv, dtype=float))[0],
        xy=_locked(np.column_stack([np.arange(n), np.zeros(n)]).astype(float))[0],
        slack_buses=tuple(plan.slacks),
        lines=_branches(plan.wires, [wire.limit_ka for wire in plan.wires], [wire.closed for wire in plan.wires], "line"),
        trafos=_branches(plan.windings, [winding.sn_mva for winding in plan.windings], [True] * len(plan.windings), "trafo"),
        loads=loads,
        tap_range=_locked(np.array(ranges, dtype=float).reshape(-1, 2))[0],
    )


def _branches(rows: Sequence[Any], limit: Sequence[float], closed: Sequence[bool], kind: str) -> Branches:
    ends = _locked(*(np.array([getattr(row, end) for row in rows], dtype=np.intp) for end in ("start", "end")))
    names = tuple(f"{kind} {k}" for k in range(len(rows)))
    return Branches(tuple(range(len(rows))), names, *ends, *_locked(np.array(limit, dtype=float), np.array(closed, dtype=bool)))


def _case(plan: Plan, bus_of: Any, vn_kv: Any) -> Case:
    every: list[Any] = [*plan.wires, *plan.windings]
    branches = [branch for branch in every if bus_of[branch.start] >= 0 and bus_of[branch.end] >= 0]
    row = {id(branch): k for k, branch in enumerate(branches)}
    line_branch = np.array([row.get(id(wire), -1) for wire in plan.wires], dtype=np.intp)
    first = [row[id(winding)] for winding in plan.windings]
    number = len(branches)
    arrays = {
        "bus_of": bus_of,
        "vn_kv": vn_kv,
        **_injections(plan, bus_of, len(vn_kv)),
        **_sources(plan, bus_of),
        **{name: np.array([bus_of[getattr(b, end)] for b in branches], dtype=np.intp) for name, end in (("from_bus", "start"), ("to_bus", "end"))},
        "r_pu": np.array([b.r_pu for b in branches]),
        "x_pu": np.array([b.x_pu for b in branches]),
        "g_pu": np.zeros(number),
        "b_pu": np.array([getattr(b, "b_pu", 0.0) for b in branches]),
        "ratio": np.array([getattr(b, "ratio", 1.0) for b in branches], dtype=complex),
        "y_from_pu": np.zeros(number, dtype=complex),
        "y_to_pu": np.zeros(number, dtype=complex),
        "closed": np.array([getattr(b, "closed", True) for b in branches], dtype=bool),
        "line_branch": line_branch,
        "line_limit_ka": np.array([wire.limit_ka for wire in plan.wires]),
        "trafo_branch": np.array([(k, -1, -1) for k in first], dtype=np.intp).reshape(-1, 3),
        "trafo_limit_ka": _rated_ka(plan),
    }
    locked = dict(zip(arrays, _locked(*arrays.values()), strict=True))
    taps = tuple(_taps(winding, k, first[k]) for k, winding in enumerate(plan.windings) if winding.tap_most)
    return Case(base_mva=plan.base_mva, taps=taps, **locked)


def _injections(plan: Plan, bus_of: Any, number: int) -> dict[str, Any]:
    drawn, shunt_pu = np.zeros(number, dtype=complex), np.zeros(number, dtype=complex)
    for bus, power in plan.loads.items():
        if bus_of[bus] >= 0:
            drawn[bus_of[bus]] += power
    for bus, admittance in plan.shunts.items():
        shunt_pu[bus_of[bus]] += admittance
    return {"p_mw": -drawn.real, "q_mvar": -drawn.imag, "shunt_pu": shunt_pu}


def _sources(plan: Plan, bus_of: Any) -> dict[str, Any]:
    held = list(plan.generators.values())
    return {
        "slack_bus": bus_of[list(plan.slacks)],
        "slack_vm_pu": np.array(list(plan.slacks.values())),
        "slack_va_deg": np.zeros(len(plan.slacks)),
        "pv_bus": bus_of[np.array(list(plan.generators), dtype=np.intp)],
        "pv_p_mw": np.array([p_mw for p_mw, _ in held]),
        "pv_vm_pu": np.array([vm_pu for _, vm_pu in held]),
    }


def _rated_ka(plan: Plan) -> Any:
    """Rated currents at both ends of each transformer; its other two branches are none."""
    limit = np.full((len(plan.windings), 3, 2), np.inf)
    for k, winding in enumerate(plan.windings):
        high_kv, low_kv = plan.vn_kv[winding.start] * abs(winding.ratio), plan.vn_kv[winding.end]
        limit[k, 0] = winding.sn_mva / np.sqrt(3.0) / np.array([high_kv, low_kv])
    return limit


def _taps(winding: Winding, trafo: int, branch: int) -> TapTable:
    steps = np.arange(-winding.tap_most, winding.tap_most + 1)
    same = np.ones(len(steps))
    parts = _locked(same * winding.r_pu, same * winding.x_pu, 0.0 * same, 0.0 * same, winding.ratio * (1.0 + winding.step * steps) + 0j, 0j * same)
    return TapTable(trafo, branch, -winding.tap_most, *parts)


def _locked(*arrays: Any) -> tuple[Any, ...]:
    made = tuple(np.array(array) for array in arrays)
    for array in made:
        array.setflags(write=False)
    return made
