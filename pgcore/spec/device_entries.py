"""A device's entry in a spec: which of its names are parameters, which say where it stands and which feed its needs."""

import math
from collections.abc import Mapping
from typing import Any

from cattrs import Converter

from pgcore.contracts.device import Device, Need
from pgcore.feeds import VOLTAGE
from pgcore.spec.flaws import Flaw, each, noted, raise_all, unlike
from pgcore.spec.model import DeviceEntry, Ref
from pgcore.spec.records import each_item, fields_of, record, unknown

AT = "at"
LOADS = "loads"
"""``at: loads`` makes one device for each load that the network brings along."""

POWER = ("p_mw", "q_mvar")
"""What a device at ``loads`` takes over from its load."""

REF: Any = Ref
FEED: Any = str | float | tuple[str | float, ...]

_PLACES = ("bus", "line", "trafo", AT)


def names_of(kind: type[Device]) -> list[str]:
    """The parameters and needs of a device class: what ``defaults:`` may give."""
    return [field.name for field in fields_of(kind)] + [need.name for need in kind.needs if need.name != VOLTAGE]


def device_entry(kind: type[Device], value: Mapping[str, Any], converter: Converter) -> DeviceEntry:
    """Make a device's entry from its mapping (without ``type``).

    Raises:
        IterableValidationError: all of its flaws.
    """
    needs = {need.name: need for need in kind.needs}
    places = {key: item for key, item in value.items() if key in _PLACES}
    given = {key: item for key, item in value.items() if key in needs}
    params = {key: item for key, item in value.items() if key not in places and key not in given}
    errors: list[Exception] = []
    at = _attempt(lambda: _placed(kind, places, converter), errors)
    feeds = _attempt(lambda: _fed(needs, given, _takes_loads(places), converter), errors)
    device = _attempt(lambda: _made(kind, params, _takes_loads(places), converter), errors)
    raise_all(errors, kind)
    return DeviceEntry(device, at, feeds)


def _attempt(make: Any, errors: list[Exception]) -> Any:
    try:
        return make()
    except ExceptionGroup as group:
        errors.extend(group.exceptions)
    except Flaw as flaw:
        errors.append(flaw)
    return None


def _takes_loads(places: Mapping[str, Any]) -> bool:
    return places.get(AT) == LOADS


def _made(kind: type[Device], params: Mapping[str, Any], loads: bool, converter: Converter) -> Device:
    """The device; at ``loads``, with no power of its own until it is linked."""
    own = [field.name for field in fields_of(kind)]
    taken = {name: 0.0 for name in POWER if loads and name in own}
    given = [noted(Flaw("is taken over from each load of the network", hint="remove it", of_name=True), name) for name in taken if name in params]
    raise_all(given, kind)
    beside = ("type", *kind.places, AT, *(need.name for need in kind.needs))
    made: Device = record(kind, {**params, **taken}, converter, beside)
    return made


def _placed(kind: type[Device], places: Mapping[str, Any], converter: Converter) -> dict[str, Any]:
    allowed = [*kind.places, *((AT,) if "bus" in kind.places else ())]
    example = f"{kind.places[0]}: 5"
    strays = [unknown(key, allowed) for key in places if key not in allowed]
    raise_all(strays, kind)
    if len(places) != 1:
        found = " and ".join(places) or "nothing that says where it stands"
        raise Flaw(found=found, expected=f"one of {', '.join(allowed)}", hint=f"write {example}" if not places else "keep one of them")
    return each(places.items(), lambda key, value: _many(kind, value, converter) if key == AT else converter.structure(value, REF), kind)


def _many(kind: type[Device], value: Any, converter: Converter) -> str | tuple[Ref, ...]:
    if value == LOADS and set(POWER) <= set(names_of(kind)):
        return LOADS
    if value == LOADS:
        raise Flaw(found=LOADS, expected="a list of buses", hint=f"only a device with {' and '.join(POWER)} can take over the network's loads")
    if not isinstance(value, list | tuple) or not value:
        hint = f"write bus: {value}" if isinstance(value, int) else ""
        raise unlike(value, f"a list of buses, or the word {LOADS}", hint)
    return tuple(each_item(value, REF, converter))


def _fed(needs: Mapping[str, Need], given: Mapping[str, Any], loads: bool, converter: Converter) -> dict[str, Any]:
    wanted = [name for name in needs if name in given or _must_be_given(needs[name], loads)]
    return each(((name, given.get(name)) for name in wanted), lambda name, value: _feed(needs[name], name in given, value, converter), dict)


def _must_be_given(need: Need, loads: bool) -> bool:
    return need.default is None and need.name != VOLTAGE and not (loads and need.name in POWER)


def _feed(need: Need, given: bool, value: Any, converter: Converter) -> Any:
    if not given:
        raise Flaw("is missing", expected=f"a profile's name or a number: {need.doc} in {need.unit}", of_name=True)
    if need.name == VOLTAGE:
        raise Flaw("is measured on the network and cannot be given", hint="remove it", of_name=True)
    made = converter.structure(value, FEED)
    if made == ():
        raise unlike(value, "at least one profile or number")
    for one in made if isinstance(made, tuple) else (made,):
        if isinstance(one, float) and not (math.isfinite(one) and need.low <= one <= need.high):
            raise unlike(one, f"a profile's name or a number from {need.low:g} to {need.high:g}")
    return made
