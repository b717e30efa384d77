"""Options: what a class's fields declare of themselves, and how an instance's options stand in a spec."""

import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from pgcore.quantity import known
from pgcore.testing.checks import Breach

UNITS: Mapping[str, str] = {
    "_mw": "MW", "_kw": "kW", "_mwh": "MWh", "_kwh": "kWh", "_mvar": "Mvar", "_mva": "MVA", "_kva": "kVA",
}  # fmt: skip
"""What the end of a name says its unit is."""


def require_documented(kind: type) -> None:
    """Every field that is an option has a unit and one line of doc, and the class a line for listings.

    Raises:
        Breach: one has not.
    """
    place = f"{kind.__module__}.{kind.__qualname__}"
    for field in fields(kind):
        about = known(field)
        if about is None or not about.doc.strip():
            how = f'{field.name}: ... = quantity("MW", "what it is", gt=0), or option("what it is") where it is not a number'
            raise Breach(f"{place} has a field {field.name!r} without a unit and one line of doc", f"declare it as {how}")
        if not about.unit and arms(field.type) & {int, float}:
            mend = 'declare it with quantity("MW", ...), or with unit "1" for a plain number'
            raise Breach(f"the number {field.name!r} of {place} has no unit", mend)
    if not (vars(kind).get("__doc__") or "").strip():
        raise Breach(f"{place} has no docstring", "say in its first line what it is: `pgcore plugins list` shows that line")


def require_unit(place: str, where: str, name: str, unit: str) -> None:
    """What has a name has a unit, and the one that its name ends in.

    Raises:
        Breach: it has none, or another.
    """
    expected = next((u for ending, u in UNITS.items() if name.endswith(ending) and "per_" not in name), unit)
    if not unit.strip():
        raise Breach(f"the {where} {name!r} of {place} has no unit", 'name its unit, "1" for a plain number')
    if unit != expected:
        mend = "make the two agree; power is in MW and energy in MWh"
        raise Breach(f"the {where} {name!r} of {place} is declared in {unit}, its name says {expected}", mend)


def fields(kind: type) -> list["attrs.Attribute[Any]"]:
    """The fields that are options, with their types resolved."""
    attrs.resolve_types(kind)
    return [field for field in attrs.fields(kind) if field.init]


def arms(kind: Any) -> set[Any]:
    """The types that a field may hold, ``None`` aside."""
    united = get_origin(kind) in (Union, UnionType)
    return (set(get_args(kind)) if united else {kind}) - {type(None), None}


def entry(thing: Any) -> dict[str, Any]:
    """An instance's options as they stand in a spec; what a spec cannot hold (infinity) is left at its default."""
    values = {field.alias or field.name: getattr(thing, field.name) for field in fields(type(thing))}
    return {name: _plain(value) for name, value in values.items() if not (isinstance(value, float) and not math.isfinite(value))}


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return entry(value)
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, Path):
        return str(value.absolute())
    return value.value if isinstance(value, Enum) else value
