"""Declaration: what a vertical protocol says of the numbers that an agent chooses, and of those that it tells the agents below."""

from collections import Counter
from typing import Any

import numpy as np

from pgcore.contracts.protocol import Dial, Vertical
from pgcore.testing.checks import Breach, after
from pgcore.testing.making import check_every_option_is_documented, check_made_from_its_options
from pgcore.testing.options import require_unit
from pgcore.testing.slots import require_slots, resolved
from pgcore.testing.subject import Subject
from pgcore.testing.verticals.scenes import CREWS, knobs_of


@after(check_every_option_is_documented, check_made_from_its_options)
def check_what_it_gives_is_declared(subject: Subject[Vertical]) -> None:
    """What it tells agents below is declared in `gives`: each number with a name, a unit, bounds in order and one line of doc."""
    require_slots(subject.place, "gives", subject.kind.gives)
    for protocol in subject.drawn():
        resolved(protocol, protocol.gives)


@after(check_every_option_is_documented, check_made_from_its_options)
def check_knobs_are_documented_and_bounded(subject: Subject[Vertical]) -> None:
    """For every crew that it takes, knobs gives dials with names of their own, units, docs, finite bounds in order and a default between."""
    for protocol in subject.drawn():
        taken = [which for which, crew in CREWS.items() if _look_at(protocol, which, knobs_of(protocol, crew), knobs_of(protocol, crew))]
        if not taken:
            mend = "let knobs refuse only crews that it can do nothing with; a ValueError counts as a refusal"
            raise Breach(f"{protocol!r} refuses every crew: {', '.join(CREWS)}", mend)


def _look_at(protocol: Vertical, which: str, knobs: Any, again: Any) -> bool:
    """Whether a crew is taken; what is wrong with its knobs is raised."""
    if knobs is None:
        return False
    where = f"knobs of {protocol!r} over {which}"
    if not isinstance(knobs, tuple) or not all(isinstance(dial, Dial) for dial in knobs):
        raise Breach(f"{where} gave {knobs!r}, expected a tuple of dials", 'return (Dial("level", "1", 0.0, 1.0, doc="what it is"),)')
    if knobs != again:
        raise Breach(f"{where} gave {knobs}, and asked again {again}", "let them follow from the crew and the options alone")
    for name, times in Counter(dial.name for dial in knobs).items():
        if times > 1:
            raise Breach(f"{where} gave {name!r} {times} times", "give each a name of its own")
    for dial in knobs:
        _look_at_dial(where, dial)
    return True


def _look_at_dial(where: str, dial: Dial) -> None:
    require_unit(where, "dial", dial.name, dial.unit)
    found = f"{where} gave {dial.name!r} from {dial.low!r} to {dial.high!r} with default {dial.default!r}"
    if not dial.doc.strip():
        raise Breach(f"{where} gave {dial.name!r} without a doc", 'say in a line what it sets: Dial(..., doc="...")')
    if not (np.isfinite([dial.low, dial.default, dial.high]).all() and dial.low <= dial.default <= dial.high):
        raise Breach(found, "give finite bounds, the lower one first, and a default between: actions are scaled to them, and idling is the default")
    if dial.discrete and not all(float(value).is_integer() for value in (dial.low, dial.default, dial.high)):
        raise Breach(found, "a discrete dial takes whole numbers only")


CHECKS = (check_what_it_gives_is_declared, check_knobs_are_documented_and_bounded)
