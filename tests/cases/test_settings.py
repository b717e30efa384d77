"""Rows grouped by the setting of the controls, and what is remembered for settings."""

import pickle

import numpy as np

from pgcore.cases.settings import Settings
from pgcore.columns import Array


class Counted:
    """Makes text of a setting and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, values: Array | None) -> str:
        self.made += 1
        return "as it is" if values is None else str(values.tolist())


def test_rows_of_one_setting_come_together() -> None:
    settings = Settings(Counted(), 8)
    found = {thing: rows.tolist() for rows, thing in settings.grouped(np.array([[1.0], [0.0], [1.0]]), 3) if rows is not None}
    assert found == {"[0.0]": [1], "[1.0]": [0, 2]}


def test_a_batch_of_one_setting_is_all_rows() -> None:
    settings = Settings(Counted(), 8)
    assert list(settings.grouped(None, 5)) == [(None, "as it is")]
    assert list(settings.grouped(np.zeros((5, 0)), 5)) == [(None, "as it is")]
    assert list(settings.grouped(np.full((5, 2), 3.0), 5)) == [(None, "[3.0, 3.0]")]


def test_a_setting_is_made_once_until_others_push_it_out() -> None:
    make = Counted()
    settings = Settings(make, 2)
    for value in (1.0, 2.0, 1.0, 3.0, 1.0):
        settings.of(np.array([value]))
    assert make.made == 3
    settings.of(np.array([2.0]))
    assert make.made == 4


def test_minus_zero_is_zero() -> None:
    make = Counted()
    settings = Settings(make, 2)
    settings.of(np.array([0.0]))
    settings.of(np.array([-0.0]))
    assert make.made == 1


def test_what_was_made_is_not_pickled() -> None:
    settings = Settings(Counted(), 2)
    settings.of(None)
    copied = pickle.loads(pickle.dumps(settings))
    assert copied.of(None) == "as it is"
    assert copied._make.made == 2
