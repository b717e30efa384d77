"""The horizontal protocol AcmeHorizontal: conservation, fairness and money."""

import numpy as np
from pgcore.columns import Array
from pgcore.contracts.protocol import Peer

from pgcore_acme.horizontal import AcmeHorizontal


def peer(name: str, p_mw: Array) -> Peer:
    return Peer(name, p_mw, lambda price: 0.0 * price, peers=3, settings={})


def cleared(powers: dict[str, Array]) -> dict[str, Array]:
    pool = AcmeHorizontal()
    awards = pool.clear({name: pool.offer(peer(name, p_mw)) for name, p_mw in powers.items()})
    return {name: award["matched_mw"] for name, award in awards.items()}


def random_powers(environments: int = 50) -> dict[str, Array]:
    rng = np.random.default_rng(2)
    return {name: rng.uniform(-1.0, 1.0, environments) for name in ("Mill", "Farm", "Shop")}


def test_the_longer_side_trades_in_equal_shares() -> None:
    matched = cleared({"Mill": np.array([0.6]), "Farm": np.array([0.2]), "Shop": np.array([-0.4])})
    assert np.allclose([matched["Mill"][0], matched["Farm"][0], matched["Shop"][0]], [0.3, 0.1, -0.4])


def test_what_is_sold_is_bought() -> None:
    assert np.allclose(sum(cleared(random_powers()).values()), 0.0, atol=1e-12)


def test_nobody_trades_more_than_it_offered() -> None:
    powers = random_powers()
    for name, matched in cleared(powers).items():
        assert (np.abs(matched) <= np.abs(powers[name]) + 1e-15).all()
        assert (matched * powers[name] >= 0.0).all()


def test_what_buyers_pay_is_what_sellers_receive() -> None:
    pool, powers = AcmeHorizontal(price_per_mwh=100.0), random_powers()
    offers = {name: pool.offer(peer(name, p_mw)) for name, p_mw in powers.items()}
    awards = pool.clear(offers)
    costs = [pool.settle(peer(name, powers[name]), offers[name], awards[name], 0.25).cost for name in powers]
    assert np.allclose(sum(costs), 0.0, atol=1e-12)


def test_environments_do_not_influence_each_other() -> None:
    powers = random_powers()
    together = cleared(powers)
    for row in range(50):
        alone = cleared({name: p_mw[row : row + 1] for name, p_mw in powers.items()})
        assert all(alone[name][0] == together[name][row] for name in powers)


def test_the_order_of_the_peers_does_not_matter() -> None:
    powers = random_powers()
    mirrored = cleared(dict(reversed(powers.items())))
    assert all(np.allclose(matched, mirrored[name], atol=1e-12) for name, matched in cleared(powers).items())
