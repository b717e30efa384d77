"""Takes voltage-dependent loads out of a net and puts equivalent parts in, so that devices at their buses stay constant power.

pandapower applies the constant-impedance and constant-current shares of a bus's loads to *everything* that draws or injects power at that
bus. A device there would change its power with the voltage. Here a constant-impedance share becomes a shunt, which is exact, and a
constant-current share ``c·v`` becomes ``c·(v0/2 + v²/(2·v0))``, half constant power and half shunt, repeated with ``v0 = v`` until both agree.
"""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array, Index

SHARES = ("const_z_p_percent", "const_i_p_percent", "const_z_q_percent", "const_i_q_percent")


@frozen(eq=False)
class ConstantCurrent:
    """The constant-current parts of a net: where they are and how much they draw at 1 pu, MW + j Mvar."""

    net: Any
    bus: Index
    """Positions in the bus table."""
    drawn_mva: Any
    loads: slice
    shunts: slice

    def __len__(self) -> int:
        return len(self.bus)

    def linearise(self, vm_pu: Array) -> None:
        """Write both halves for the given voltage at each part's bus."""
        constant, as_shunt = self.drawn_mva * vm_pu / 2, self.drawn_mva / (2 * vm_pu)
        for table, rows, power in (("load", self.loads, constant), ("shunt", self.shunts, as_shunt)):
            for column, values in (("p_mw", power.real), ("q_mvar", power.imag)):
                whole = self.net[table][column].to_numpy(dtype=float, copy=True)
                whole[rows] = values
                self.net[table][column] = whole


def without_voltage_dependence(net: Any) -> ConstantCurrent:
    """Replace the voltage-dependent shares of ``net`` (changed in place); returns the parts that draw constant current."""
    from pgcore_pandapower.conversion import converted

    if not net.load[list(SHARES)].to_numpy(dtype=float).any() or net.user_pf_options.get("voltage_depend_loads") is False:
        return _parts(net, np.zeros(0, dtype=np.intp), np.zeros(0, dtype=complex))
    made = converted(net)
    held = np.asarray(made.net._pd2ppc_lookups["bus"][net.bus.index.to_numpy()])
    _, first = np.unique(held, return_index=True)
    places = first[held[first] < len(made.ppci["bus"])]
    impedance, current = _voltage_dependent(made.ppci["bus"][held[places]])
    net.load[list(SHARES)] = 0.0
    _compensate(net, places, impedance + current)
    _add_shunts(net, places, impedance)
    return _parts(net, places[current != 0], current[current != 0])


def _voltage_dependent(bus: Any) -> tuple[Any, Any]:
    """Constant-impedance and constant-current power of the rows of a ppc's bus table at 1 pu, MW + j Mvar."""
    from pandapower.pypower.idx_bus import CID_P, CID_Q, CZD_P, CZD_Q, PD, QD

    return (
        bus[:, PD] * bus[:, CZD_P] + 1j * bus[:, QD] * bus[:, CZD_Q],
        bus[:, PD] * bus[:, CID_P] + 1j * bus[:, QD] * bus[:, CID_Q],
    )


def _compensate(net: Any, places: Index, power_mva: Any) -> None:
    """Take the voltage-dependent shares out of the constant power."""
    from pandapower import create_loads

    chosen = power_mva != 0
    create_loads(net, net.bus.index[places[chosen]], p_mw=-power_mva[chosen].real, q_mvar=-power_mva[chosen].imag)


def _add_shunts(net: Any, places: Index, power_mva: Any) -> None:
    from pandapower import create_shunt

    for place, power in zip(places, power_mva, strict=True):
        if power:
            create_shunt(net, net.bus.index[place], q_mvar=float(power.imag), p_mw=float(power.real))


def _parts(net: Any, places: Index, drawn_mva: Any) -> ConstantCurrent:
    from pandapower import create_loads, create_shunt

    loads, shunts = len(net.load), len(net.shunt)
    if len(places):
        create_loads(net, net.bus.index[places], p_mw=0.0, q_mvar=0.0)
        for place in places:
            create_shunt(net, net.bus.index[place], q_mvar=0.0, p_mw=0.0)
    made = ConstantCurrent(net, places, drawn_mva, slice(loads, loads + len(places)), slice(shunts, shunts + len(places)))
    made.linearise(np.ones(len(places)))
    return made
