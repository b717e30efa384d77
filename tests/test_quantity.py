"""Quantities check values, describe their bounds, and survive pickling of their errors."""

import math
import pickle

import attrs
import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from pgcore.quantity import Quantity, QuantityError, bound, choices, known, option, quantity


@frozen
class Tank:
    """A thing with one field of each sort."""

    volume_m3: float = quantity("m3", "volume", gt=0, le=10)
    share: float = quantity("1", "share", default=0.5, ge=0, lt=1)
    colour: str = option("paint", default="red", choices=("red", "blue"))
    tags: list[str] = option("words", factory=list)
    plain: int = 0


@pytest.mark.parametrize("value", [1e-9, 1, 10, np.float64(3), np.array([1.0, 10.0])])
def test_a_value_within_bounds_is_taken(value: float) -> None:
    assert Tank(value).volume_m3 is value


@pytest.mark.parametrize("value", [0, -1, 10.0001, math.nan, math.inf, -math.inf])
def test_a_value_outside_open_or_closed_bounds_is_refused(value: float) -> None:
    with pytest.raises(QuantityError, match="volume_m3 is .*, expected > 0 and <= 10"):
        Tank(value)


@pytest.mark.parametrize(("value", "fits"), [(0, True), (0.999, True), (1, False), (-1e-12, False)])
def test_closed_lower_and_open_upper_bounds_hold(value: float, fits: bool) -> None:
    assert Quantity("1", "share", ge=0, lt=1).holds(value) is fits


def test_one_bad_element_spoils_an_array() -> None:
    assert not Quantity("1", "x", ge=0).holds(np.array([1.0, -1.0]))


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_without_bounds_exactly_the_finite_numbers_hold(value: float) -> None:
    assert Quantity("1", "x").holds(value) is math.isfinite(value)


def test_bounds_are_said_in_words() -> None:
    assert Quantity("1", "x", gt=0, le=1).expected() == "> 0 and <= 1"
    assert Quantity("1", "x").expected() == ""


def test_an_option_outside_its_choices_is_refused() -> None:
    with pytest.raises(QuantityError, match="colour is 'green', expected one of red, blue"):
        Tank(1, colour="green")


def test_a_factory_makes_a_new_default_for_each_record() -> None:
    assert Tank(1).tags is not Tank(1).tags


def test_a_record_without_its_required_quantity_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="volume_m3"):
        Tank()


def test_a_field_remembers_unit_doc_and_choices() -> None:
    fields = attrs.fields_dict(Tank)
    assert known(fields["volume_m3"]) == Quantity("m3", "volume", gt=0, le=10)
    assert choices(fields["colour"]) == ("red", "blue")
    assert known(fields["plain"]) is None
    assert choices(fields["plain"]) == ()


def test_an_error_survives_pickling_with_its_parts() -> None:
    again = pickle.loads(pickle.dumps(QuantityError("p_mw", -1, "> 0")))
    assert (again.field, again.found, again.expected, str(again)) == ("p_mw", -1, "> 0", "p_mw is -1, expected > 0")


@pytest.mark.parametrize(("ref", "value"), [(3.5, 3.5), ("volume_m3", 2.0), ("-volume_m3", -2.0)])
def test_a_bound_is_a_number_or_a_field_or_its_negative(ref: float | str, value: float) -> None:
    assert bound(Tank(2.0), ref) == value
