"""Trading: a market in which peers sell energy to each other before they turn to the grid."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from attrs import Attribute, frozen

from pgcore.columns import Array, Flags, total
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer, Trade
from pgcore.quantity import QuantityError, Slot, option, quantity
from pgcore_p2p.auctions import k_double_auction, mcafee, pay_as_bid, uniform_price
from pgcore_p2p.book import Book, Clearing, Rule
from pgcore_p2p.congestion import Corridor, kept_shares, passed_mw
from pgcore_p2p.distance import farthest, gaps, matrix, mean, strangers
from pgcore_p2p.orders import Tariff, own_order, stacked, supply_curve, worth_per_h
from pgcore_p2p.pools import bill_sharing, mid_market_rate, supply_demand_ratio

RULES: Mapping[str, Rule] = {
    rule.__name__: rule for rule in (uniform_price, pay_as_bid, k_double_auction, mcafee, mid_market_rate, supply_demand_ratio, bill_sharing)
}
"""The clearing rules by their names in a spec."""

POOLS = ("mid_market_rate", "supply_demand_ratio", "bill_sharing")
"""Rules whose price follows from the sizes of the orders, so that an order of several steps has no meaning for them."""

BILL_SHARING = (
    "bill sharing makes energy among peers free: where the community buys from the grid, those who sell to their neighbours earn nothing, "
    "and where it sells to the grid, those who buy pay nothing (Long et al., 2017)"
)
"""Why bill sharing is not individually rational."""

PRICE_MAX, POWER_MAX = 10_000.0, 1e6
"""Largest price and power that observations show."""
MONEY_MAX = PRICE_MAX * POWER_MAX


@frozen
class P2pTrading(Horizontal):
    """Peer-to-peer trading: in every step peers order energy from each other, and settle with the grid what they did not trade.

    **Orders.** A peer orders what its devices inject, at the grid's price improved by its margin; an agent of the vertical protocol ``trader``
    names price and power itself. With ``orders: marginal_cost`` it offers what its devices would do at each of some prices (``Device.respond``).

    **Clearing.** ``rule`` says who trades and at which price. Fees count before that, so nobody loses by them. Orders at the same price are served
    in proportion to their size: there is no order of arrival, and no name matters. Each peer pays a fee, and for its electrical distance: from where
    feeders meet (``distances``), or from those it trades with (``pair_distances``), half of the pair's.

    **Settlement.** After the power flow each peer pays for what it traded, and for the difference between that and what it really injected at the
    grid's tariff: energy that it sold and did not inject it buys from the grid. With ``tariff: fixed`` the two prices are options, and no meter
    should charge the peers besides. With ``tariff: meter`` each peer's own meter (``grid_connection``) names them and charges for all that flows;
    only the difference that the trades make is settled here. Losses in the network are the meters' matter. The market's price reaches the devices
    of a ``price_signal`` agent in the next step.

    **Network.** Trades move money, not power: what flows was decided by the devices. ``corridors`` limit what may be traded through a place of the
    network, as a transport right would; trades beyond are cut in proportion, which the slots and the summary say.
    """

    type = "p2p_trading"
    slots = (
        Slot("p_mw", "MW", -POWER_MAX, POWER_MAX, "power sold to other peers (positive) or bought from them"),
        Slot("price_per_mwh", "currency/MWh", -PRICE_MAX, PRICE_MAX, "price of that before fees; 0 without a trade"),
        Slot(
            "market_per_mwh",
            "currency/MWh",
            -PRICE_MAX,
            PRICE_MAX,
            "mean price of all trades; without any, what energy is worth to the peers",
        ),
        Slot("curtailed_mw", "MW", 0.0, POWER_MAX, "power of its trades that the network had no room for"),
        Slot("rest_mw", "MW", -POWER_MAX, POWER_MAX, "power into the grid that was not traded, settled at the tariff"),
    )
    shows = (
        Slot("traded_mw", "MW", 0.0, POWER_MAX, "power traded among the peers"),
        Slot(
            "price_per_mwh",
            "currency/MWh",
            -PRICE_MAX,
            PRICE_MAX,
            "mean price of all trades; without any, what energy is worth to the peers",
        ),
        Slot(
            "welfare_per_h",
            "currency/h",
            -MONEY_MAX,
            MONEY_MAX,
            "worth of the trades to the buyers less what the sellers asked for",
        ),
        Slot("fees_per_h", "currency/h", 0.0, MONEY_MAX, "fees on the trades"),
        Slot("surplus_per_h", "currency/h", -MONEY_MAX, MONEY_MAX, "what buyers paid beyond fees and what sellers got: it stays with the market"),
        Slot("curtailed_mw", "MW", 0.0, POWER_MAX, "power of trades that the network had no room for"),
    )

    rule: str = option("who trades, and at which price", default="uniform_price", choices=tuple(RULES))
    k: float = quantity("1", "where among the prices that clear the k-double auction lies, 0 is the lowest", default=0.5, ge=0, le=1)
    orders: str = option("what peers order: what they inject or name, or a supply curve", default="own", choices=("own", "marginal_cost"))
    steps: int = quantity("1", "prices at which a supply curve is asked for", default=5, ge=2, le=100)
    margin: float = quantity("1", "share of the gap between the grid's prices that a peer wants to gain at least", default=0.0, ge=0, le=1)
    margins: Mapping[str, float] = option("margins of some peers, by name", factory=dict)
    tariff: str = option("who says what the grid charges: the options below, or each peer's meter", default="fixed", choices=("fixed", "meter"))
    import_per_mwh: float = quantity("currency/MWh", "price of energy from the grid, if fixed", default=300.0)
    export_per_mwh: float = quantity("currency/MWh", "price that the grid pays, if fixed", default=80.0)
    fee_per_mwh: float = quantity("currency/MWh", "fee that seller and buyer each pay for traded energy", default=0.0, ge=0)
    distance_fee_per_mwh: float = quantity("currency/MWh", "fee that each pays besides, for a unit of its distance", default=0.0, ge=0)
    distances: Mapping[str, float] = option("electrical distance of peers from where their feeders meet, by name, in any unit", factory=dict)
    pair_distances: Mapping[str, Mapping[str, float]] = option(
        "electrical distance of each pair of peers, by name and name, in place of distances from where feeders meet", factory=dict
    )
    deviation_fee_per_mwh: float = quantity("currency/MWh", "charge for energy that was traded and not injected or drawn", default=0.0, ge=0)
    corridors: tuple[Corridor, ...] = option("limits on trades through places of the network", default=())

    @orders.validator
    def _suit_the_rule(self, field: "Attribute[str]", value: str) -> None:
        if value == "marginal_cost" and self.rule in POOLS:
            raise QuantityError(field.name, value, f"own: the price of {self.rule} follows from what is ordered, so there are no prices to answer")

    @margins.validator
    def _are_shares(self, field: "Attribute[Mapping[str, float]]", value: Mapping[str, float]) -> None:
        _require(field.name, value, lambda share: 0.0 <= share <= 1.0, "shares in 0 … 1")

    @distances.validator
    def _are_not_negative(self, field: "Attribute[Mapping[str, float]]", value: Mapping[str, float]) -> None:
        _require(field.name, value, lambda distance: 0.0 <= distance < np.inf, "finite numbers >= 0")

    @pair_distances.validator
    def _are_distances_too(self, field: "Attribute[Mapping[str, Mapping[str, float]]]", value: Mapping[str, Mapping[str, float]]) -> None:
        if value and self.distances:
            raise QuantityError(field.name, value, "distances or pair_distances, not both")
        _require(
            field.name, {f"{a} and {b}": x for a, row in value.items() for b, x in row.items()}, lambda x: 0.0 <= x < np.inf, "finite numbers >= 0"
        )

    def offer(self, peer: Peer) -> Offer:
        """Its orders, and what the grid charges it: ``sell_mw.k``, ``ask_per_mwh.k``, ``buy_mw.k``, ``bid_per_mwh.k`` for each step k."""
        tariff = self._tariff(peer)
        known = {"import_per_mwh": tariff.import_per_mwh, "export_per_mwh": tariff.export_per_mwh}
        if self.orders == "marginal_cost":
            return {**known, **supply_curve(peer.supply, tariff, self.steps)}
        return {**known, **own_order(peer, tariff, self.margins.get(peer.name, self.margin))}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        """Match all orders: for each peer its trade, its price before fees, its fee, the mean price, and what was cut.

        Raises:
            ValueError: an option names a peer that does not take part.
        """
        names = tuple(offers)
        self._check_names(names)
        sell, ask, buy, bid = stacked(offers, self._steps)
        low, high = _grid_prices(offers, (sell + buy).max(axis=-1) > 0.0)
        ask_fee, bid_fee = (self._most_fees(names, others.max(axis=-1) > 0.0) for others in (buy, sell))
        book = Book(_flat(sell), _flat(ask + ask_fee[..., None]), _flat(buy), _flat(bid - bid_fee[..., None]), high, low)
        cleared = RULES[self.rule](book, self.k)
        sold, bought = (total(values.reshape(sell.shape)) for values in (cleared.sold_mw, cleared.bought_mw))
        kept = kept_shares(sold, bought, names, self.corridors) if self.corridors else np.ones_like(sold)
        traded, asked, market = kept * (sold - bought), sold + bought, _market_price(book, cleared)
        fees = self._fees(names, sold, bought)
        price = _own_price(cleared, sell.shape)
        return {
            name: {
                "p_mw": traded[:, i],
                "price_per_mwh": price[:, i],
                "market_per_mwh": market,
                "fee_per_mwh": fees[:, i],
                "curtailed_mw": (1.0 - kept[:, i]) * asked[:, i],
            }
            for i, name in enumerate(names)
        }

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        """Pay for the trade, and at the grid's tariff for what the devices injected beside it."""
        traded = award["p_mw"]
        rest_mw = peer.p_mw - traded
        undelivered_mw = np.maximum(np.abs(traded) - np.maximum(np.sign(traded) * peer.p_mw, 0.0), 0.0)
        grid = peer.tariff(-rest_mw) - peer.tariff(-peer.p_mw) if self.tariff == "meter" else self._bill(-rest_mw)
        cost = (_paid_per_h(award) + grid + self.deviation_fee_per_mwh * undelivered_mw) * dt_h
        seen = {name: award[name] for name in ("p_mw", "price_per_mwh", "market_per_mwh", "curtailed_mw")}
        return Deal(cost, {**seen, "rest_mw": rest_mw}, {"price": award["market_per_mwh"]})

    def trade(self, offer: Offer, award: Award) -> Trade:
        """What the peer sells, what it pays with its fee, and what its own limit prices make of that."""
        most = (total(np.stack([offer[f"{side}.{k}"] for k in range(self._steps)], axis=-1)) for side in ("sell_mw", "buy_mw"))
        return Trade(award["p_mw"], _paid_per_h(award), worth_per_h(offer, self._steps, award["p_mw"]), *most)

    def waives(self) -> Mapping[str, str]:
        """Bill sharing is not individually rational."""
        return {"is_individually_rational": BILL_SHARING} if self.rule == "bill_sharing" else {}

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        """Totals over all peers."""
        trades = [self.trade(offer, awards[name]) for name, offer in offers.items()]
        traded = np.stack([trade.p_mw for trade in trades], axis=-1)
        cut = np.stack([award["curtailed_mw"] for award in awards.values()], axis=-1)
        fees = total(np.stack([award["fee_per_mwh"] * np.abs(award["p_mw"]) for award in awards.values()], axis=-1))
        return {
            "traded_mw": total(np.maximum(traded, 0.0)),
            "price_per_mwh": next(iter(awards.values()))["market_per_mwh"],
            "welfare_per_h": total(np.stack([trade.worth_per_h for trade in trades], axis=-1)),
            "fees_per_h": fees,
            "surplus_per_h": total(np.stack([trade.paid_per_h for trade in trades], axis=-1)) - fees,
            "curtailed_mw": total(cut) / 2.0,
        }

    def _most_fees(self, names: Sequence[str], others: Flags) -> Array:
        """The highest fee per MWh that each peer may have to pay for a trade with those who order on the other side, ``(B, peers)``."""
        own = np.array([self.fee_per_mwh + self.distance_fee_per_mwh * self.distances.get(name, 0.0) for name in names])
        if not self.pair_distances:
            return np.tile(own, (len(others), 1))
        return own + self.distance_fee_per_mwh / 2.0 * farthest(matrix(self.pair_distances, names), others)

    def _fees(self, names: Sequence[str], sold_mw: Array, bought_mw: Array) -> Array:
        """The fee per MWh that each peer pays, ``(B, peers)``: half of what its distance from those it trades with costs is its own."""
        none = np.zeros(sold_mw.shape, dtype=bool)
        if not self.pair_distances:
            return self._most_fees(names, none)
        mw = passed_mw(sold_mw, bought_mw, names, self.corridors)
        return self._most_fees(names, none) + self.distance_fee_per_mwh / 2.0 * mean(matrix(self.pair_distances, names), mw + mw.swapaxes(-1, -2))

    @property
    def _steps(self) -> int:
        return self.steps if self.orders == "marginal_cost" else 1

    def _tariff(self, peer: Peer) -> Tariff:
        unit = np.ones(len(peer.p_mw))
        if self.tariff == "meter":
            return Tariff(peer.tariff(unit), -peer.tariff(-unit))
        return Tariff(self.import_per_mwh * unit, self.export_per_mwh * unit)

    def _bill(self, p_mw: Array) -> Array:
        """What the grid charges for power that it delivers (positive) or takes, in currency per hour."""
        return p_mw * np.where(p_mw > 0.0, self.import_per_mwh, self.export_per_mwh)

    def _check_names(self, names: Sequence[str]) -> None:
        given = {"margins": self.margins, "distances": self.distances, **{f"corridor {c.name!r}": c.peers for c in self.corridors}}
        for where, peers in given.items():
            _require_known(where, sorted(set(peers) - set(names)), names)
        if self.pair_distances:
            _require_known("pair_distances", strangers(self.pair_distances, names), names)
            unknown = gaps(self.pair_distances, names)
            if unknown:
                raise ValueError(f"p2p_trading: pair_distances lacks {'; '.join(unknown)}; give a distance for each pair of peers")


