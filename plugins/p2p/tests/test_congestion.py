"""Corridors: what is cut, and that nothing else is."""

import numpy as np
import pytest
from pgcore_p2p.congestion import Corridor, kept_shares

from pgcore.quantity import QuantityError

NAMES = ("A", "B", "C", "D")


def test_trades_through_a_corridor_are_cut_in_proportion() -> None:
    sold, bought = np.array([[3.0, 1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 2.0, 2.0]])
    kept = kept_shares(sold, bought, NAMES, (Corridor("line 1", ("A", "B"), 1.0),))
    assert kept.tolist() == [[0.25, 0.25, 0.25, 0.25]]


def test_trades_on_one_side_are_not_cut() -> None:
    sold, bought = np.array([[2.0, 0.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    kept = kept_shares(sold, bought, NAMES, (Corridor("line 1", ("A", "B"), 0.5),))
    assert kept.tolist() == [[0.75, 1.0, 0.5, 1.0]]


def test_what_fits_is_left_alone_to_the_last_bit() -> None:
    sold, bought = np.array([[0.1, 0.2, 0.0, 0.0]]), np.array([[0.0, 0.0, 0.1, 0.2]])
    assert kept_shares(sold, bought, NAMES, (Corridor("line 1", ("A",), 5.0),)).tolist() == [[1.0] * 4]


def test_every_corridor_holds_and_every_mw_sold_is_bought() -> None:
    rng = np.random.default_rng(0)
    p_mw = rng.normal(0.0, 1.0, (5000, 4))
    sold, bought = np.maximum(p_mw, 0), np.maximum(-p_mw, 0)
    traded = np.minimum(sold.sum(1), bought.sum(1))[:, None]
    sold, bought = (side * traded / np.maximum(side.sum(1, keepdims=True), 1e-300) for side in (sold, bought))
    corridors = (Corridor("a", ("A",), 0.2), Corridor("ab", ("A", "B"), 0.3))
    after = kept_shares(sold, bought, NAMES, corridors) * (sold - bought)
    assert np.abs(after.sum(axis=1)).max() < 1e-12
    assert np.abs(after[:, :1].sum(axis=1)).max() <= 0.2 + 1e-12
    assert np.abs(after[:, :2].sum(axis=1)).max() <= 0.3 + 1e-12
    assert (np.abs(after[:, :2].sum(axis=1)) > 0.3 - 1e-9).any()


def test_a_corridor_without_peers_is_refused() -> None:
    with pytest.raises(QuantityError, match="the names of the peers behind line 1"):
        Corridor("line 1", (), 1.0)
