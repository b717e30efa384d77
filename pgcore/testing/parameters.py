"""Parameters: values for the fields of an attrs class, drawn from what its fields declare."""

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs
from attrs import Attribute, frozen
from hypothesis import assume
from hypothesis import strategies as st

from pgcore.quantity import Quantity, QuantityError, choices, known
from pgcore.testing.options import arms

T = TypeVar("T")

GRID = 40
"""Numbers are drawn from so many places of a range, which keeps them short enough to read, and from its ends."""
WIDE = 100.0
"""A range of so many times the default is wider than what is met in use: most numbers are drawn near the default."""
TRIES = 8
"""How often values that a class refuses together are mended before the draw is given up."""


class Undrawable(TypeError):
    """A required field holds something that cannot be drawn from a declaration: text, a list, a file."""


@frozen
class Span:
    """Where a number is drawn from: places between ``low`` and ``high``, and the declared bounds that belong to the range."""

    low: float
    high: float
    ends: tuple[float, ...]
    whole: bool

    def at(self, place: int) -> float | int:
        """One of the numbers: simple ones first."""
        if place > GRID and self.ends:
            value = self.ends[place % len(self.ends)]
        else:
            value = self.low + (self.high - self.low) * (min(place, GRID) + 1) / (GRID + 2)
        return round(value) if self.whole else float(f"{value:.6g}")


def fields(kind: type) -> list["Attribute[Any]"]:
    """The fields that a class is made from, with their types resolved."""
    attrs.resolve_types(kind)
    return [field for field in attrs.fields(kind) if field.init]


def instances(kind: type[T]) -> st.SearchStrategy[T]:
    """Instances of an attrs class whose fields are declared with ``quantity`` and ``option``; every default is used now and then.

    Where the class refuses values that it was given together, the one that it names is drawn again or left at its default.

    Raises:
        Undrawable: a required field is neither a number, a truth value nor one of ``choices``.
    """
    drawn = {field: values(field) for field in fields(kind)}
    return _composed(kind, drawn)


def values(field: "Attribute[Any]") -> st.SearchStrategy[Any] | None:
    """The values of one field; ``None`` where only its default can be used.

    Raises:
        Undrawable: there is no default either.
    """
    about, wanted = known(field), arms(field.type)
    found: st.SearchStrategy[Any] | None = None
    if choices(field):
        found = st.sampled_from(choices(field))
    elif bool in wanted:
        found = st.booleans()
    elif wanted & {int, float}:
        found = numbers(about, field.default, whole=float not in wanted)
    elif field.default is attrs.NOTHING:
        raise Undrawable(f"{field.name} is {field.type!r}, which cannot be drawn from a declaration")
    return found


def numbers(about: Quantity | None, default: Any, whole: bool) -> st.SearchStrategy[Any]:
    """Numbers within a quantity's bounds, its ends included."""
    return st.integers(0, GRID + 8).map(_span(about or Quantity("", ""), default, whole).at)


@st.composite
def _composed(draw: st.DrawFn, kind: type[T], drawn: Mapping["Attribute[Any]", st.SearchStrategy[Any] | None]) -> T:
    free = {field.name: (field, found) for field, found in drawn.items() if found is not None}
    given = {name: draw(found) for name, (field, found) in free.items() if field.default is attrs.NOTHING or draw(st.booleans())}
    for attempt in range(TRIES):
        try:
            return kind(**{_keyword(free[name][0]): value for name, value in given.items()})
        except QuantityError as error:
            _mend(draw, given, error.field, free, drop=attempt >= TRIES // 2)
        except (ValueError, TypeError):
            _mend(draw, given, "", free, drop=True)
    assume(False)
    raise AssertionError("assume() does not return")


def _mend(draw: st.DrawFn, given: dict[str, Any], name: str, free: Mapping[str, Any], drop: bool) -> None:
    """Draw a refused value again, or leave it out; when it is not among those given, the last ones that may be left out."""
    optional = [n for n in given if free[n][0].default is not attrs.NOTHING]
    if name in given and (not drop or name not in optional):
        given[name] = draw(free[name][1])
    elif name in given:
        del given[name]
    else:
        for other in optional[len(optional) // 2 :]:
            del given[other]


def _span(about: Quantity, default: Any, whole: bool) -> Span:
    low, high = _first(about.ge, about.gt), _first(about.le, about.lt)
    usual = float(default) if isinstance(default, int | float) and not isinstance(default, bool) and math.isfinite(default) else None
    reach = 2.0 * abs(usual) if usual else 10.0
    start, end = (usual or 0.0) - reach, (usual or 0.0) + reach
    if low is not None and (usual is None or low > start):
        start, end = low, max(end, low + reach)
    if high is not None and (usual is None or high < end):
        start, end = (high - reach if low is None else start), high
    if low is not None and high is not None and high - low <= WIDE * (abs(usual) if usual else 1.0):
        start, end = low, high
    return Span(start, end, tuple(bound for bound in (about.ge, about.le) if bound is not None), whole)


def _first(*bounds: float | None) -> float | None:
    return next((bound for bound in bounds if bound is not None), None)


def _keyword(field: "Attribute[Any]") -> str:
    return field.alias or field.name
