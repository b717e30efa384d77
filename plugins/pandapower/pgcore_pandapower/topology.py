"""Reads names, voltages, ends, limits and coordinates out of a pandapower net."""

import json
from typing import Any

import numpy as np

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.network import Branches, Loads, Topology

UNKNOWN_LIMIT = 99_999.0
"""What pandapower's converters write for a rating that they do not know."""


def topology_of(net: Any) -> Topology:
    """The topology of a net; positions follow the order of its tables, ids are its indices."""
    place = positions(net)
    return Topology(
        bus_ids=tuple(map(int, net.bus.index)),
        bus_names=_names(net.bus),
        vn_kv=frozen_array(net.bus.vn_kv.to_numpy(dtype=float)),
        xy=frozen_array(_coordinates(net)),
        slack_buses=tuple(sorted({place[b] for b in _slack_ids(net)})),
        lines=_lines(net, place),
        trafos=_trafos(net, place),
        loads=_loads(net, place),
        tap_range=frozen_array(np.vstack([_tap_range(net.trafo), _tap_range(net.trafo3w)])),
    )


def positions(net: Any) -> dict[int, int]:
    """Position of each bus id in the net's bus table."""
    return {int(bus): k for k, bus in enumerate(net.bus.index)}


def frozen_array(values: Any) -> Any:
    """A read-only copy of an array."""
    made = np.array(values)
    made.setflags(write=False)
    return made


def acts_on_taps(table: Any) -> Flags:
    """Which transformers have a tap changer that pandapower acts on: it ignores ``tap_pos`` where ``tap_changer_type`` is not set."""
    if not len(table) or "tap_changer_type" not in table:
        return np.zeros(len(table), dtype=bool)
    kinds = table.tap_changer_type.isin(["Ratio", "Symmetrical", "Ideal", "Tabular"]).to_numpy(dtype=bool)
    tables = table.tap_dependency_table.fillna(False).to_numpy(dtype=bool) if "tap_dependency_table" in table else np.zeros(len(table), dtype=bool)
    sided = table.tap_side.isin(["hv", "mv", "lv"]).to_numpy(dtype=bool)
    spread = (table.tap_max > table.tap_min).to_numpy(dtype=bool)
    return np.asarray((kinds | tables) & sided & spread & table.tap_pos.notna().to_numpy(dtype=bool))


def _tap_range(table: Any) -> Array:
    found = np.full((len(table), 2), np.nan)
    acting = acts_on_taps(table)
    if acting.any():
        found[acting] = table[["tap_min", "tap_max"]].to_numpy(dtype=float)[acting]
    return found


def _names(table: Any) -> tuple[str, ...]:
    return tuple("" if name is None or name != name else str(name) for name in table["name"]) if "name" in table else ("",) * len(table)


def _slack_ids(net: Any) -> list[int]:
    slack_gens = net.gen[net.gen.in_service & net.gen.slack]
    return [int(b) for b in (*net.ext_grid.bus[net.ext_grid.in_service], *slack_gens.bus)]


def _coordinates(net: Any) -> Array:
    """From ``net.bus.geo`` (GeoJSON points, pandapower 3) or ``net.bus_geodata`` (older files)."""
    xy = np.full((len(net.bus), 2), np.nan)
    for k, point in enumerate(net.bus.get("geo", ())):
        if isinstance(point, str) and point:
            xy[k] = json.loads(point)["coordinates"][:2]
    old = net.get("bus_geodata")
    if old is not None and len(old):
        known = net.bus.index.isin(old.index) & np.isnan(xy[:, 0])
        xy[known] = old.loc[net.bus.index[known], ["x", "y"]].to_numpy(dtype=float)
    return xy


def _lines(net: Any, place: dict[int, int]) -> Branches:
    limit = (net.line.max_i_ka * net.line.df * net.line.parallel).to_numpy(dtype=float)
    return _branches(net.line, place, net.line.from_bus, net.line.to_bus, limit)


def _trafos(net: Any, place: dict[int, int]) -> Branches:
    two, three = net.trafo, net.trafo3w
    first = _branches(two, place, two.hv_bus, two.lv_bus, (two.sn_mva * two.parallel * two.df).to_numpy(dtype=float))
    second = _branches(three, place, three.hv_bus, three.lv_bus, three.sn_hv_mva.to_numpy(dtype=float))
    return Branches(
        ids=first.ids + second.ids,
        names=first.names + second.names,
        from_bus=frozen_array(np.concatenate([first.from_bus, second.from_bus])),
        to_bus=frozen_array(np.concatenate([first.to_bus, second.to_bus])),
        limit=frozen_array(np.concatenate([first.limit, second.limit])),
        in_service=frozen_array(np.concatenate([first.in_service, second.in_service])),
    )


def _branches(table: Any, place: dict[int, int], from_ids: Any, to_ids: Any, limit: Array) -> Branches:
    unknown = ~((limit > 0) & (limit < UNKNOWN_LIMIT))
    return Branches(
        ids=tuple(map(int, table.index)),
        names=_names(table),
        from_bus=frozen_array(_index(place, from_ids)),
        to_bus=frozen_array(_index(place, to_ids)),
        limit=frozen_array(np.where(unknown, np.inf, limit)),
        in_service=frozen_array(table.in_service.to_numpy(dtype=bool)),
    )


def _index(place: dict[int, int], ids: Any) -> Index:
    return np.array([place[int(b)] for b in ids], dtype=np.intp)


def _loads(net: Any, place: dict[int, int]) -> Loads:
    """The constant-power part of each load in service; what depends on the voltage stays in the case."""
    on = net.load[net.load.in_service & net.load.bus.isin(net.bus.index[net.bus.in_service])]
    p_share, q_share = (1 - _share(on, axis) for axis in ("p", "q"))
    return Loads(
        ids=tuple(map(int, on.index)),
        names=_names(on),
        bus=frozen_array(_index(place, on.bus)),
        p_mw=frozen_array(on.p_mw.to_numpy(dtype=float) * on.scaling.to_numpy(dtype=float) * p_share),
        q_mvar=frozen_array(on.q_mvar.to_numpy(dtype=float) * on.scaling.to_numpy(dtype=float) * q_share),
    )


def _share(loads: Any, axis: str) -> Array:
    """The voltage-dependent share of each load; pandapower takes the mean over the loads of a bus."""
    percent = loads[f"const_z_{axis}_percent"] + loads[f"const_i_{axis}_percent"]
    return np.asarray(percent.groupby(loads.bus).transform("mean"), dtype=float) / 100
