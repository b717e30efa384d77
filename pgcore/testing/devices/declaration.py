"""Declaration: what a device says of its fields, knobs, needs and slots: names, units and a line of doc."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import attrs

from pgcore.contracts.device import Device
from pgcore.quantity import known
from pgcore.testing.checks import Breach
from pgcore.testing.devices.subject import DeviceSubject

TABLES = ("knobs", "needs", "slots")
UNITS: Mapping[str, str] = {
    "_mw": "MW", "_kw": "kW", "_mwh": "MWh", "_kwh": "kWh", "_mvar": "Mvar", "_mva": "MVA", "_kva": "kVA",
}  # fmt: skip
"""What the end of a name says its unit is."""
PLACES = ("bus", "line", "trafo", "at", "type")
"""Names that an entry of a spec uses itself."""


def check_every_field_is_documented(subject: DeviceSubject) -> None:
    """Every field is declared with a unit and one line of doc, and the class has a line for listings."""
    for field in attrs.fields(subject.kind):
        about = known(field)
        if about is None or not about.doc.strip():
            how = f'{field.name}: ... = quantity("MW", "what it is", gt=0), or option("what it is") where it is not a number'
            raise Breach(f"{subject.place} has a field {field.name!r} without a unit and one line of doc", f"declare it as {how}")
        if not about.unit and _is_number(field.type):
            mend = 'declare it with quantity("MW", ...), or with unit "1" for a plain number'
            raise Breach(f"the number {field.name!r} of {subject.place} has no unit", mend)
    if not (vars(subject.kind).get("__doc__") or "").strip():
        raise Breach(f"{subject.place} has no docstring", "say in its first line what it is: `pgcore plugins list` shows that line")


def check_names_and_units_agree(subject: DeviceSubject) -> None:
    """What has a name has a unit, and the one that its name ends in; no two things that meet in a spec or a table have one name."""
    for where, name, unit in _named(subject.kind):
        expected = next((u for ending, u in UNITS.items() if name.endswith(ending) and "per_" not in name), unit)
        if not unit.strip():
            raise Breach(f"the {where} {name!r} of {subject.place} has no unit", 'name its unit, "1" for a plain number')
        if unit != expected:
            mend = "make the two agree; power is in MW and energy in MWh"
            raise Breach(f"the {where} {name!r} of {subject.place} is declared in {unit}, its name says {expected}", mend)
    for table in TABLES:
        for name, times in Counter(entry.name for entry in getattr(subject.kind, table)).items():
            if times > 1:
                raise Breach(f"{subject.place}.{table} has {name!r} {times} times", "give each a name of its own")
    fields = {field.name for field in attrs.fields(subject.kind)}
    for need in subject.kind.needs:
        if need.name in fields | set(PLACES):
            whose = "a field" if need.name in fields else "a place"
            raise Breach(f"the need {need.name!r} of {subject.place} has the name of {whose}", "rename it: both are keys of one entry in a spec")


def _named(kind: type[Device]) -> Iterator[tuple[str, str, str]]:
    """What has a name and a unit."""
    for field in attrs.fields(kind):
        about = known(field)
        if about is not None and about.unit:
            yield "field", field.name, about.unit
    for table in TABLES:
        for entry in getattr(kind, table):
            yield table[:-1], entry.name, entry.unit


def _is_number(kind: Any) -> bool:
    return bool({kind, *get_args(kind)} & {int, float})


CHECKS = (check_every_field_is_documented, check_names_and_units_agree)
