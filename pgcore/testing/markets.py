"""Checks for markets: horizontal protocols whose awards are trades, asked over random towns of peers with many ties."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Trade
from pgcore.testing.checks import Breach, NotAsked, name_of
from pgcore.testing.towns import BATCH, NAMES, Town, town

Factory = Callable[[], Horizontal]
"""Makes the market that is to be checked, a new one each time. Options that name peers name them as in :data:`pgcore.testing.towns.NAMES`."""

TOLERANCE = 1e-9
"""Largest error that rounding may make, per unit of the numbers compared."""

_DT_H = 0.25


@frozen(eq=False)
class Outcome:
    """What a market made of a town."""

    offers: Mapping[str, Offer]
    awards: Mapping[str, Award]


def outcome(market: Horizontal, given: Town) -> Outcome:
    """All rounds of a market, as the environment has them; each environment stops when its residual is small enough."""
    offers: Mapping[str, Offer] = {name: market.offer(peer) for name, peer in given.peers.items()}
    awards, residual = market.clear(offers), market.residual(offers)
    for _ in range(market.rounds - 1):
        going = residual > market.tolerance
        if not going.any():
            break
        offers = _where(going, {name: market.revise(peer, offers[name], awards[name]) for name, peer in given.peers.items()}, offers)
        awards = _where(going, market.clear(offers), awards)
        residual = np.where(going, market.residual(offers), residual)
    return Outcome(offers, awards)


def _unless_waived(check: Callable[[Factory], None]) -> Callable[[Factory], None]:
    """Where a market breaks a law on purpose it says so, and does."""

    @wraps(check)
    def asked(make: Factory) -> None:
        reason = make().waives().get(name_of(check), "")
        if not reason:
            check(make)
            return
        try:
            check(make)
        except Breach:
            raise NotAsked(f"{make()!r} waives it: {reason}") from None
        raise Breach(f"{make()!r} waives {name_of(check)} ({reason!r}), and keeps it", "remove it from waives()")

    return asked


def check_power_is_conserved(make: Factory) -> None:
    """What some peers sell, others buy: the trades of all add up to nothing."""
    for where, _, trades in _cases(make):
        sold = np.stack([trade.p_mw for trade in trades.values()])
        near = np.abs(sold.sum(axis=0)) <= TOLERANCE * (1.0 + np.abs(sold).sum(axis=0))
        _expect(near, where, "p_mw of all trades adds up to", sold.sum(axis=0),
                "0: every MW sold is a MW bought", "cut the longer side of the market to the shorter one before awarding")  # fmt: skip


def check_trades_are_within_offers(make: Factory) -> None:
    """Nobody sells or buys more than it offered to."""
    for where, _, trades in _cases(make):
        for name, trade in trades.items():
            if trade.sell_max_mw is None or trade.buy_max_mw is None:
                raise NotAsked("trade() does not say what was offered: sell_max_mw and buy_max_mw")
            slack = TOLERANCE * (1.0 + np.abs(trade.p_mw))
            for verb, over in (("sells", trade.p_mw - trade.sell_max_mw), ("buys", -trade.p_mw - trade.buy_max_mw)):
                _expect(over <= slack, where, f"{name} {verb} beyond its offer", over, "<= 0", "award no more than each peer's own orders")


@_unless_waived
def check_budget_is_balanced(make: Factory) -> None:
    """A market pays out no more than it takes in (weak budget balance)."""
    for where, _, trades in _cases(make):
        paid = np.stack([trade.paid_per_h for trade in trades.values()])
        _expect(paid.sum(axis=0) >= -TOLERANCE * (1.0 + np.abs(paid).sum(axis=0)), where, "payments of all peers add up to", paid.sum(axis=0),
                ">= 0", "let buyers pay at least what sellers get; what the grid charges or pays belongs to settle(), not to trade()")  # fmt: skip


@_unless_waived
def check_is_individually_rational(make: Factory) -> None:
    """Nobody pays more than it bid, nor gets less than it asked for."""
    for where, _, trades in _cases(make):
        for name, trade in trades.items():
            slack = TOLERANCE * (1.0 + np.abs(trade.paid_per_h) + np.abs(trade.worth_per_h))
            lost = trade.paid_per_h - trade.worth_per_h
            _expect(lost <= slack, where, f"{name} pays beyond its own limit by", lost,
                    "<= 0", "leave out orders whose limit the price does not meet, and count fees before matching")  # fmt: skip


def check_order_of_peers_does_not_matter(make: Factory) -> None:
    """Peers that are listed in another order get the same."""
    for where, given, trades in _cases(make):
        market, names = make(), list(given.peers)
        for order in (names[::-1], names[1:] + names[:1]):
            ended = outcome(market, Town({name: given.peers[name] for name in order}))
            _compare(where, trades, {name: _trade(market, ended, name) for name in names}, "with the peers in another order",
                     "sort orders by price and size, and share out among equal prices in proportion")  # fmt: skip


def check_names_do_not_matter(make: Factory) -> None:
    """Peers that swap their names swap what they get."""
    if any(f"'{name}'" in repr(make()) for name in NAMES):
        raise NotAsked("its options name peers")
    for where, given, trades in _cases(make):
        market, names = make(), list(given.peers)
        swapped = dict(zip(names, names[::-1], strict=True))
        ended = outcome(market, Town({swapped[name]: attrs.evolve(peer, name=swapped[name]) for name, peer in given.peers.items()}))
        _compare(where, trades, {name: _trade(market, ended, swapped[name]) for name in names}, "under other names",
                 "break ties by price and size only, never by name")  # fmt: skip


def check_clears_alike_every_time(make: Factory) -> None:
    """The same offers lead to the same awards, bit for bit."""
    for where, given, _ in _cases(make):
        _assert_same(where, outcome(make(), given), outcome(make(), given), "asked twice", "draw no random numbers and keep nothing between calls")


def check_environments_do_not_influence_each_other(make: Factory) -> None:
    """Each environment of a batch gets what it gets alone, bit for bit."""
    for where, given, _ in _cases(make):
        together = outcome(make(), given)
        for b in range(0, BATCH, 7):
            chosen = Outcome(*({name: {key: value[b : b + 1] for key, value in one.items()} for name, one in part.items()}
                               for part in (together.offers, together.awards)))  # fmt: skip
            _assert_same(f"{where}, environment {b}", chosen, outcome(make(), given.only(b)), "alone",
                         "work along the last axis, and add with pgcore.columns.total: numpy.sum may add in another order")  # fmt: skip


def check_settles_what_was_agreed(make: Factory) -> None:
    """Whoever injects just what it traded, and has no meter, owes just what it agreed to, in proportion to time."""
    for where, given, trades in _cases(make):
        market = make()
        ended = outcome(market, given)
        for name, trade in trades.items():
            peer = attrs.evolve(given.peers[name], p_mw=trade.p_mw, tariff=np.zeros_like)
            deal = market.settle(peer, ended.offers[name], ended.awards[name], _DT_H)
            owed = trade.paid_per_h * _DT_H
            _expect(np.abs(deal.cost - owed) <= TOLERANCE * (1.0 + np.abs(owed)), where, f"{name} owes beyond what it agreed to", deal.cost - owed,
                    "0", "charge trade().paid_per_h times dt_h in settle(), and nothing else where injection and trade are equal")  # fmt: skip


def check_shows_what_it_declares(make: Factory) -> None:
    """The summary holds each of ``shows`` and each deal each of ``slots``: finite, one for each environment, within their bounds."""
    for where, given, _ in _cases(make):
        market = make()
        ended = outcome(market, given)
        deals = [market.settle(peer, ended.offers[name], ended.awards[name], _DT_H) for name, peer in given.peers.items()]
        _expect_declared(where, "summary()", market, "shows", market.summary(ended.offers, ended.awards))
        for deal in deals:
            _expect_declared(where, "the slots of a deal", market, "slots", deal.slots)
            _expect(np.isfinite(_cost(deal)), where, "the cost of a deal is", _cost(deal), "finite", "guard divisions by a total of zero")


CHECKS: tuple[Callable[[Factory], None], ...] = (
    check_power_is_conserved,
    check_trades_are_within_offers,
    check_budget_is_balanced,
    check_is_individually_rational,
    check_order_of_peers_does_not_matter,
    check_names_do_not_matter,
    check_clears_alike_every_time,
    check_environments_do_not_influence_each_other,
    check_settles_what_was_agreed,
    check_shows_what_it_declares,
)
"""Every market passes each of these."""

WAIVABLE = (check_budget_is_balanced, check_is_individually_rational)
"""Laws that a market may break on purpose, where :meth:`~pgcore.contracts.protocol.Horizontal.waives` says why."""


def _cases(make: Factory) -> Iterator[tuple[str, Town, dict[str, Trade]]]:
    """Towns of several sizes with what the market makes of them."""
    named = [k for k, name in enumerate(NAMES, start=1) if f"'{name}'" in repr(make())]
    for seed, count in enumerate((1, 2, 3, 5, len(NAMES))):
        if count >= max(named, default=1):
            given = town(seed, count)
            market = make()
            ended = outcome(market, given)
            yield f"town {seed} of {count} peers", given, {name: _trade(market, ended, name) for name in given.peers}


def _trade(market: Horizontal, ended: Outcome, name: str) -> Trade:
    made = market.trade(ended.offers[name], ended.awards[name])
    if made is None:
        raise NotAsked("trade() returns None: the protocol is no market")
    return made


def _where(going: Flags, new: Mapping[str, Mapping[str, Array]], old: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Array]]:
    return {name: {key: np.where(going, value, old[name][key]) for key, value in one.items()} for name, one in new.items()}


def _cost(deal: Deal) -> Array:
    return np.asarray(deal.cost)


def _expect(holds: Flags, where: str, what: str, found: Array, expected: str, mend: str) -> None:
    if not holds.all():
        b = int(np.flatnonzero(~holds)[0])
        raise Breach(f"{where}, environment {b}: {what} {found[b]:.9g}, expected {expected}", mend)


def _compare(where: str, trades: Mapping[str, Trade], others: Mapping[str, Trade], how: str, mend: str) -> None:
    for name, trade in trades.items():
        for key in ("p_mw", "paid_per_h"):
            one, other = getattr(trade, key), getattr(others[name], key)
            near = np.abs(one - other) <= TOLERANCE * (1.0 + np.abs(one))
            _expect(near, where, f"{key} of {name}, {how}, differs by", other - one, "0", mend)


def _assert_same(where: str, one: Outcome, other: Outcome, how: str, mend: str) -> None:
    for kind in ("offers", "awards"):
        for name, values in getattr(one, kind).items():
            for key, value in values.items():
                found = getattr(other, kind)[name][key]
                if value.tobytes() != found.tobytes():
                    raise Breach(f"{where}: {kind[:-1]} {key} of {name} is {found}, expected {value}, as it was before; now it was {how}", mend)


def _expect_declared(where: str, what: str, market: Horizontal, declared: str, values: Mapping[str, Array]) -> None:
    for slot in getattr(market, declared):
        if slot.name not in values:
            raise Breach(f"{where}: {what} lacks {slot.name!r}, found {', '.join(values) or 'nothing'}", f"return a value for each of {declared}")
        value = np.asarray(values[slot.name])
        if value.shape != (BATCH,):
            raise Breach(f"{where}: {slot.name} in {what} has shape {value.shape}, expected ({BATCH},)", "return one number for each environment")
        if isinstance(slot.low, str) or isinstance(slot.high, str):
            continue
        inside = np.isfinite(value) & (value >= slot.low) & (value <= slot.high)
        bounds = f"a number in {slot.low:g} … {slot.high:g}"
        _expect(inside, where, f"{slot.name} in {what} is", value, bounds, f"declare bounds in {declared} that hold")
