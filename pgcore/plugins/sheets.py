"""Sheets: a class of the catalog as plain data, for listings and reference pages."""

import inspect
import re
from types import GenericAlias
from typing import Any

import attrs
from attrs import Attribute, frozen

from pgcore.contracts.device import Device
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.quantity import Slot, choices, known


@frozen
class Option:
    """One field of a class: an option of its entry in a spec."""

    name: str
    type: str
    unit: str
    bounds: str
    default: str
    """As it would be written in Python; empty when the option is required."""
    required: bool
    doc: str


@frozen
class Line:
    """One knob, need or slot: a named number with unit, bounds and one line of doc."""

    name: str
    unit: str
    low: float | str
    high: float | str
    doc: str
    default: float | str | None = None


@frozen
class Sheet:
    """What is known about one class without making an instance of it."""

    kind: str
    type: str
    summary: str
    """First line of the docstring."""
    doc: str
    options: tuple[Option, ...] = ()
    places: tuple[str, ...] = ()
    knobs: tuple[Line, ...] = ()
    needs: tuple[Line, ...] = ()
    slots: tuple[Line, ...] = ()


def sheet(kind: str, thing: type) -> Sheet:
    """The sheet of a class of ``kind``."""
    doc = inspect.cleandoc(thing.__doc__ or "")
    options = tuple(_option(field) for field in attrs.fields(thing) if field.init)
    base = Sheet(kind, getattr(thing, "type", ""), summary(thing), doc, options)
    if issubclass(thing, Device):
        return attrs.evolve(base, places=thing.places, knobs=_knobs(thing), needs=_needs(thing), slots=_slots(thing.slots))
    if issubclass(thing, Vertical):
        return attrs.evolve(base, slots=_slots(thing.gives))
    if issubclass(thing, Horizontal):
        return attrs.evolve(base, slots=_slots(thing.slots))
    return base


def summary(thing: type) -> str:
    """First line of the class's own docstring; empty when it has none."""
    return inspect.cleandoc(thing.__doc__ or "").partition("\n")[0]


def _option(field: "Attribute[Any]") -> Option:
    quantity, allowed = known(field), choices(field)
    bounds = quantity.expected() if quantity else ""
    return Option(
        name=field.alias or field.name,
        type=_type(field.type),
        unit=quantity.unit if quantity else "",
        bounds=bounds or (f"one of {', '.join(map(str, allowed))}" if allowed else ""),
        default=_default(field),
        required=field.default is attrs.NOTHING,
        doc=quantity.doc if quantity else "",
    )


def _default(field: "Attribute[Any]") -> str:
    if field.default is attrs.NOTHING:
        return ""
    made = getattr(field.default, "factory", None)
    if made is None:
        return repr(field.default)
    return "computed" if getattr(field.default, "takes_self", False) else repr(made())


def _type(annotation: object) -> str:
    """A type by its short names: where a class lives differs between versions of Python."""
    if isinstance(annotation, type) and not isinstance(annotation, GenericAlias):
        return annotation.__name__
    return re.sub(r"(?:\w+\.)+(\w+)", r"\1", str(annotation or "any"))


def _knobs(thing: type[Device]) -> tuple[Line, ...]:
    return tuple(Line(k.name, k.unit, k.low, k.high, f"{k.doc} (whole numbers)" if k.discrete else k.doc, k.default) for k in thing.knobs)


def _needs(thing: type[Device]) -> tuple[Line, ...]:
    return tuple(Line(n.name, n.unit, n.low, n.high, n.doc, n.default) for n in thing.needs)


def _slots(slots: tuple[Slot, ...]) -> tuple[Line, ...]:
    return tuple(Line(s.name, s.unit, s.low, s.high, s.doc) for s in slots)
