"""Ranges: the bounds of a device's knobs, needs and slots are numbers in order, and defaults lie within."""

import numpy as np

from pgcore.contracts.device import Device, Knob, Need
from pgcore.quantity import Slot, bound
from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.making import check_made_from_its_declared_bounds
from pgcore.testing.devices.subject import DeviceSubject


@after(check_made_from_its_declared_bounds)
def check_bounds_resolve(subject: DeviceSubject) -> None:
    """Bounds of knobs, needs and slots are numbers in order, or name fields that give such; a knob's default lies within."""
    for need in subject.kind.needs:
        _check_need(subject, need)
    subject.devices(_check_tables)


def _check_tables(device: Device) -> None:
    for knob in device.knobs:
        _check_knob(device, knob)
    for slot in device.slots:
        _check_slot(device, slot)
    strangers = [knob.name for knob in device.active_knobs() if knob not in device.knobs]
    if strangers:
        raise Breach(f"active_knobs of {device!r} offers {', '.join(strangers)}, which is not among its knobs", "return some of self.knobs")


def _check_knob(device: Device, knob: Knob) -> None:
    low, default, high = (_resolved(device, f"knob {knob.name!r}", ref, finite=True) for ref in (knob.low, knob.default, knob.high))
    found = f"the knob {knob.name!r} of {device!r} goes from {low:g} to {high:g} with default {default:g}"
    if not low <= default <= high:
        raise Breach(found, "the lower bound comes first, and the default lies between")
    if knob.discrete and not all(value.is_integer() for value in (low, default, high)):
        raise Breach(found, "a discrete knob takes whole numbers only")


def _check_slot(device: Device, slot: Slot) -> None:
    low, high = (_resolved(device, f"slot {slot.name!r}", ref, finite=False) for ref in (slot.low, slot.high))
    if not low <= high:
        raise Breach(f"the slot {slot.name!r} of {device!r} goes from {low:g} to {high:g}", "the lower bound comes first")


def _check_need(subject: DeviceSubject, need: Need) -> None:
    what = f"the need {need.name!r} of {subject.place}"
    others = [other.name for other in subject.kind.needs if other.name != need.name]
    if not (np.isfinite([need.low, need.high]).all() and need.low <= need.high):
        raise Breach(f"{what} goes from {need.low} to {need.high}", "give finite bounds, the lower one first")
    if isinstance(need.default, str) and need.default not in others:
        raise Breach(f"{what} is read from {need.default!r} by default", f"name another need of the device: {', '.join(others) or 'it has none'}")
    if isinstance(need.default, int | float) and not need.low <= need.default <= need.high:
        raise Breach(f"{what} has default {need.default:g}, outside of {need.low:g} ... {need.high:g}", "give a default within its bounds")


def _resolved(device: Device, what: str, ref: float | str, finite: bool) -> float:
    try:
        value = float(bound(device, ref))
    except (AttributeError, TypeError, ValueError) as error:
        mend = "bounds are numbers, or the name of a field that holds a number"
        raise Breach(f"the {what} of {type(device).__name__} is bounded by {ref!r}: {error}", mend) from error
    if np.isnan(value) or (finite and not np.isfinite(value)):
        raise Breach(f"the {what} of {device!r} is bounded by {ref!r}, which is {value}", "give it finite bounds: actions are scaled to them")
    return value


CHECKS = (check_bounds_resolve,)
