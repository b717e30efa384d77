"""Episode: peers that bargain by the protocol do the same whether they are called or live behind messages."""

from typing import Any

import attrs

from pgcore.contracts.protocol import Horizontal
from pgcore.testing.checks import Breach, after
from pgcore.testing.horizontals.bargains import least
from pgcore.testing.horizontals.bounds import check_results_are_finite, check_shown_numbers_stay_in_bounds
from pgcore.testing.options import entry
from pgcore.testing.stage import devices, staged
from pgcore.testing.subject import Subject, spread
from pgcore.testing.teams import check_equal_over_an_episode, in_memory
from pgcore.testing.towns import NAMES

PLAYED = 3
"""So many instances play episodes."""
ROUNDS = 5
HOMES = (("A", "ess", "home"), ("B", "pv", "home"), ("C", "unit", "gen"))
"""Where the peers live and what they have, in turn."""

METER = {"type": "grid_connection", "line": "L2", "import_price": "tariff"}


@after(check_results_are_finite, check_shown_numbers_stay_in_bounds)
def check_both_modes_are_equal(subject: Subject[Horizontal]) -> None:
    """Law 3: over whole episodes, peers that are called and peers behind messages show the same, bit for bit."""
    for protocol in spread(subject.drawn(), PLAYED):
        spec = staged(_peers(max(3, least(protocol))), [_entry(protocol)], [subject.kind])
        for actors in ("agents", "devices"):
            try:
                check_equal_over_an_episode(spec, in_memory(actors))
            except AssertionError as error:
                mend = "offer, revise and settle may use what the peer is shown, clear the offers, and all of them the options; nothing else"
                raise Breach(f"with {protocol!r} and actors: {actors}, {error}", mend) from error


def _peers(count: int) -> dict[str, Any]:
    """Agents with some devices each; those at B have a meter, and answer prices."""
    found = {}
    for k, name in enumerate(NAMES[:count]):
        bus, *own = HOMES[k % len(HOMES)]
        meter = {"meter": METER} if bus == "B" else {}
        vertical = {"type": "price_signal" if bus == "B" else "setpoint"}
        found[name] = {"area": [bus], "devices": {**devices(bus, *own), **meter}, "vertical": vertical}
    return found


def _entry(protocol: Horizontal) -> dict[str, Any]:
    """The protocol's entry in a spec, with few rounds."""
    written = {"type": type(protocol).type, **entry(protocol)}
    rounds = [one.name for one in attrs.fields(type(protocol)) if one.name == "rounds"]  # type: ignore[arg-type]
    return {**written, **{name: min(protocol.rounds, ROUNDS) for name in rounds}}


CHECKS = (check_both_modes_are_equal,)
