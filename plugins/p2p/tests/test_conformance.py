"""Everything that the kit asks of the two protocols, with every clearing rule."""

from pgcore_p2p.congestion import Corridor
from pgcore_p2p.trader import Trader
from pgcore_p2p.trading import RULES, P2pTrading

from pgcore.testing.horizontals import HorizontalChecks
from pgcore.testing.towns import NAMES
from pgcore.testing.verticals import VerticalChecks

PAIRS = {a: {b: 0.3 * abs(i - j) + 0.1 * j for j, b in enumerate(NAMES) if j > i} for i, a in enumerate(NAMES[:-1])}
ONE = (Corridor("one", ("P1", "P2"), 0.3),)
TWO = (*ONE, Corridor("two", ("P1", "P2", "P3"), 0.4))
CURVES = {"orders": "marginal_cost", "steps": 3, "fee_per_mwh": 2.0}


class TestP2pTrading(HorizontalChecks):
    horizontal = P2pTrading
    examples = (
        *(P2pTrading(rule=rule, tariff="meter", margin=0.2, fee_per_mwh=3.0, corridors=TWO) for rule in RULES),
        P2pTrading(distance_fee_per_mwh=10.0, distances={"P1": 1.0, "P3": 0.5}, margins={"P1": 0.3}),
        P2pTrading(distance_fee_per_mwh=30.0, pair_distances=PAIRS, corridors=ONE),
        P2pTrading(rule="pay_as_bid", distance_fee_per_mwh=30.0, pair_distances=PAIRS, **CURVES),
        P2pTrading(rule="mcafee", tariff="meter", corridors=ONE, **CURVES),
    )


class TestTrader(VerticalChecks):
    vertical = Trader
