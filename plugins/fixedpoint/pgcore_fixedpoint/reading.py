"""Reads a Flow off the voltages of a block of environments: to the columns of a sheet, lanes side by side, and from there to rows."""

from typing import Any

from pgcore.columns import Array, Index
from pgcore_fixedpoint.angles import angle_deg
from pgcore_fixedpoint.compiling import compiled
from pgcore_fixedpoint.lanes import choose, load, root, store, width


@compiled
def spill(lanes: int, k: int, row: int, rows: int, widths: Index, sheet: Array, out: Array) -> None:
    """Copy lane ``k`` of all columns of a sheet to ``row`` of the flat ``out``: tables of so many ``rows`` and ``widths``, one after the other."""
    first = 0
    for table in range(len(widths)):
        at = rows * first + row * widths[table]
        for column in range(widths[table]):
            out[at + column] = sheet[(first + column) * lanes + k]
        first += widths[table]


@compiled
def read_buses(zero: Any, bus_at: Index, voltage: Array, sheet: Array) -> None:
    """Magnitudes and angles at topology buses, to the first columns of a sheet."""
    buses = len(bus_at)
    for bus in range(buses):
        vr, vi = zero, zero
        if bus_at[bus] >= 0:
            vr, vi = load(voltage, 2 * bus_at[bus], zero), load(voltage, 2 * bus_at[bus] + 1, zero)
        store(sheet, bus, root(vr * vr + vi * vi))
        store(sheet, buses + bus, angle_deg(zero, vr, vi))


@compiled
def read_branch(zero: Any, branch: int, ends: Index, branches: Array, voltage: Array) -> Any:
    """Power into a branch at its from end, what is lost in it (MW), and the square of its loading in percent."""
    f, t, y = ends[branch, 0], ends[branch, 1], branches[branch]
    fr, fi, tr, ti = load(voltage, 2 * f, zero), load(voltage, 2 * f + 1, zero), load(voltage, 2 * t, zero), load(voltage, 2 * t + 1, zero)
    from_r, from_i = y[0] * fr - y[1] * fi + (y[2] * tr - y[3] * ti), y[0] * fi + y[1] * fr + (y[2] * ti + y[3] * tr)
    to_r, to_i = y[5] * tr - y[6] * ti + (y[7] * fr - y[8] * fi), y[5] * ti + y[6] * tr + (y[7] * fi + y[8] * fr)
    p_from, p_to = fr * from_r + fi * from_i, tr * to_r + ti * to_i
    one, other = (from_r * from_r + from_i * from_i) * y[4], (to_r * to_r + to_i * to_i) * y[9]
    return p_from, p_from + p_to, choose(one, other, one, other)


@compiled
def read_elements(
    zero: Any, windings: int, loading_at: int, p_at: int, elements: Index, ends: Index, branches: Array, voltage: Array, sheet: Array
) -> Any:
    """Loadings and powers of elements of so many branches each, to columns from ``loading_at`` and ``p_at`` on; returns their losses, MW.

    The largest loading counts, and the power into the first branch.
    """
    lost = zero
    for k in range(len(elements) // windings):
        p_mw, lost_mw, square = read_branch(zero, elements[windings * k], ends, branches, voltage)
        lost = lost + lost_mw
        for winding in range(1, windings):
            _, lost_mw, other = read_branch(zero, elements[windings * k + winding], ends, branches, voltage)
            lost, square = lost + lost_mw, choose(other, square, other, square)
        store(sheet, loading_at + k, root(square))
        store(sheet, p_at + k, p_mw)
    return lost


@compiled
def read_slack(
    zero: Any, first: int, ties: Index, tie_pu: Array, shunt_at: Index, shunts: Array, power: Array, voltage: Array, current: Array
) -> tuple[Any, Any]:
    """What all sources inject, pu: their share of the currents, less what is injected at their buses anyway. ``current`` is work space."""
    count = len(voltage) // (2 * width(zero))
    for i in range(2 * first, 2 * count):
        store(current, i, zero)
    for m in range(len(ties)):
        i, j, yr, yi = first + ties[m, 0], ties[m, 1], tie_pu[m, 0], tie_pu[m, 1]
        vr, vi = load(voltage, 2 * j, zero), load(voltage, 2 * j + 1, zero)
        store(current, 2 * i, load(current, 2 * i, zero) + (yr * vr - yi * vi))
        store(current, 2 * i + 1, load(current, 2 * i + 1, zero) + (yr * vi + yi * vr))
    p, q = zero, zero
    for i in range(first, count):
        vr, vi, ar, ai = load(voltage, 2 * i, zero), load(voltage, 2 * i + 1, zero), load(current, 2 * i, zero), load(current, 2 * i + 1, zero)
        p = p + (vr * ar + vi * ai) - load(power, 2 * i, zero)
        q = q + (vi * ar - vr * ai) - load(power, 2 * i + 1, zero)
    for m in range(len(shunt_at)):
        i = shunt_at[m]
        if i >= first:
            vr, vi = load(voltage, 2 * i, zero), load(voltage, 2 * i + 1, zero)
            q = q - load(shunts, m, zero) * (vr * vr + vi * vi)
    return p, q
