"""ElementModel: a power-grid-model model of a pandapower net's own elements; neutral case and pandapower's conversion have no part in it."""

from typing import Any

import numpy as np

from pgcore.columns import Array, Flags
from pgcore.contracts.backend import Flow
from pgcore.contracts.network import Complex, Network
from pgcore_powergridmodel.batch import Batch, Effort, Found, device_loads, filled, ideal_sources
from pgcore_powergridmodel.plain_nets import counts_angles
from pgcore_powergridmodel.transformers import Transformers, transformers

BRANCH = ("p_from", "p_to", "i_from", "i_to")
WANTED = {"node": ("energized", "u_pu", "u_angle"), "line": BRANCH, "generic_branch": BRANCH, "source": ("p", "q")}


class ElementModel:
    """Solves a net as its tables describe it, and reads results off power-grid-model's own branches and sources."""

    def __init__(self, network: Network, effort: Effort) -> None:
        from power_grid_model import PowerGridModel

        net = network.data["pandapower"]
        self._trafos = transformers(net)
        data = input_data(net, self._trafos)
        self._batch = Batch(PowerGridModel(data, system_frequency=float(net.f_hz)), data["sym_load"]["id"][-len(net.bus) :], effort)
        self._present = {kind: len(data[kind]) > 0 for kind in WANTED}
        line = net.line
        self._line_limit_a = _known((line.max_i_ka * line.df * line.parallel).to_numpy(dtype=float) * 1e3)

    def flow(self, p_mw: Array, q_mvar: Array) -> Flow:
        """The Flow of all rows, for injections ``(B, topology bus)``."""
        power_va: Complex = np.asarray((p_mw + 1j * q_mvar) * 1e6)
        wanted = {kind: names for kind, names in WANTED.items() if self._present[kind]}
        found, converged = self._batch.solve(power_va, wanted)
        values = self._values(found, len(p_mw))
        on = converged[:, None]
        cleaned = {name: np.where(on if value.ndim == 2 else converged, value, 0) for name, value in values.items()}
        energised: Flags = (found["node"]["energized"] != 0) & on
        return Flow(**cleaned, converged=converged, energised=energised, rung=np.where(converged, 0, 1).astype(np.uint8))

    def _values(self, found: Found, rows: int) -> dict[str, Array]:
        nothing = dict.fromkeys(BRANCH, np.zeros((rows, 0)))
        node, line, trafo, source = (found.get(kind, nothing) for kind in WANTED)
        losses_w = sum((part["p_from"] + part["p_to"]).sum(axis=1) for part in (line, trafo))
        return {
            "vm_pu": node["u_pu"],
            "va_deg": np.rad2deg(node["u_angle"]),
            "line_loading_percent": 100 * np.maximum(line["i_from"], line["i_to"]) / self._line_limit_a,
            "trafo_loading_percent": 100 * np.maximum(trafo["i_from"] / self._trafos.high_a, trafo["i_to"] / self._trafos.low_a),
            "line_p_mw": line["p_from"] / 1e6,
            "trafo_p_mw": trafo["p_from"] / 1e6,
            "slack_p_mw": source["p"].sum(axis=1) / 1e6,
            "slack_q_mvar": source["q"].sum(axis=1) / 1e6,
            "losses_mw": np.asarray(losses_w / 1e6),
        }


def input_data(net: Any, trafos: Transformers) -> dict[str, Any]:
    """power-grid-model's input data of a plain net; nodes, lines and transformers in the order of the net's tables."""
    node_of = {int(bus): k for k, bus in enumerate(net.bus.index)}
    ids = _Ids(len(net.bus))
    lines, branches = _lines(net, node_of, ids), _branches(net, trafos, node_of, ids)
    drawn, given = _powers(net.load, -1.0), _powers(net.sgen, 1.0)
    feeding = net.ext_grid[net.ext_grid.in_service]
    angle = np.deg2rad(feeding.va_degree.to_numpy(dtype=float)) if counts_angles(net) else np.zeros(len(feeding))
    own = filled("sym_load", len(net.load) + len(net.sgen), **_own_loads(net, node_of, ids, np.concatenate([drawn, given])))
    return {
        "node": filled("node", len(net.bus), id=np.arange(len(net.bus)), u_rated=net.bus.vn_kv.to_numpy(dtype=float) * 1e3),
        "line": lines,
        "generic_branch": branches,
        "source": ideal_sources(ids.take(len(feeding))[0], _nodes(feeding.bus, node_of), feeding.vm_pu.to_numpy(dtype=float), angle),
        "sym_load": np.concatenate([own, device_loads(ids.take(len(net.bus))[0], np.arange(len(net.bus)))]),
    }


