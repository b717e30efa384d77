"""Networks that the tests share."""

from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks
from pgcore_pandapower import network_of

from pgcore.contracts.network import Network


def feeder() -> Network:
    """Baran & Wu's 33 buses with five open tie lines."""
    return network_of(pp.networks.case33bw())


def awkward() -> Network:
    """Two voltage levels, a ring, off-nominal and 150° transformers with three and two windings, taps, shunts, a dead island and a closed switch."""
    net = pp.create_empty_network(sn_mva=10.0)
    high, low = pp.create_buses(net, 3, vn_kv=110.0), pp.create_buses(net, 8, vn_kv=20.0)
    pp.create_ext_grid(net, high[0], vm_pu=1.02, va_degree=5.0)
    for start, end in ((high[0], high[1]), (high[1], high[2]), (high[2], high[0])):
        _line(net, start, end, length_km=12.0)
    for number, shift in ((low[0], 150.0), (low[1], 150.0)):
        _trafo(net, high[1], number, shift)
    tenth = pp.create_bus(net, vn_kv=10.0)
    pp.create_transformer3w(net, high[2], low[5], tenth, std_type="63/25/38 MVA 110/20/10 kV", tap_pos=2)
    for start, end in ((low[0], low[1]), (low[0], low[2]), (low[2], low[3]), (low[3], low[1]), (low[5], low[6])):
        _line(net, start, end)
    dead = pp.create_buses(net, 2, vn_kv=20.0)
    _line(net, dead[0], dead[1])
    pp.create_switch(net, low[3], low[4], et="b", closed=True)
    for bus in (*low[2:], tenth, dead[1]):
        pp.create_load(net, bus, p_mw=1.5, q_mvar=0.5)
    pp.create_shunt(net, low[6], q_mvar=-0.8, p_mw=0.02)
    pp.set_user_pf_options(net, calculate_voltage_angles=True)
    return network_of(net)


def _line(net: Any, start: int, end: int, length_km: float = 4.0) -> None:
    pp.create_line_from_parameters(net, start, end, length_km, r_ohm_per_km=0.25, x_ohm_per_km=0.35, c_nf_per_km=120.0, max_i_ka=0.4)


def _trafo(net: Any, high: int, low: int, shift_degree: float) -> None:
    rated = {"sn_mva": 25.0, "vn_hv_kv": 112.0, "vn_lv_kv": 20.4, "vkr_percent": 0.5, "vk_percent": 11.0, "pfe_kw": 20.0, "i0_percent": 0.4}
    taps = {"tap_side": "hv", "tap_neutral": 0, "tap_min": -9, "tap_max": 9, "tap_pos": 2, "tap_step_percent": 1.5, "tap_step_degree": 0.0}
    pp.create_transformer_from_parameters(net, high, low, **rated, **taps, tap_changer_type="Ratio", shift_degree=shift_degree)


def two_sources() -> Network:
    """A line between two external grids of different voltage, and a second island with its own."""
    net = pp.create_empty_network()
    bus = pp.create_buses(net, 6, vn_kv=20.0)
    for number, vm_pu, va_degree in ((bus[0], 1.02, 0.0), (bus[2], 0.99, -1.0), (bus[3], 1.05, 30.0)):
        pp.create_ext_grid(net, number, vm_pu=vm_pu, va_degree=va_degree)
    for start, end in ((bus[0], bus[1]), (bus[1], bus[2]), (bus[3], bus[4]), (bus[4], bus[5])):
        _line(net, start, end)
    pp.create_load(net, bus[1], p_mw=2.0, q_mvar=0.4)
    return network_of(net)


def mesh(side: int = 8) -> Network:
    """A square lattice of lines, fed at a corner."""
    net = pp.create_empty_network()
    bus = np.array(pp.create_buses(net, side * side, vn_kv=20.0)).reshape(side, side)
    pp.create_ext_grid(net, bus[0, 0])
    for starts, ends in ((bus[:-1], bus[1:]), (bus[:, :-1], bus[:, 1:])):
        for start, end in zip(starts.ravel(), ends.ravel(), strict=True):
            _line(net, int(start), int(end), length_km=1.0)
    pp.create_loads(net, bus.ravel()[1:], p_mw=0.1, q_mvar=0.03)
    return network_of(net)


def at_the_nose() -> tuple[Network, float]:
    """Two buses, and the most that reaches the end at unity power factor, V²/(2·(R + |Z|)), MW (Kundur, section 14.2, with resistance)."""
    net = pp.create_empty_network()
    start, end = pp.create_buses(net, 2, vn_kv=20.0)
    pp.create_ext_grid(net, start)
    pp.create_line_from_parameters(net, start, end, length_km=1, r_ohm_per_km=1.25, x_ohm_per_km=1.0, c_nf_per_km=0, max_i_ka=1)
    return network_of(net), 20.0**2 / (2 * (1.25 + np.hypot(1.25, 1.0)))
