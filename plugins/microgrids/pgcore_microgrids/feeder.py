"""The network of the scenarios: feeders of 33 buses, each with up to three microgrids of 14 buses behind transformers."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from pgcore.contracts.network import Network, NetworkSource
from pgcore.quantity import quantity

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

PER_FEEDER = 3
"""Microgrids on one feeder."""
COUPLING_BUSES = (12, 25, 30)
"""Where they are connected: published numbers of Baran & Wu's buses, one for each microgrid of a feeder."""
SOURCE_VM_PU = 1.025
"""Voltage that the substation holds: as the published 1.0 pu, but raised for the demand of the microgrids."""
TRUNK_LINES = 5
"""Lines of the feeder up to the first long branch: they carry the most."""
TRUNK_KA, BRANCH_KA = 0.25, 0.2
"""Ratings that we give the feeder's lines, since the published data has none."""

MG_KV = 4.16
MG_PARENT = (1, 2, 3, 4, 5, 2, 7, 8, 3, 10, 4, 12, 1)
"""The bus towards the transformer from each microgrid bus 2, 3, …, 14; bus 1 is the transformer's low-voltage side."""
MG_LENGTH_KM = (0.3, 0.25, 0.3, 0.35, 0.3, 0.2, 0.3, 0.25, 0.3, 0.35, 0.2, 0.3, 0.4)
MG_XY = ((0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (1, 1), (2, 1), (3, 1), (2, -1), (3, -1), (3, 2), (4, 2), (0, -1))
MG_BUSES = len(MG_XY)

CABLE = {"r_ohm_per_km": 0.206, "x_ohm_per_km": 0.11, "c_nf_per_km": 360.0, "max_i_ka": 0.315}
"""NA2XS2Y 1x150 RM/25 6/10 kV, from pandapower's standard types."""
TRANSFORMER = {"vn_hv_kv": 12.66, "vn_lv_kv": MG_KV, "sn_mva": 0.8, "vk_percent": 6.0, "vkr_percent": 1.05, "pfe_kw": 0.65, "i0_percent": 0.2}
"""0.8 MVA; losses of tier 1 in Regulation (EU) 548/2014 (8.4 kW with load, 0.65 kW without), short-circuit voltage 6 %."""
TAPS = {"tap_side": "hv", "tap_neutral": 0, "tap_min": -8, "tap_max": 8, "tap_step_percent": 1.25, "tap_pos": 0, "tap_changer_type": "Ratio"}


@frozen
class MicrogridFeeder(NetworkSource):
    """Baran & Wu's 33-bus feeder with up to three microgrids of 14 buses; more microgrids get more such feeders, all on one substation.

    Buses are named ``Substation``, ``F1 bus 2`` … ``F1 bus 33`` (numbered as published) and ``MG1 bus 1`` … ``MG1 bus 14``,
    transformers ``MG1 trafo``, lines ``F1 line 1`` … and ``MG1 line 2`` … (a microgrid's line k ends at its bus k), and the
    feeder's loads ``F1 load 2`` … (load k is at bus k).

    Source of the feeder: M. E. Baran and F. F. Wu, Network reconfiguration in distribution systems for loss reduction and load balancing,
    IEEE Transactions on Power Delivery 4(2), 1989, as ``pandapower.networks.case33bw``, with its loads and open tie lines.
    """

    type = "microgrid_feeder"
    n: int = quantity("1", "number of microgrids", default=3, ge=1, le=1000)

    def load(self) -> Network:
        """Build the network: 1 + 32 · ceil(n / 3) + 14 · n buses."""
        from pgcore_pandapower import network_of

        return network_of(build(self.n))


def build(n: int) -> "pandapowerNet":
    """The pandapower net of ``n`` microgrids."""
    import pandapower as pp

    net = pp.create_empty_network(name=f"{n} microgrids")
    pp.create_ext_grid(net, pp.create_bus(net, vn_kv=12.66, name="Substation", geodata=(0.0, 0.0)), vm_pu=SOURCE_VM_PU)
    feeders = -(-n // PER_FEEDER)
    _add_feeders(net, feeders)
    _add_microgrids(net, n, feeders)
    return net


def _add_feeders(net: "pandapowerNet", feeders: int) -> None:
    """Append copies of the published feeder; the first bus of each is the substation."""
    import pandapower as pp
    from pandapower.networks import case33bw

    published = case33bw()
    names = [f"F{f} bus {k}" for f in range(1, feeders + 1) for k in range(2, 34)]
    xy = [(x, y - 12.0 * f) for f in range(feeders) for x, y in map(_feeder_xy, range(2, 34))]
    pp.create_buses(net, len(names), vn_kv=12.66, name=names, geodata=xy)
    line, load = published.line, published.load
    pp.create_lines_from_parameters(
        net,
        _copies(line.from_bus, feeders),
        _copies(line.to_bus, feeders),
        length_km=1.0,
        r_ohm_per_km=np.tile(line.r_ohm_per_km, feeders),
        x_ohm_per_km=np.tile(line.x_ohm_per_km, feeders),
        c_nf_per_km=0.0,
        max_i_ka=np.tile(np.where(np.arange(len(line)) < TRUNK_LINES, TRUNK_KA, BRANCH_KA), feeders),
        in_service=np.tile(line.in_service, feeders),
        name=[f"F{f} line {k}" for f in range(1, feeders + 1) for k in range(1, len(line) + 1)],
    )
    load_names = [f"F{f} load {bus + 1}" for f in range(1, feeders + 1) for bus in load.bus]
    pp.create_loads(net, _copies(load.bus, feeders), np.tile(load.p_mw, feeders), np.tile(load.q_mvar, feeders), name=load_names)


def _copies(bus: Any, feeders: int) -> NDArray[np.int64]:
    """A column of published bus indices (0…32) for each feeder in turn; index 0 is the substation in all of them."""
    one = np.asarray(bus, dtype=np.int64)
    shift = 32 * np.arange(feeders)[:, None]
    return np.where(one == 0, 0, one + shift).ravel()


def _feeder_xy(number: int) -> tuple[float, float]:
    """Where to draw a bus of the feeder: the main line to bus 18 from left to right, the laterals 19–22, 23–25 and 26–33 beside it."""
    for first, origin, y in ((26, 5, -2.0), (23, 2, 2.0), (19, 1, 1.0)):
        if number >= first:
            return origin + 1.0 + number - first, y
    return number - 1.0, 0.0


def _add_microgrids(net: "pandapowerNet", n: int, feeders: int) -> None:
    """Append the buses, cables and transformers of ``n`` microgrids."""
    import pandapower as pp

    which = np.arange(n)
    coupling = 32 * (which // PER_FEEDER) + np.array(COUPLING_BUSES)[which % PER_FEEDER] - 1
    first = 1 + 32 * feeders + MG_BUSES * which
    names = [f"MG{m} bus {k}" for m in range(1, n + 1) for k in range(1, MG_BUSES + 1)]
    xy = [(x + 0.3 * dx, y - 0.8 - 0.3 * dy) for x, y in _places(net, coupling) for dx, dy in MG_XY]
    pp.create_buses(net, len(names), vn_kv=MG_KV, name=names, geodata=xy)
    pp.create_lines_from_parameters(
        net,
        (first[:, None] + np.array(MG_PARENT) - 1).ravel(),
        (first[:, None] + np.arange(1, MG_BUSES)).ravel(),
        length_km=np.tile(MG_LENGTH_KM, n),
        name=[f"MG{m} line {k}" for m in range(1, n + 1) for k in range(2, MG_BUSES + 1)],
        **CABLE,
    )
    trafo_names = [f"MG{m} trafo" for m in range(1, n + 1)]
    pp.create_transformers_from_parameters(net, coupling, first, name=trafo_names, **TRANSFORMER, **TAPS)


def _places(net: "pandapowerNet", buses: NDArray[np.int64]) -> list[tuple[float, float]]:
    return [tuple(json.loads(net.bus.geo.iat[bus])["coordinates"]) for bus in buses]