def _flat(values: Array) -> Array:
    """Orders ``(B, peers, steps)`` as one row of them for each environment."""
    return values.reshape(len(values), -1)


def _paid_per_h(award: Award) -> Array:
    return award["fee_per_mwh"] * np.abs(award["p_mw"]) - award["price_per_mwh"] * award["p_mw"]


def _grid_prices(offers: Mapping[str, Offer], ordering: Flags) -> tuple[Array, Array]:
    """The highest export and the lowest import price among those who order something, ``(B,)`` each; where nobody does, among all."""
    low, high = (np.stack([offer[name] for offer in offers.values()], axis=-1) for name in ("export_per_mwh", "import_per_mwh"))
    asked = ordering | (ordering.sum(axis=-1, keepdims=True) == 0)
    return np.where(asked, low, -np.inf).max(axis=-1), np.where(asked, high, np.inf).min(axis=-1)


def _own_price(cleared: Clearing, shape: tuple[int, ...]) -> Array:
    """The mean price of each peer's trades, ``(B, peers)``."""
    mw = np.concatenate([values.reshape(shape) for values in (cleared.sold_mw, cleared.bought_mw)], axis=-1)
    price = np.concatenate([values.reshape(shape) for values in (cleared.sell_per_mwh, cleared.buy_per_mwh)], axis=-1)
    return _mean(price, mw)


