"""Shapes: offers and awards are named arrays with a number for each environment, everyone gets one, and nothing that was handed in is changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Trade
from pgcore.quantity import Slot
from pgcore.testing.checks import Breach, after
from pgcore.testing.horizontals.bargains import DT_H, call, copied, revised, towns
from pgcore.testing.horizontals.declaration import check_rounds_are_bounded, check_waived_laws_have_reasons, check_what_it_shows_is_declared
from pgcore.testing.subject import Subject
from pgcore.testing.towns import Town

ARRAY = "give a float64 array of shape (B,): one number for each environment"


@after(check_what_it_shows_is_declared, check_rounds_are_bounded, check_waived_laws_have_reasons)
def check_everyone_gets_named_numbers(subject: Subject[Horizontal]) -> None:
    """Offers, awards, deals, trades, summary and residual are float64 arrays (B,), with an award for every peer and a value for every slot."""
    for protocol in subject.drawn():
        for place, given in towns(protocol):
            for part in (given, given.only(0)):
                _look_at(protocol, f"in {place}; the protocol is {protocol!r}", part)


@after(check_everyone_gets_named_numbers)
def check_inputs_stay_unchanged(subject: Subject[Horizontal]) -> None:
    """Nothing that is handed in is changed: no offer, no award, no power of a peer."""
    mend = "make new arrays and mappings: p_mw * 0.5 instead of p_mw *= 0.5, {**award, ...} instead of award[...] = ..."
    for protocol in subject.drawn():
        for place, given in towns(protocol):
            offers = {name: _locked(call(protocol, "offer", peer)) for name, peer in given.peers.items()}
            awards = {name: _locked(award) for name, award in call(protocol, "clear", offers).items()}
            before = copied(offers), copied(awards)
            _call_all(protocol, given, offers, awards)
            for what, old, new in (("offers", before[0], offers), ("awards", before[1], awards)):
                if {name: list(one) for name, one in old.items()} != {name: list(one) for name, one in new.items()}:
                    raise Breach(f"{what} that were handed in were changed in {place}; the protocol is {protocol!r}", mend)


def _look_at(protocol: Horizontal, where: str, given: Town) -> None:
    batch, names = len(next(iter(given.peers.values())).p_mw), list(given.peers)
    offers = {name: call(protocol, "offer", peer) for name, peer in given.peers.items()}
    awards: Mapping[str, Award] = {}
    for turn in range(min(protocol.rounds, 2)):
        offers = _next(protocol, given, offers, awards, where) if turn else offers
        for name, offer in offers.items():
            _look_at_mapping("offer" if turn == 0 else "revise", f"for {name} {where}", offer, batch)
        awards = call(protocol, "clear", copied(offers))
        _look_at_awards(awards, names, where, batch)
        _look_at_number("residual", "", where, call(protocol, "residual", copied(offers)), batch)
    _look_at_ends(protocol, given, offers, awards, where)


def _next(protocol: Horizontal, given: Town, offers: Mapping[str, Offer], awards: Mapping[str, Award], where: str) -> dict[str, Offer]:
    found = revised(protocol, given.peers, offers, awards)
    for name, offer in found.items():
        if not isinstance(offer, Mapping) or set(offer) != set(offers[name]):
            names = ", ".join(offer) if isinstance(offer, Mapping) else type(offer).__name__
            raise Breach(f"revise gave {names}, after offer gave {', '.join(offers[name])}, {where}", "give the same names in every round")
    return found


def _look_at_awards(awards: Any, names: Sequence[str], where: str, batch: int) -> None:
    if not isinstance(awards, Mapping) or set(awards) != set(names):
        found = ", ".join(map(str, awards)) if isinstance(awards, Mapping) else type(awards).__name__
        raise Breach(
            f"clear gave awards for {found or 'nobody'}, expected {', '.join(names)}, {where}", "answer every offer, with zeros where nothing is won"
        )
    for name, award in awards.items():
        _look_at_mapping("clear", f"for {name} {where}", award, batch)


def _look_at_ends(protocol: Horizontal, given: Town, offers: Mapping[str, Offer], awards: Mapping[str, Award], where: str) -> None:
    batch = len(next(iter(given.peers.values())).p_mw)
    for name, peer in given.peers.items():
        deal = call(protocol, "settle", peer, dict(offers[name]), dict(awards[name]), DT_H)
        if not isinstance(deal, Deal):
            raise Breach(f"settle returned {type(deal).__name__}, expected a Deal, {where}", "return Deal(cost, slots, signal)")
        _look_at_number("settle", "cost", where, deal.cost, batch)
        _look_at_mapping("settle", where, deal.signal, batch)
        _look_at_table("settle", "slots", protocol.slots, where, deal.slots, batch)
        for part, value in _parts(call(protocol, "trade", dict(offers[name]), dict(awards[name])), where):
            _look_at_number("trade", part, where, value, batch)
    _look_at_table("summary", "shows", protocol.shows, where, call(protocol, "summary", copied(offers), copied(awards)), batch)


def _parts(trade: Any, where: str) -> Iterator[tuple[str, Any]]:
    if trade is None:
        return
    if not isinstance(trade, Trade):
        raise Breach(f"trade returned {type(trade).__name__}, expected a Trade or None, {where}", "return Trade(p_mw, paid_per_h, worth_per_h)")
    for part in ("p_mw", "paid_per_h", "worth_per_h", "sell_max_mw", "buy_max_mw"):
        if part in ("p_mw", "paid_per_h", "worth_per_h") or getattr(trade, part) is not None:
            yield part, getattr(trade, part)


def _look_at_table(method: str, table: str, slots: Sequence[Slot], where: str, values: Any, batch: int) -> None:
    declared = {slot.name for slot in slots}
    if not isinstance(values, Mapping) or set(values) != declared:
        found = ", ".join(map(str, values)) if isinstance(values, Mapping) else type(values).__name__
        raise Breach(
            f"{method} gave {found or 'nothing'}, expected {', '.join(sorted(declared)) or 'nothing'}, {where}", f"return just what {table} declares"
        )
    _look_at_mapping(method, where, values, batch)


def _look_at_mapping(method: str, where: str, values: Any, batch: int) -> None:
    if not isinstance(values, Mapping):
        raise Breach(f"{method} gave {type(values).__name__} {where}", "give named arrays: {'p_mw': ...}")
    for name, value in values.items():
        _look_at_number(method, str(name), where, value, batch)


def _look_at_number(method: str, name: str, where: str, value: Any, batch: int) -> None:
    what = f"{method} gave {name!r}" if name else f"{method} gave a number"
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        raise Breach(f"{what}, {f'of type {value.dtype}' if isinstance(value, np.ndarray) else f'a {type(value).__name__}'}, {where}", ARRAY)
    if value.shape != (batch,):
        raise Breach(f"{what} of shape {value.shape}, expected {(batch,)}, {where}", ARRAY)


def _locked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same as copies that cannot be written to."""
    found = {name: value.copy() for name, value in values.items()}
    for value in found.values():
        value.setflags(write=False)
    return found


def _call_all(protocol: Horizontal, given: Town, offers: dict[str, dict[str, Any]], awards: dict[str, dict[str, Any]]) -> None:
    """Every method once, with what cannot be written to."""
    call(protocol, "clear", offers)
    call(protocol, "residual", offers)
    call(protocol, "summary", offers, awards)
    for name, peer in given.peers.items():
        call(protocol, "revise", peer, offers[name], awards[name])
        call(protocol, "settle", peer, offers[name], awards[name], DT_H)
        call(protocol, "trade", offers[name], awards[name])


CHECKS = (check_everyone_gets_named_numbers, check_inputs_stay_unchanged)
