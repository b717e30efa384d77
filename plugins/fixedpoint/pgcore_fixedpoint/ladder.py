"""The ladder of a block: from the last solution, from the unloaded network, by Newton's method, give up."""

from typing import Any

import numpy as np

from pgcore.columns import Array, Index
from pgcore_fixedpoint.compiling import compiled
from pgcore_fixedpoint.gathering import restart, resume
from pgcore_fixedpoint.iterating import iterate, substitute
from pgcore_fixedpoint.lanes import load, store, width
from pgcore_fixedpoint.newton import newton

WARM, FLAT, NEWTON, FAILED = range(4)
GIVEN_UP = -1.0


@compiled
def unload(zero: Any, first: Index, coupled: Index, factors: Array, pivots: Array, voltage: Array, current: Array, unloaded: Array) -> None:
    """Voltages of the network without power."""
    for i in range(2 * (len(first) - 1)):
        store(current, i, zero)
    substitute(zero, first, coupled, factors, pivots, voltage, current)
    for i in range(2 * (len(first) - 1)):
        store(unloaded, i, load(current, i, zero))


@compiled
def begin(
    zero: Any, used: int, chosen: Index, owners: Index, count: int, live: Array, starts: Array, voltage: Array, waiting: Array, rung: Array
) -> int:
    """Put every lane where its environment was; returns how many have nowhere to start from. Lanes beyond ``used`` wait for nothing."""
    lanes, cold = width(zero), 0
    for k in range(lanes):
        rung[k], waiting[k] = WARM, 1.0 if k < used else 0.0
        if k < used and not resume(k, lanes, count, live, starts[owners[chosen[k]]], voltage):
            rung[k] = FLAT
            cold += 1
    return cold


@compiled
def begin_flat(zero: Any, count: int, voltage: Array, unloaded: Array, waiting: Array, rung: Array) -> None:
    """Put lanes that have nowhere to start from at the unloaded network."""
    for k in range(width(zero)):
        if waiting[k] > 0.0 and rung[k] == FLAT:
            restart(k, width(zero), count, unloaded, voltage)


@compiled
def begin_again(zero: Any, waiting: Array, rung: Array) -> None:
    """Lanes that found nothing from their last solution have nowhere to start from; the others have had their turn."""
    for k in range(width(zero)):
        if waiting[k] > 0.0:
            waiting[k] = 1.0 if rung[k] == WARM else GIVEN_UP
            rung[k] = FLAT


@compiled
def resort(
    lanes: int, k: int, tolerance: float, first: Index, coupled: Index, targets: Index, blocks: Array, shunt_at: Index, shunts: Array, power: Array,
    voltage: Array, unloaded: Array, settled: Array,
) -> bool:  # fmt: skip
    """Newton's method for lane ``k`` from the unloaded network; where it fails the lane has no voltages."""
    found, free = np.empty(len(voltage) // lanes), 2 * (len(first) - 1)
    for i in range(len(found)):
        found[i] = unloaded[i * lanes + k] if i < free else voltage[i * lanes + k]
    solved = newton(lanes, k, tolerance, first, coupled, targets, blocks, shunt_at, shunts, power, found)
    for i in range(len(found)):
        settled[i * lanes + k] = found[i] if solved else 0.0
    return solved


@compiled
def climb(
    zero: Any, used: int, most: int, tolerance: float, first: Index, coupled: Index, targets: Index, blocks: Array, factors: Array, pivots: Array,
    live: Array, shunt_at: Index, chosen: Index, owners: Index, starts: Array, room: Array, rung: Array,
) -> None:  # fmt: skip
    """Solve a block: ``settled`` and ``rung`` get the voltages and the rung of every lane that is ``used``.

    ``room`` holds power, voltage, current, settled, unloaded, weights, shunts and waiting lanes, in this order.
    """
    power, voltage, current, settled, unloaded, weights, shunts, waiting = room[0], room[1], room[2], room[3], room[4], room[5], room[6], room[7]
    lanes, count = width(zero), len(first) - 1
    cold = begin(zero, used, chosen, owners, count, live, starts, voltage, waiting, rung)
    for _ in range(2):
        if cold > 0:
            unload(zero, first, coupled, factors, pivots, voltage, current, unloaded)
            begin_flat(zero, count, voltage, unloaded, waiting, rung)
        cold = iterate(zero, most, tolerance, first, coupled, factors, pivots, shunt_at, shunts, power, weights, voltage, current, settled, waiting)
        if cold == 0:
            break
        begin_again(zero, waiting, rung)
    for k in range(lanes):
        if waiting[k] != 0.0:
            solved = resort(lanes, k, tolerance, first, coupled, targets, blocks, shunt_at, shunts, power, voltage, unloaded, settled)
            rung[k] = NEWTON if solved else FAILED


@compiled
def room_for(lanes: int, buses: int, shunts: int) -> Array:
    """Work space of a block."""
    return np.zeros((8, lanes * max(2 * buses, shunts, 1)))
