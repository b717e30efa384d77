"""Gathers what a block of environments starts from: injections, what controls set, and voltages of the last solve."""

from typing import Any

from pgcore.columns import Array, Index
from pgcore_fixedpoint.compiling import compiled
from pgcore_fixedpoint.lanes import choose, full, lane, load, root, store, width, zeros

SHUNT = 0
"""Kind of a dial that sets a shunt; other dials set a source."""


@compiled
def all_finite(values: Array) -> bool:
    """Whether every number of a flat array is finite."""
    doubts, doubt, whole = zeros(8), 0.0, len(values) // 8
    for k in range(whole):
        doubts = doubts + 0.0 * load(values, k, doubts)
    for k in range(8):
        doubt += lane(doubts, k)
    for k in range(8 * whole, len(values)):
        doubt += 0.0 * values[k]
    return doubt == 0.0


@compiled
def gather_power(
    zero: Any, used: int, chosen: Index, bus_at: Index, scheduled: Array, live: Array, per_mva: float, p_mw: Array, q_mvar: Array, power: Array
) -> None:
    """Power at each position, pu; none where there is no source."""
    lanes = width(zero)
    for i in range(len(live)):
        store(power, 2 * i, full(scheduled[i, 0], zero))
        store(power, 2 * i + 1, full(scheduled[i, 1], zero))
    for k in range(used):
        row = chosen[k]
        for bus in range(len(bus_at)):
            i = bus_at[bus]
            if i >= 0:
                power[2 * i * lanes + k] += p_mw[row, bus] * per_mva
                power[(2 * i + 1) * lanes + k] += q_mvar[row, bus] * per_mva
    for i in range(len(live)):
        if live[i] == 0.0:
            store(power, 2 * i, zero)
            store(power, 2 * i + 1, zero)


@compiled
def turn_dials(
    zero: Any, used: int, chosen: Index, dials: Index, turns: Array, live: Array, controls: Array, sources: Array, shunts: Array, voltage: Array
) -> None:
    """Set shunts and sources.

    ``dials`` are kind, number and port of each: a shunt's number counts shunts, a source's number counts sources. ``turns`` are what 1 of the
    control's unit is: susceptance for a shunt, the phasor for a source (pu, real and imaginary part).
    """
    lanes, first = width(zero), len(live) - len(sources)
    for s in range(len(sources)):
        store(voltage, 2 * (first + s), full(sources[s, 0], zero))
        store(voltage, 2 * (first + s) + 1, full(sources[s, 1], zero))
    for d in range(len(dials)):
        kind, number, port = dials[d, 0], dials[d, 1], dials[d, 2]
        for k in range(used):
            value = controls[chosen[k], port]
            if kind == SHUNT:
                shunts[number * lanes + k] = value * turns[d, 0]
            else:
                voltage[2 * (first + number) * lanes + k] = value * turns[d, 0]
                voltage[(2 * (first + number) + 1) * lanes + k] = value * turns[d, 1]


@compiled
def weigh(zero: Any, count: int, shunt_at: Index, live: Array, power: Array, shunts: Array, weights: Array) -> None:
    """By how much a voltage's last change is multiplied to get the power mismatch, squared: |S|², and up to 1.4 pu twice a shunt's share."""
    for i in range(count):
        sr, si = load(power, 2 * i, zero), load(power, 2 * i + 1, zero)
        store(weights, i, sr * sr + si * si)
    for m in range(len(shunt_at)):
        i, b = shunt_at[m], load(shunts, m, zero) * live[shunt_at[m]]
        store(shunts, m, b)
        if i < count:
            both = root(load(weights, i, zero)) + 2.0 * choose(b, zero, b, zero - b)
            store(weights, i, both * both)


@compiled
def resume(k: int, lanes: int, count: int, live: Array, start: Array, voltage: Array) -> bool:
    """Put a lane where its environment's last solve ended; ``False`` when that was nowhere, or not everywhere that is live now."""
    for i in range(count):
        voltage[2 * i * lanes + k], voltage[(2 * i + 1) * lanes + k] = start[2 * i], start[2 * i + 1]
        if live[i] > 0.0 and start[2 * i] == 0.0 and start[2 * i + 1] == 0.0:
            return False
    return True


@compiled
def restart(k: int, lanes: int, count: int, unloaded: Array, voltage: Array) -> None:
    """Put a lane at the voltages of the network without power, which carry every ratio and phase shift."""
    for i in range(k, 2 * count * lanes, lanes):
        voltage[i] = unloaded[i]
