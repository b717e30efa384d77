"""Bounds: what comes of bargaining is finite and where it was declared to be, also where nobody has anything or somebody is not heard."""

from collections.abc import Mapping

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.protocol import Horizontal, Offer
from pgcore.testing.checks import Breach, NotAsked, after
from pgcore.testing.horizontals.bargains import Bargain, bargain, bargains, call, copied, ended, far, revised
from pgcore.testing.horizontals.laws import check_environments_do_not_influence_each_other
from pgcore.testing.slots import resolved
from pgcore.testing.subject import Subject
from pgcore.testing.towns import Town, steady


@after(check_environments_do_not_influence_each_other)
def check_results_are_finite(subject: Subject[Horizontal]) -> None:
    """Every number is finite: in usual towns, and where nobody has power, all are on one side, or there is very much or hardly any."""
    for protocol, place, _, made in bargains(subject):
        _require_finite(protocol, place, made)
    for protocol, place, given in far(subject):
        _require_finite(protocol, place, bargain(protocol, given))


@after(check_results_are_finite)
def check_shown_numbers_stay_in_bounds(subject: Subject[Horizontal]) -> None:
    """What peers see and what concerns all lies within the bounds of `slots` and `shows`."""
    if not subject.kind.slots and not subject.kind.shows:
        raise NotAsked("it shows nothing")
    for protocol, place, _, made in bargains(subject):
        _look_at(protocol, f"summary in {place}", made.shown, resolved(protocol, protocol.shows))
        for name, deal in made.deals.items():
            _look_at(protocol, f"the deal of {name} in {place}", deal.slots, resolved(protocol, protocol.slots))


@after(check_results_are_finite)
def check_residual_is_a_distance(subject: Subject[Horizontal]) -> None:
    """The residual is never negative, and offers that are within the tolerance stay as they are: rounds end there."""
    if all(protocol.rounds == 1 for protocol in subject.drawn()):
        raise NotAsked("it has one round")
    for protocol, place, _, made in bargains(subject):
        if (made.residual < 0.0).any():
            found = f"the residual is {float(made.residual.min())!r} in {place}; the protocol is {protocol!r}"
            raise Breach(found, "give how far from agreement the offers are: np.abs of a difference, or the largest of them")


@after(check_results_are_finite)
def check_silent_peers_do_no_harm(subject: Subject[Horizontal]) -> None:
    """A peer that is never heard stands there without power, one that is late with what it last offered: all numbers stay finite."""
    for protocol, place, given, made in bargains(subject):
        names = list(given.peers)
        batch = len(made.residual)
        absent: dict[str, Offer] = {name: call(protocol, "offer", steady(name, len(names), 0.0, batch)) for name in names}
        late = {name: np.roll(value, 1) for name, value in made.offers[names[0]].items()}
        for how, offers in (
            (f"{names[0]} never heard", {**made.offers, names[0]: absent[names[0]]}),
            (f"{names[0]} late", {**made.offers, names[0]: late}),
            ("nobody heard", absent),
        ):
            _go_on(protocol, f"{place} with {how}", given, offers)


def _go_on(protocol: Horizontal, place: str, given: Town, offers: Mapping[str, Offer]) -> None:
    """Clear, go on for a round in which the first peer is not heard again, and settle."""
    awards = call(protocol, "clear", copied(offers))
    if protocol.rounds > 1:
        first = next(iter(offers))
        offers = {**revised(protocol, given.peers, offers, awards), first: offers[first]}
        awards = call(protocol, "clear", copied(offers))
    _require_finite(protocol, place, ended(protocol, given.peers, offers, awards, call(protocol, "residual", copied(offers))))


def _require_finite(protocol: Horizontal, place: str, made: Bargain) -> None:
    for name, value in made.numbers().items():
        if not np.isfinite(value).all():
            found = f"{name} is {value[~np.isfinite(value)][0]!r} in {place}; the protocol is {protocol!r}"
            raise Breach(found, "guard divisions: a total may be nothing, and all offers may be on one side")


def _look_at(protocol: Horizontal, where: str, values: Mapping[str, Array], ends: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in ends.items():
        wrong = (values[name] < low) | (values[name] > high)
        if wrong.any():
            found = (
                f"{name!r} of {where} is {float(values[name][wrong][0])!r}, outside of its slot's {low:g} ... {high:g}; the protocol is {protocol!r}"
            )
            raise Breach(found, "cut it to the slot's bounds, or declare the bounds that it really has")


CHECKS = (check_results_are_finite, check_shown_numbers_stay_in_bounds, check_residual_is_a_distance, check_silent_peers_do_no_harm)
