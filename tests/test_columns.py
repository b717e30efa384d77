"""Columns stack records into one record of arrays and take subsets back out."""

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from pgcore.columns import columns, take
from pgcore.quantity import quantity


@frozen
class Tank:
    """A record with a number, a switch, a word and an optional number."""

    volume_m3: float = quantity("m3", "volume", gt=0)
    open: bool = False
    colour: str = "red"
    limit_m: float | None = None


TANKS = [Tank(1.0, True, "red", 3.0), Tank(2, False, "blue"), Tank(3.5, True, "red")]


def test_numbers_become_floats_and_switches_booleans() -> None:
    stacked = columns(TANKS)
    assert stacked.volume_m3.dtype == np.float64  # type: ignore[attr-defined]
    assert stacked.open.dtype == np.bool_  # type: ignore[attr-defined]
    assert list(stacked.volume_m3) == [1.0, 2.0, 3.5]  # type: ignore[call-overload]


def test_words_and_missing_values_stay_objects() -> None:
    stacked = columns(TANKS)
    assert list(stacked.colour) == ["red", "blue", "red"]
    assert list(stacked.limit_m) == [3.0, None, None]  # type: ignore[call-overload]


def test_a_stack_is_of_the_same_class_so_that_methods_work_on_it() -> None:
    assert type(columns(TANKS)) is Tank


def test_records_of_two_classes_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="found Tank and int"):
        columns([TANKS[0], 3])


def test_nothing_cannot_be_stacked() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        columns([])


@given(st.lists(st.integers(0, 2), max_size=8))
def test_taking_equals_stacking_the_chosen_records(index: list[int]) -> None:
    taken = take(columns(TANKS), index)
    assert list(taken.volume_m3) == [TANKS[i].volume_m3 for i in index]  # type: ignore[call-overload]
    assert list(taken.colour) == [TANKS[i].colour for i in index]


def test_taking_copies_so_that_the_stack_cannot_be_changed_through_it() -> None:
    stacked = columns(TANKS)
    assert not np.shares_memory(stacked.volume_m3, take(stacked, [0, 1, 2]).volume_m3)
