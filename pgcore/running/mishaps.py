"""Mishaps: what went wrong between the environment and its agents in a run, counted."""

from collections.abc import Mapping

from pgcore.brokered import BrokeredTeam
from pgcore.contracts.broker import MessageBroker
from pgcore.env import GridEnv

HEARD: Mapping[str, str] = {
    "silences": "silences",
    "duplicate": "duplicates",
    "reordered": "reordered",
    "stale": "of former lives",
    "foreign": "foreign",
    "actors_late": "late at actors",
    "actors_missed": "missed by actors",
    "actors_duplicate": "duplicates at actors",
    "actors_reordered": "reordered at actors",
    "actors_stale": "of former lives at actors",
    "actors_foreign": "foreign at actors",
}
"""What a team counts that no run without faults has, and what it is called."""

SENT: Mapping[str, str] = {
    "lost": "lost",
    "late": "late",
    "duplicated": "doubled",
    "dropped": "dropped",
    "refused": "refused",
    "untraced": "untraced",
}
"""The same of a broker."""


def mishaps(env: GridEnv, broker: MessageBroker | None) -> dict[str, int]:
    """What happened at least once, by its name; empty where agents are called directly."""
    if not isinstance(env.team, BrokeredTeam):
        return {}
    sources = ((HEARD, env.team.counts()), (SENT, {} if broker is None else broker.counts()))
    return {called: counts[name] for names, counts in sources for name, called in names.items() if counts.get(name)}
