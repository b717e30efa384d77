"""Trace: the lines that a TracedBroker wrote, and the step of them that is wanted."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from attrs import evolve, field, frozen

from pgcore.brokers.keys import covers

FIRST_STEP = 1
"""The tick that is shown if none is asked for; tick 0 is the reset."""


class TraceError(ValueError):
    """A file is not a trace, or does not hold what was asked for. The message says where and what there is."""


@frozen
class Entry:
    """One message, without its content."""

    t_us: int
    """Since the trace began."""
    channel: str
    bytes: int
    env_id: str
    episode: int
    tick: int
    sender: str
    recipient: str
    seq: int
    body: str
    """The name of its body's class."""
    lost: str = ""
    """The name of the class of the body that was lost, if this is a silence."""


@frozen
class Step:
    """The messages of one step of one environment, oldest first."""

    env_id: str
    episode: int
    tick: int
    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()
    """What a reader should know: what was left out."""


class _Body(msgspec.Struct, gc=False):
    type: str
    of: str = ""


class _Message(msgspec.Struct, gc=False):
    env_id: str
    episode: int
    tick: int
    sender: str
    recipient: str
    seq: int
    body: _Body


class _Line(msgspec.Struct, gc=False):
    t_us: int
    channel: str
    bytes: int
    message: _Message


_from_json = msgspec.json.Decoder(_Line).decode


def entries(path: Path) -> Iterator[Entry]:
    """Every message of a trace. A last line that was cut off, as when a run is killed, is passed over.

    Raises:
        TraceError: a line is not one of a trace; names it.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                found = _from_json(line)
            except (ValueError, OverflowError, RecursionError) as error:
                if line.endswith(b"\n") or number == 1:
                    raise TraceError(f"{path}:{number}: not a line of a trace: {error}; expected what `pgcore run --trace` writes") from error
                return
            yield _entry(found)


@frozen(eq=False)
class _Gleaning:
    """What is kept of a trace while it is read: the step that is wanted, the first one in case there is no such, and what else there was."""

    episode: int | None
    tick: int | None
    first: list[Entry] = field(factory=list)
    wanted: list[Entry] = field(factory=list)
    ticks: dict[int, tuple[int, int]] = field(factory=dict)
    """First and last tick of each episode."""
    envs: dict[str, None] = field(factory=dict)

    def add(self, entry: Entry) -> None:
        low, high = self.ticks.get(entry.episode, (entry.tick, entry.tick))
        self.ticks[entry.episode] = min(low, entry.tick), max(high, entry.tick)
        self.envs[entry.env_id] = None
        if entry.episode != (self.episode if self.episode is not None else next(iter(self.ticks))) or entry.env_id != next(iter(self.envs)):
            return
        if entry.tick == (FIRST_STEP if self.tick is None else self.tick):
            self.wanted.append(entry)
        elif self.tick is None and (not self.first or entry.tick == self.first[0].tick):
            self.first.append(entry)


def pick(path: Path, episode: int | None = None, tick: int | None = None, agent: str = "") -> Step:
    """One step of a trace: by default the first of its first episode, with the messages of all actors.

    Args:
        agent: show only what this agent, its devices, or this one device, says and hears.

    Raises:
        TraceError: it is not a trace, or does not hold such a step or agent; says what it holds.
        OSError: the file cannot be read.
    """
    gleaned = _Gleaning(episode, tick)
    for entry in entries(path):
        gleaned.add(entry)
    found = gleaned.wanted or gleaned.first
    if not found:
        raise TraceError(f"{path}: {_missing(gleaned)}")
    step = Step(found[0].env_id, found[0].episode, found[0].tick, tuple(found), _notes(gleaned))
    return _of_agent(step, agent, path) if agent else step


def _of_agent(step: Step, agent: str, path: Path) -> Step:
    own = tuple(entry for entry in step.entries if covers(agent, entry.sender) or covers(agent, entry.recipient))
    if not own:
        names = sorted({name for entry in step.entries for name in (entry.sender, entry.recipient)})
        shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise TraceError(f"{path}: nobody is called {agent!r} in step {step.tick} of episode {step.episode}; there are: {shown}")
    return evolve(step, entries=own)


def _missing(gleaned: _Gleaning) -> str:
    if not gleaned.ticks:
        return "the trace is empty: nothing was published while it was written"
    if gleaned.episode is not None and gleaned.episode not in gleaned.ticks:
        return f"there is no episode {gleaned.episode}; there are: {_spans(gleaned)}"
    return f"there is no step {gleaned.tick} in that episode; there are: {_spans(gleaned)}"


def _spans(gleaned: _Gleaning) -> str:
    spans = [f"episode {episode} with steps {low} to {high}" for episode, (low, high) in gleaned.ticks.items()]
    return ", ".join(spans[:5]) + (f" and {len(spans) - 5} more episodes" if len(spans) > 5 else "")


def _notes(gleaned: _Gleaning) -> tuple[str, ...]:
    first, *others = gleaned.envs
    return (f"environment {first} is shown; the trace also holds {', '.join(others)}",) if others else ()


def _entry(line: _Line) -> Entry:
    said = line.message
    where = (said.env_id, said.episode, said.tick, said.sender, said.recipient, said.seq)
    return Entry(line.t_us, line.channel, line.bytes, *where, said.body.type, said.body.of)
