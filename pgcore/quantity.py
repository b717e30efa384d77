"""A number with a unit, bounds and one line of doc: declared once, used for checks, schema, docs and test inputs."""

from typing import Any

import attrs
import numpy as np
from attrs import Attribute, frozen

_KEY = "pgcore.quantity"


@frozen
class Quantity:
    """What is known about a field: its ``unit`` ("1" when it has none), one line of ``doc`` and its bounds."""

    unit: str
    doc: str
    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None

    def expected(self) -> str:
        """The bounds in words: ``"> 0 and <= 1"``; empty when there are none."""
        signs = {">": self.gt, ">=": self.ge, "<": self.lt, "<=": self.le}
        return " and ".join(f"{sign} {bound:g}" for sign, bound in signs.items() if bound is not None)

    def holds(self, value: Any) -> bool:
        """Whether every element of ``value`` (a number or an array) is finite and within the bounds."""
        v = np.asarray(value, dtype=float)
        return bool(
            np.all(np.isfinite(v))
            and (self.gt is None or np.all(v > self.gt))
            and (self.ge is None or np.all(v >= self.ge))
            and (self.lt is None or np.all(v < self.lt))
            and (self.le is None or np.all(v <= self.le))
        )


class QuantityError(ValueError):
    """A field's value lies outside its declared bounds. ``field``, ``found`` and ``expected`` hold the parts."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(f"{field} is {found!r}, expected {expected}")
        self.field, self.found, self.expected = field, found, expected

    def __reduce__(self) -> tuple[type["QuantityError"], tuple[str, object, str]]:
        return type(self), (self.field, self.found, self.expected)


def quantity(
    unit: str,
    doc: str,
    *,
    default: Any = attrs.NOTHING,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
) -> Any:
    """Declare a numeric field of an attrs class.

    Args:
        unit: the field's unit as text, for example ``"MW"``; ``"1"`` for a plain number.
        doc: one line that says what the number is.
        default: value when a spec leaves the field out; without it the field is required.
        gt, ge, lt, le: open and closed bounds. Values that are not finite never pass.

    Raises:
        QuantityError: (when the class is instantiated) the value is outside its bounds.

    >>> from attrs import frozen
    >>> @frozen
    ... class Heater:
    ...     p_max_mw: float = quantity("MW", "rated power", gt=0)
    >>> Heater(p_max_mw=-1)
    Traceback (most recent call last):
    pgcore.quantity.QuantityError: p_max_mw is -1, expected > 0
    """
    known = Quantity(unit, doc, gt, ge, lt, le)
    return attrs.field(default=default, metadata={_KEY: known}, validator=_check)


def option(doc: str, *, default: Any = attrs.NOTHING, choices: tuple[Any, ...] = (), factory: Any = None) -> Any:
    """Declare a field that is not a number (a name, a switch, a list), with one line of doc and its allowed values.

    Raises:
        QuantityError: (when the class is instantiated) the value is not one of ``choices``.
    """
    if factory is not None:
        default = attrs.Factory(factory)

    def check(instance: object, field: "Attribute[Any]", value: object) -> None:
        if choices and value not in choices:
            raise QuantityError(field.name, value, "one of " + ", ".join(map(str, choices)))

    metadata = {_KEY: Quantity("", doc), "pgcore.choices": choices}
    return attrs.field(default=default, metadata=metadata, validator=check)


def known(field: "Attribute[Any]") -> Quantity | None:
    """The :class:`Quantity` that a field was declared with, or ``None`` for an undocumented field."""
    found = field.metadata.get(_KEY)
    return found if isinstance(found, Quantity) else None


def choices(field: "Attribute[Any]") -> tuple[Any, ...]:
    """The values that an :func:`option` field allows; empty when any will do."""
    return tuple(field.metadata.get("pgcore.choices", ()))


def check(field: "Attribute[Any]", value: Any) -> None:
    """Check one value against a field's declared bounds.

    Raises:
        QuantityError: the value lies outside them.
    """
    bounds = known(field)
    if bounds is not None and bounds.unit and value is not None and not bounds.holds(value):
        raise QuantityError(field.name, value, bounds.expected() or "a finite number")
    if choices(field) and value not in choices(field):
        raise QuantityError(field.name, value, "one of " + ", ".join(map(str, choices(field))))


def _check(instance: object, field: "Attribute[Any]", value: Any) -> None:
    check(field, value)


@frozen
class Slot:
    """One named number that somebody may read: in an observation, a directive or an award.

    ``low`` and ``high`` are numbers, or the name of a field of the record that owns the slot (``"-name"`` negates it).
    """

    name: str
    unit: str
    low: float | str
    high: float | str
    doc: str = ""


def bound(record: object, ref: float | str) -> Any:
    """Resolve a bound: a number stands for itself, text names a field of ``record``, a leading ``-`` negates it."""
    if not isinstance(ref, str):
        return ref
    return -getattr(record, ref[1:]) if ref.startswith("-") else getattr(record, ref)
