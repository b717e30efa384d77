"""Declaration: what a horizontal protocol says of the numbers that it shows, of its rounds, and of laws that it breaks on purpose."""

import numpy as np

from pgcore.contracts.protocol import Horizontal
from pgcore.testing.checks import Breach, NotAsked, after, name_of
from pgcore.testing.making import check_every_option_is_documented, check_made_from_its_options
from pgcore.testing.markets import WAIVABLE
from pgcore.testing.slots import require_slots, resolved
from pgcore.testing.subject import Subject


@after(check_every_option_is_documented, check_made_from_its_options)
def check_what_it_shows_is_declared(subject: Subject[Horizontal]) -> None:
    """What peers see (`slots`) and what concerns all (`shows`) is declared: each with a name, a unit, bounds in order and one line of doc."""
    for table in ("slots", "shows"):
        require_slots(subject.place, table, getattr(subject.kind, table))
    for protocol in subject.drawn():
        resolved(protocol, protocol.slots)
        resolved(protocol, protocol.shows)


@after(check_every_option_is_documented, check_made_from_its_options)
def check_rounds_are_bounded(subject: Subject[Horizontal]) -> None:
    """`rounds` is a whole number, at least 1, and `tolerance` a number, at least 0; who bargains in rounds says how far from agreement offers are."""
    for protocol in subject.drawn():
        rounds, tolerance = protocol.rounds, protocol.tolerance
        if not isinstance(rounds, int) or isinstance(rounds, bool) or rounds < 1:
            raise Breach(f"rounds of {protocol!r} is {rounds!r}", "say how many rounds there are at most: a whole number, at least 1")
        if not isinstance(tolerance, int | float) or not np.isfinite(tolerance) or tolerance < 0.0:
            raise Breach(f"tolerance of {protocol!r} is {tolerance!r}", "say at which residual rounds end: a number, at least 0")
        for method in ("revise", "residual") if rounds > 1 else ():
            if getattr(subject.kind, method) is getattr(Horizontal, method):
                found = f"{protocol!r} has up to {rounds} rounds, and {subject.place} does not define {method}"
                raise Breach(found, "define revise (the next offer) and residual (how far from agreement the offers are), or rounds = 1")


@after(check_every_option_is_documented, check_made_from_its_options)
def check_waived_laws_have_reasons(subject: Subject[Horizontal]) -> None:
    """`waives` names laws of markets that may be broken on purpose, and says why."""
    if subject.kind.waives is Horizontal.waives:
        raise NotAsked("it breaks no law on purpose")
    known = [name_of(check) for check in WAIVABLE]
    for protocol in subject.drawn():
        for law, reason in protocol.waives().items():
            if law not in known:
                raise Breach(f"{protocol!r} waives {law!r}", f"what may be waived: {', '.join(known)}")
            if not str(reason).strip():
                raise Breach(f"{protocol!r} waives {law} without a reason", "say why: whoever chooses these options has to know")


CHECKS = (check_what_it_shows_is_declared, check_rounds_are_bounded, check_waived_laws_have_reasons)
