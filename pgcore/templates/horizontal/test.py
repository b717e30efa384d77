"""The horizontal protocol AcmeHorizontal: pgcore's own checks with those of markets, and its sums."""

import numpy as np
from pgcore.columns import Array
from pgcore.contracts.protocol import Peer
from pgcore.testing.horizontals import HorizontalChecks

from pgcore_acme.horizontal import AcmeHorizontal


class TestAcmeHorizontal(HorizontalChecks):
    """Every check that pgcore has for horizontal protocols; `pgcore plugins check acme --kind horizontal` runs the same."""

    horizontal = AcmeHorizontal


def peer(name: str, p_mw: Array) -> Peer:
    return Peer(name, p_mw, lambda price: 0.0 * price, peers=3, settings={})


def cleared(powers: dict[str, Array]) -> dict[str, Array]:
    pool = AcmeHorizontal()
    awards = pool.clear({name: pool.offer(peer(name, p_mw)) for name, p_mw in powers.items()})
    return {name: award["matched_mw"] for name, award in awards.items()}


def test_the_longer_side_trades_in_equal_shares() -> None:
    matched = cleared({"Mill": np.array([0.6]), "Farm": np.array([0.2]), "Shop": np.array([-0.4])})
    assert np.allclose([matched["Mill"][0], matched["Farm"][0], matched["Shop"][0]], [0.3, 0.1, -0.4])


def test_the_price_is_paid_for_as_long_as_the_step_takes() -> None:
    pool, seller = AcmeHorizontal(price_per_mwh=100.0), peer("Mill", np.array([0.6]))
    deal = pool.settle(seller, pool.offer(seller), {"matched_mw": np.array([0.4])}, 0.25)
    assert np.allclose(deal.cost, -100.0 * 0.4 * 0.25)