class _Ids:
    """Hands out numbers of components; each is used once in a model."""

    def __init__(self, first: int) -> None:
        self._next = first

    def take(self, count: int) -> Any:
        taken = self._next + np.arange(max(count, 1))
        self._next += max(count, 1)
        return taken


def _lines(net: Any, node_of: dict[int, int], ids: _Ids) -> Any:
    line, count = net.line, len(net.line)
    length, parallel = line.length_km.to_numpy(dtype=float), line.parallel.to_numpy(dtype=float)
    farad = line.c_nf_per_km.to_numpy(dtype=float) * 1e-9 * length * parallel
    leakage = (line.g_us_per_km if "g_us_per_km" in line else 0.0 * line.length_km).to_numpy(dtype=float) * 1e-6 * length * parallel
    reactive = 2 * np.pi * float(net.f_hz) * farad
    return filled(
        "line",
        count,
        id=ids.take(count)[:count],
        **_ends(line, ("from_bus", "to_bus"), node_of),
        r1=line.r_ohm_per_km.to_numpy(dtype=float) * length / parallel,
        x1=line.x_ohm_per_km.to_numpy(dtype=float) * length / parallel,
        c1=farad,
        tan1=np.divide(leakage, reactive, out=np.zeros(count), where=reactive != 0),
        i_n=1.0,
    )


def _branches(net: Any, trafos: Transformers, node_of: dict[int, int], ids: _Ids) -> Any:
    count = len(net.trafo)
    circuit = {"r1": trafos.series_ohm.real, "x1": trafos.series_ohm.imag, "g1": trafos.shunt_siemens.real, "b1": trafos.shunt_siemens.imag}
    shift = trafos.shift_rad if counts_angles(net) else np.zeros(count)
    ends = _ends(net.trafo, ("hv_bus", "lv_bus"), node_of)
    return filled("generic_branch", count, id=ids.take(count)[:count], **ends, **circuit, k=trafos.off_nominal, theta=shift, sn=1e6)


def _ends(table: Any, sides: tuple[str, str], node_of: dict[int, int]) -> dict[str, Any]:
    on = table.in_service.to_numpy(dtype=bool)
    return {"from_node": _nodes(table[sides[0]], node_of), "to_node": _nodes(table[sides[1]], node_of), "from_status": on, "to_status": on}


def _own_loads(net: Any, node_of: dict[int, int], ids: _Ids, power_va: Complex) -> dict[str, Any]:
    node = np.concatenate([_nodes(net.load.bus, node_of), _nodes(net.sgen.bus, node_of)])
    count = len(node)
    return {"id": ids.take(count)[:count], "node": node, "status": 1, "type": 0, "p_specified": -power_va.real, "q_specified": -power_va.imag}


def _powers(table: Any, sign: float) -> Complex:
    """Power into the grid of loads (negative) or static generators, VA."""
    share = (table.scaling * table.in_service).to_numpy(dtype=float) * sign * 1e6
    return np.asarray(share * (table.p_mw.to_numpy(dtype=float) + 1j * table.q_mvar.to_numpy(dtype=float)))


def _nodes(buses: Any, node_of: dict[int, int]) -> Any:
    return np.array([node_of[int(bus)] for bus in buses], dtype=np.int32)


def _known(limit: Array) -> Array:
    return np.asarray(np.where(limit > 0, limit, np.inf))
