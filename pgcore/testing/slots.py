"""Slots: what a protocol says of the numbers that it hands on: a name, a unit, bounds and one line of doc."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from pgcore.quantity import Slot, bound
from pgcore.testing.checks import Breach
from pgcore.testing.options import require_unit


def require_slots(place: str, table: str, slots: Any) -> None:
    """Each is a slot with a name of its own, a unit, the one that its name says, and one line of doc.

    Raises:
        Breach: one is not.
    """
    if not isinstance(slots, tuple) or not all(isinstance(slot, Slot) for slot in slots):
        found = f"{place}.{table} is {slots!r}, expected a tuple of slots"
        raise Breach(found, f'{table} = (Slot("p_mw", "MW", -100.0, 100.0, "what it is"),): with a comma after the last')
    for slot in slots:
        require_unit(f"{place}.{table}", "slot", slot.name, slot.unit)
        if not slot.doc.strip():
            raise Breach(f"the slot {slot.name!r} of {place}.{table} has no doc", "say in a line what the number is")
    for name, times in Counter(slot.name for slot in slots).items():
        if times > 1:
            raise Breach(f"{place}.{table} has {name!r} {times} times", "give each a name of its own")


def ends(thing: object, slot: Slot) -> tuple[float, float]:
    """The bounds of a slot of an instance, as numbers.

    Raises:
        Breach: they are none, or are not in order.
    """
    kind = type(thing).__name__
    try:
        low, high = (float(bound(thing, end)) for end in (slot.low, slot.high))
    except (AttributeError, TypeError, ValueError) as error:
        mend = "bounds are numbers, or the name of a field that holds a number"
        raise Breach(f"the slot {slot.name!r} of {kind} goes from {slot.low!r} to {slot.high!r}: {error}", mend) from error
    if np.isnan(low) or np.isnan(high) or low > high:
        raise Breach(f"the slot {slot.name!r} of {thing!r} goes from {low:g} to {high:g}", "give it bounds in order: the lower one first")
    return low, high


def resolved(thing: object, slots: Sequence[Slot]) -> dict[str, tuple[float, float]]:
    """The bounds of all slots of an instance by name."""
    return {slot.name: ends(thing, slot) for slot in slots}
