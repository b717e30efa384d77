"""Fault: the options that all faults share."""

from typing import Any

import pytest

from pgcore.builtin.faults.loss import Loss
from pgcore.contracts.fault import Link
from pgcore.quantity import QuantityError


@pytest.mark.parametrize(
    ("pattern", "link", "meant"),
    [
        ("MG1 -> environment", Link("MG1", "environment"), True),
        ("MG1 -> environment", Link("environment", "MG1"), False),
        ("MG1->environment", Link("MG1", "environment"), True),
        ("* -> MG1.*", Link("MG1", "MG1.ess"), True),
        ("* -> MG1.*", Link("environment", "MG1"), False),
        ("* -> MG1", Link("environment", "MG10"), False),
        ("MG? -> *", Link("MG3", "environment"), True),
        ("* -> *", Link("a", "b"), True),
        ("mg1 -> *", Link("MG1", "environment"), False),
    ],
)
def test_a_pattern_means_the_links_that_match_it_letter_by_letter(pattern: str, link: Link, meant: bool) -> None:
    assert Loss(rate=1.0, links=(pattern,)).acts_on(link) is meant


def test_a_fault_acts_on_links_that_match_any_of_its_patterns() -> None:
    fault = Loss(rate=1.0, links=("MG1 -> *", "* -> MG1"))
    assert [fault.acts_on(Link(*ends)) for ends in (("MG1", "x"), ("x", "MG1"), ("x", "y"))] == [True, True, False]


def test_it_acts_from_its_beginning_until_just_before_its_end() -> None:
    fault = Loss(rate=1.0, from_s=10.0, until_s=20.0)
    assert [fault.acts_at(s) for s in (9.9, 10.0, 19.9, 20.0)] == [False, True, True, False]


def test_without_an_end_it_lasts() -> None:
    assert Loss(rate=1.0).acts_at(0.0)
    assert Loss(rate=1.0).acts_at(1e12)


@pytest.mark.parametrize("pattern", ["MG1", "MG1 -> ", "-> MG1", "MG1 > MG2", "a -> b -> c", ""])
def test_what_names_no_link_is_refused_with_an_example(pattern: str) -> None:
    with pytest.raises(QuantityError, match=r'links is .*, expected "sender -> recipient", such as'):
        Loss(rate=0.1, links=(pattern,))


@pytest.mark.parametrize(
    ("options", "said"), [({"rate": 1.2}, "rate is 1.2"), ({"rate": 0.1, "from_s": 9.0, "until_s": 9.0}, "until_s is 9.0, expected > from_s")]
)
def test_numbers_out_of_bounds_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(QuantityError, match=said):
        Loss(**options)
