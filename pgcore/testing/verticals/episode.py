"""Episode: agents that coordinate with the protocol do the same whether they are called or live behind messages."""

from typing import Any

from pgcore.contracts.protocol import Vertical
from pgcore.testing.checks import Breach, after
from pgcore.testing.options import entry
from pgcore.testing.stage import devices, staged
from pgcore.testing.subject import Subject, spread
from pgcore.testing.teams import check_equal_over_an_episode, in_memory
from pgcore.testing.verticals.bounds import check_directives_stay_in_their_bounds, check_doing_nothing_leaves_devices_alone
from pgcore.testing.verticals.laws import check_environments_do_not_influence_each_other
from pgcore.testing.verticals.scenes import CREWS, knobs_of

PLAYED = 3
"""So many instances play episodes."""


@after(check_environments_do_not_influence_each_other, check_directives_stay_in_their_bounds, check_doing_nothing_leaves_devices_alone)
def check_both_modes_are_equal(subject: Subject[Vertical]) -> None:
    """Law 3: over whole episodes, agents that are called and agents behind messages show the same, bit for bit."""
    for protocol in spread(subject.drawn(), PLAYED):
        spec = staged(_agents(protocol), protocols=[subject.kind])
        for actors in ("agents", "devices"):
            try:
                check_equal_over_an_episode(spec, in_memory(actors))
            except AssertionError as error:
                mend = "coordinate may use what it is handed and its options, nothing else: the agents are copies in another place"
                raise Breach(f"with {protocol!r} and actors: {actors}, {error}", mend) from error


def _agents(protocol: Vertical) -> dict[str, Any]:
    """Agents with agents below them, where the protocol takes such crews."""
    own = {"type": type(protocol).type, **entry(protocol)}
    low = {"area": ["B"], "vertical": own, "devices": devices("B", "gen", "home")}
    near = {"area": ["C"], "vertical": own, "devices": devices("C", "pv", "home")}
    top = {"area": "all", "vertical": own, "devices": devices("A", "ess", "unit", "home")}
    answering = {**near, "vertical": {"type": "price_signal"}}
    if knobs_of(protocol, CREWS["devices and an agent"]) is None:
        return {"Top": top, "Low": low, "Near": near}
    return {"Top": {**top, "agents": {"Low": low, "Next": answering}}, "Near": near}


CHECKS = (check_both_modes_are_equal,)
