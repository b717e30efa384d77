from enum import Enum
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from attrs import field, frozen

from pgcore.builtin.devices.battery import Battery
from pgcore.catalog import Catalog
from pgcore.enrolment import EnrolmentError, maker
from pgcore.entries import entry_of
from tests.toys import toy_catalog


class Colour(Enum):
    RED = "red"


@frozen
class Inner:
    size: int = 3


@frozen
class Thing:
    type: ClassVar[str] = "thing"
    colour: Colour = Colour.RED
    file: Path = Path("/a/b")
    inner: Inner = field(factory=Inner)
    pairs: tuple[tuple[str, float], ...] = (("x", 0.1),)
    named: dict[str, Inner] = field(factory=lambda: {"one": Inner(1)})
    number: float = float(np.float64(0.3))
    limit: float = float("inf")
    _hidden: int = 7


def test_an_entry_holds_plain_data_under_the_names_of_a_spec() -> None:
    assert entry_of(Thing()) == {
        "type": "thing", "colour": "red", "file": "/a/b", "inner": {"size": 3}, "pairs": [["x", 0.1]], "named": {"one": {"size": 1}},
        "number": 0.3, "hidden": 7,
    }  # fmt: skip


def test_what_is_made_from_an_entry_is_equal_to_the_bit() -> None:
    battery = Battery(capacity_mwh=0.1 + 0.2, p_max_mw=1 / 3, q_control=True)
    assert maker(toy_catalog())("device", entry_of(battery)) == battery


def test_an_entry_that_a_class_refuses_is_told_with_the_field() -> None:
    with pytest.raises(EnrolmentError, match="device.capacity_mwh: found -1"):
        maker(toy_catalog())("device", {"type": "battery", "capacity_mwh": -1, "p_max_mw": 1.0})


def test_a_type_that_is_not_installed_is_told() -> None:
    with pytest.raises(EnrolmentError, match="unknown device type 'battery'"):
        maker(Catalog.of())("device", {"type": "battery"})
