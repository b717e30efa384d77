"""The grid connection's settlement against closed forms."""

import numpy as np
import pytest

from pgcore.builtin.devices.grid_connection import GridConnection
from pgcore.feeds import feeds

PRICES = {"import_price": np.float64(100.0), "export_price": np.float64(60.0)}


def test_import_is_paid_at_the_import_price() -> None:
    assert GridConnection().settle(np.float64(2.0), PRICES, 0.25).cost == 50.0


def test_export_earns_the_export_price() -> None:
    assert GridConnection(export_share=1.0).settle(np.float64(-2.0), PRICES, 0.25).cost == -30.0


def test_a_tenth_of_the_export_price_stays_with_the_grid_by_default() -> None:
    assert GridConnection().settle(np.float64(-2.0), PRICES, 0.25).cost == pytest.approx(-27.0)


def test_without_an_export_price_the_import_price_counts() -> None:
    fed = feeds([GridConnection()], [{"import_price": 100.0}], {}, 15.0)
    assert fed.at(np.zeros(1, dtype=int), np.zeros((1, 0))).tolist() == [[100.0, 100.0]]


def test_an_export_price_of_zero_or_below_is_taken_as_it_is() -> None:
    assert GridConnection(export_share=1.0).settle(np.float64(-2.0), {**PRICES, "export_price": np.float64(0.0)}, 1.0).cost == 0.0
    assert GridConnection(export_share=1.0).settle(np.float64(-2.0), {**PRICES, "export_price": np.float64(-5.0)}, 1.0).cost == 10.0


@pytest.mark.parametrize(("p_mw", "violation"), [(2.0, 0.0), (3.0, 0.125), (-0.5, 0.0), (-1.0, 0.25)])
def test_what_exceeds_a_limit_counts_in_per_unit_of_it(p_mw: float, violation: float) -> None:
    connection = GridConnection(p_import_max_mw=2.0, p_export_max_mw=0.5)
    assert connection.settle(np.float64(p_mw), PRICES, 0.25).violation == violation


def test_any_export_breaks_a_limit_of_zero() -> None:
    assert GridConnection(p_export_max_mw=0.0).settle(np.float64(-0.5), PRICES, 1.0).violation == 0.5


def test_it_injects_nothing() -> None:
    _, effect = GridConnection().step({}, {}, PRICES, 0.25)
    assert (effect.p_mw, effect.q_mvar, effect.cost) == (0.0, 0.0, 0.0)


def test_both_prices_are_observed_and_cut_to_their_bounds() -> None:
    assert {k: float(v) for k, v in GridConnection().observe({}, PRICES).items()} == {"import_price": 100.0, "export_price": 54.0}
    assert GridConnection(price_max_per_mwh=80.0).observe({}, PRICES)["import_price"] == 80.0
