"""Declaration: what a device says of its fields, knobs, needs and slots: names, units and a line of doc."""

from collections import Counter
from collections.abc import Iterator

import attrs

from pgcore.contracts.device import Device
from pgcore.quantity import known
from pgcore.testing.checks import Breach
from pgcore.testing.devices.subject import DeviceSubject
from pgcore.testing.options import require_documented, require_unit

TABLES = ("knobs", "needs", "slots")
PLACES = ("bus", "line", "trafo", "at", "type")
"""Names that an entry of a spec uses itself."""


def check_every_field_is_documented(subject: DeviceSubject) -> None:
    """Every field is declared with a unit and one line of doc, and the class has a line for listings."""
    require_documented(subject.kind)


def check_names_and_units_agree(subject: DeviceSubject) -> None:
    """What has a name has a unit, and the one that its name ends in; no two things that meet in a spec or a table have one name."""
    for where, name, unit in _named(subject.kind):
        require_unit(subject.place, where, name, unit)
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


CHECKS = (check_every_field_is_documented, check_names_and_units_agree)
