"""Distance: how far peers are from each other along the network, and what a tariff makes of it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from pgcore.columns import Array, Flags, Index, total
from pgcore.contracts.network import Case, Complex, Network

Table = Mapping[str, Mapping[str, float]]
"""Distances by the names of two peers; either order will do."""


def electrical_distances(network: Network, buses: Mapping[str, int | str]) -> dict[str, dict[str, float]]:
    """Electrical distance of every pair of peers: \\|Z_ii + Z_jj − Z_ij − Z_ji\\| of the network's impedance matrix, in ohm.

    In a feeder without loops that is the impedance of the lines and transformers between the two; where there are several ways, of all of them in
    parallel. Source: P. Cuffe and A. Keane, "Visualizing the electrical structure of power systems", IEEE Systems Journal 11(3), 2017 (after D. J.
    Klein and M. Randić, "Resistance distance", Journal of Mathematical Chemistry 12, 1993). Impedances are referred to the voltage of the first
    peer's bus. Charging and shunts are left out.

    Args:
        network: as a spec's source loads it.
        buses: for each peer the number or name of its bus.

    Raises:
        ValueError: there is no such bus, or no way between two of them.
    """
    names, case, at = tuple(buses), network.case, _places(network, buses)
    parts = _islands(case)
    apart = [name for name, bus in zip(names, at, strict=True) if bus < 0 or parts[bus] != parts[at[0]]]
    if apart:
        raise ValueError(f"electrical_distances: there is no way from {names[0]} to {', '.join(apart)}; close a switch or leave them out")
    ways = _impedances(case)[np.ix_(at, at)]
    own = np.diag(ways)
    ohm = np.abs(own[:, None] + own - ways - ways.T) * case.vn_kv[at[0]] ** 2 / case.base_mva
    return {a: {names[j]: float(ohm[i, j]) for j in range(i + 1, len(names))} for i, a in enumerate(names[:-1])}


def strangers(table: Table, names: Iterable[str]) -> list[str]:
    """Those whom a table names and who do not take part."""
    return sorted({name for a, row in table.items() for name in (a, *row)} - set(names))


def gaps(table: Table, names: Sequence[str]) -> list[str]:
    """The pairs of those who take part that a table says nothing of."""
    return [f"{a} and {b}" for i, a in enumerate(names) for b in names[i + 1 :] if b not in table.get(a, {}) and a not in table.get(b, {})]


def matrix(table: Table, names: Sequence[str]) -> Array:
    """The distances ``(peers, peers)``: symmetric, zero on the diagonal."""
    found = np.zeros((len(names), len(names)))
    for i, a in enumerate(names):
        for j, b in enumerate(names[i + 1 :], start=i + 1):
            row = table.get(a, {})
            found[i, j] = found[j, i] = row[b] if b in row else table[b][a]
    return found


def farthest(distances: Array, orders: Flags) -> Array:
    """The distance ``(B, peers)`` of each peer to the farthest other one that orders something, ``(B, peers)``; 0 where nobody does."""
    return np.asarray(np.where(orders[:, None, :], distances, 0.0).max(axis=-1))


def mean(distances: Array, mw: Array) -> Array:
    """The mean distance ``(B, peers)`` over the power of each peer's trades with the others, ``(B, peers, peers)``; 0 without a trade."""
    power = total(mw)
    return np.asarray(total(distances * mw) / np.where(power > 0.0, power, 1.0))


def _places(network: Network, buses: Mapping[str, int | str]) -> Index:
    """The case's bus of each peer."""
    topology = network.topology
    known: dict[int | str, int] = {**{name: i for i, name in enumerate(topology.bus_names)}, **{bus: i for i, bus in enumerate(topology.bus_ids)}}
    strange = [f"{name} (bus {bus!r})" for name, bus in buses.items() if bus not in known]
    if strange:
        raise ValueError(f"electrical_distances: the network has no bus for {', '.join(strange)}; its buses: {', '.join(map(str, known))}")
    return np.asarray(network.case.bus_of[[known[bus] for bus in buses.values()]])


def _impedances(case: Case) -> Complex:
    """A generalised inverse of the matrix of series admittances between buses, pu; differences between its entries are those of any other."""
    laplacian = np.zeros((len(case.vn_kv),) * 2, dtype=complex)
    for a, b, r, x in zip(case.from_bus[case.closed], case.to_bus[case.closed], case.r_pu[case.closed], case.x_pu[case.closed], strict=True):
        y = 1.0 / complex(r, x)
        laplacian[[a, b], [a, b]] += y
        laplacian[[a, b], [b, a]] -= y
    return np.asarray(np.linalg.pinv(laplacian))


def _islands(case: Case) -> Index:
    """For each bus the first one that there is a way to."""
    island = np.arange(len(case.vn_kv))
    for _ in range(len(island)):
        joined = island.copy()
        for ends in ((case.from_bus, case.to_bus), (case.to_bus, case.from_bus)):
            a, b = (end[case.closed] for end in ends)
            np.minimum.at(joined, a, island[b])
        if np.array_equal(joined, island):
            break
        island = joined
    return np.asarray(island)