def _market_price(book: Book, cleared: Clearing) -> Array:
    """The mean price of all trades, ``(B,)``. Without any: the grid's price for the side that has more, or the middle of both."""
    mw = np.concatenate([cleared.sold_mw, cleared.bought_mw], axis=-1)
    price = np.concatenate([cleared.sell_per_mwh, cleared.buy_per_mwh], axis=-1)
    supply, demand = total(np.sort(book.sell_mw)), total(np.sort(book.buy_mw))
    middle = book.import_per_mwh / 2.0 + book.export_per_mwh / 2.0
    alone = np.where(supply > demand, book.export_per_mwh, np.where(demand > supply, book.import_per_mwh, middle))
    return np.where((mw > 0.0).any(axis=-1), _mean(price, mw), alone)


def _mean(price: Array, mw: Array) -> Array:
    """The mean over the last axis by power: exactly the price where there is one only, and the same however the trades are ordered; 0 without any."""
    some = mw > 0.0
    lowest = np.where(some, price, np.inf).min(axis=-1)
    lowest = np.where(some.any(axis=-1), lowest, 0.0)
    power = total(np.sort(mw))
    above = total(np.sort(np.where(some, (price - lowest[..., None]) * mw, 0.0)))
    return np.asarray(lowest + above / np.where(power > 0.0, power, 1.0))


def _require_known(where: str, strange: Sequence[str], names: Sequence[str]) -> None:
    if strange:
        raise ValueError(f"p2p_trading: {where} names {', '.join(strange)}; expected peers: {', '.join(names)}")


def _require(name: str, values: Mapping[str, float], holds: Callable[[float], bool], expected: str) -> None:
    wrong = {peer: value for peer, value in values.items() if not holds(value)}
    if wrong:
        raise QuantityError(name, wrong, expected)
