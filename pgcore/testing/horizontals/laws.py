"""Laws: environments do not influence each other, nor does what was asked before or the order of the peers."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.protocol import Horizontal
from pgcore.testing.checks import Breach, NotAsked, after
from pgcore.testing.devices.watch import watched
from pgcore.testing.horizontals.bargains import bargain, bargains
from pgcore.testing.horizontals.shapes import check_everyone_gets_named_numbers, check_inputs_stay_unchanged
from pgcore.testing.subject import Subject
from pgcore.testing.towns import Town

CLOSE = 1e-9
"""How far the order of the peers may change a number, per unit of it: sums in another order have other last bits."""


@after(check_everyone_gets_named_numbers, check_inputs_stay_unchanged)
def check_draws_nothing_at_random(subject: Subject[Horizontal]) -> None:
    """No random number is drawn and no clock read."""
    for protocol, place, given, _ in bargains(subject):
        with watched() as used:
            bargain(protocol, given)
        if used:
            raise Breach(f"the protocol used {', '.join(sorted(used))} in {place}; it is {protocol!r}", "use nothing but what is handed in")


@after(check_draws_nothing_at_random)
def check_keeps_nothing_between_calls(subject: Subject[Horizontal]) -> None:
    """Law 5: the same town comes to the same, bit for bit, whatever was asked before, of it or of another instance."""
    mend = "keep nothing between calls, neither on the instance nor on its class or module: all that it may use is handed in"
    asked = bargains(subject)
    firsts = [bargain(attrs.evolve(one), given).numbers() for one, _, given, _ in asked]  # type: ignore[misc]
    for (protocol, place, given, _), first in zip(reversed(asked), reversed(firsts), strict=True):
        _same(protocol, place, first, bargain(protocol, given).numbers(), "after others had bargained", mend)


@after(check_keeps_nothing_between_calls)
def check_environments_do_not_influence_each_other(subject: Subject[Horizontal]) -> None:
    """Law 2: a batch of environments is a loop over them, bit for bit."""
    mend = "no arithmetic between environments; add over peers with pgcore.columns.total: numpy.sum may add in another order"
    for protocol, place, given, together in bargains(subject):
        for env in (0, 3, len(together.residual) - 1):
            expected = {name: value[[env]] for name, value in together.numbers().items()}
            _same(protocol, f"environment {env} of {place}", expected, bargain(protocol, given.only(env)).numbers(), "without the others", mend)


@after(check_environments_do_not_influence_each_other)
def check_order_of_peers_does_not_matter(subject: Subject[Horizontal]) -> None:
    """Peers that are listed in another order get the same, to a few last bits; asked unless places in the list matter (`ordered`)."""
    if subject.kind.ordered:
        raise NotAsked("it declares that places in the list matter: ordered = True")
    mend = "sort by what was offered, never by place, and share out among equals; where places matter, as on a ring, declare ordered = True"
    for protocol, place, given, usual in bargains(subject):
        names = list(given.peers)
        for order in (names[::-1], names[1:] + names[:1]):
            other = bargain(protocol, Town({name: given.peers[name] for name in order})).numbers()
            _same(protocol, place, usual.numbers(), {name: other[name] for name in usual.numbers()}, "with the peers in another order", mend, CLOSE)


def _same(
    protocol: Horizontal, place: str, expected: Mapping[str, Array], found: Mapping[str, Array], when: str, mend: str, close: float = 0.0
) -> None:
    where = f"in {place}; the protocol is {protocol!r}"
    if list(expected) != list(found):
        raise Breach(f"there are {', '.join(found)} {when}, and otherwise {', '.join(expected)}, {where}", mend)
    for name, value in expected.items():
        other: Any = found[name]
        alike = (value == other) | (np.isnan(value) & np.isnan(other)) | (np.abs(value - other) <= close * np.maximum(1.0, np.abs(value)))
        if not alike.all():
            env = int(np.flatnonzero(~alike)[0])
            raise Breach(f"{name} is {float(value[env])!r}, but {float(other[env])!r} {when}, {where}", mend)


CHECKS = (
    check_draws_nothing_at_random,
    check_keeps_nothing_between_calls,
    check_environments_do_not_influence_each_other,
    check_order_of_peers_does_not_matter,
)
