"""Scene: who takes part in a step and what they say, arranged for a sequence diagram of any form."""

from collections.abc import Sequence

from attrs import frozen

from pgcore.messages import ENVIRONMENT, Silence
from pgcore.naming import owner
from pgcore.tracing.trace import Entry, Step

_SILENCE = Silence.__name__


@frozen
class Arrow:
    """A message from one lifeline to another, by their positions; to itself, if an agent was drawn with its devices as one."""

    start: int
    end: int
    label: str
    t_us: int
    """Since the first message of the step."""
    bytes: int
    silent: bool
    """Whether its content was lost or held up."""


@frozen
class Scene:
    """Lifelines from left to right, the environment first and each agent before its devices, and the arrows between them."""

    title: str
    names: tuple[str, ...]
    groups: tuple[str, ...]
    """The agent that each lifeline belongs to; empty for the environment."""
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...]

    def spans(self) -> list[tuple[str, int, int]]:
        """Groups of two and more lifelines: the agent, the first and the last of them."""
        found = []
        for group in dict.fromkeys(filter(None, self.groups)):
            own = [i for i, other in enumerate(self.groups) if other == group]
            if len(own) > 1:
                found.append((group, own[0], own[-1]))
        return found


def scene(step: Step, most: int = 12) -> Scene:
    """Arrange a step with at most ``most`` lifelines, 2 or more.

    If there are more actors, devices are drawn with their agents. If that is not enough, the last agents are left out, and a note says so.
    """
    notes = list(step.notes)
    actors = _ordered(step.entries)
    folded = len(actors) > most
    if folded:
        devices = [name for name in actors if owner(name)]
        actors = list(dict.fromkeys(_agent(name) for name in actors))
        notes += [f"{len(devices)} devices are drawn with their agents; --agent shows one agent with its devices"] if devices else []
    shown = actors[:most]
    if len(actors) > most:
        notes.append(f"{len(actors) - most} of {len(actors)} actors are not shown; --agent shows one of them")
    places = {name: i for i, name in enumerate(shown)}
    start_us = step.entries[0].t_us if step.entries else 0
    arrows = [arrow for entry in step.entries if (arrow := _arrow(entry, places, folded, start_us)) is not None]
    return Scene(_title(step), tuple(shown), tuple("" if name == ENVIRONMENT else _agent(name) for name in shown), tuple(arrows), tuple(notes))


def _ordered(entries: Sequence[Entry]) -> list[str]:
    """The environment, then agents in the order in which they first appear, each before its devices."""
    seen = dict.fromkeys(name for entry in entries for name in (entry.sender, entry.recipient))
    agents = list(dict.fromkeys(map(_agent, seen)))
    return sorted(seen, key=lambda name: (name != ENVIRONMENT, agents.index(_agent(name)), bool(owner(name))))


def _agent(name: str) -> str:
    return owner(name) or name


def _arrow(entry: Entry, places: dict[str, int], folded: bool, start_us: int) -> Arrow | None:
    """The arrow of a message; none if one of its ends is not shown."""
    start, end = (places.get(_agent(name) if folded else name) for name in (entry.sender, entry.recipient))
    if start is None or end is None:
        return None
    label = f"{entry.body} ({entry.lost})" if entry.lost else entry.body
    if folded:
        label += f" of {entry.sender}" * bool(owner(entry.sender)) + f" to {entry.recipient}" * bool(owner(entry.recipient))
    return Arrow(start, end, label, entry.t_us - start_us, entry.bytes, entry.body == _SILENCE)


def _title(step: Step) -> str:
    number, size = len(step.entries), sum(entry.bytes for entry in step.entries)
    took_ms = (step.entries[-1].t_us - step.entries[0].t_us) / 1000 if step.entries else 0.0
    what = f"step {step.tick}" if step.tick else "reset"
    return f"Episode {step.episode}, {what}: {number} message{'s' * (number != 1)}, {size:,} bytes, {took_ms:.1f} ms"
