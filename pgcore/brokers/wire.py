"""Wire: what one sender puts on one channel for one recipient, the fate of each message there, and the numbers that they bear."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from pgcore.brokers.tally import Tally
from pgcore.contracts.fault import PROMPT, Fate, Fault, Link, Passage
from pgcore.draws import Draws, key, words
from pgcore.messages import Message

_MASK = (1 << 64) - 1
_ODD = 0x9E3779B97F4A7C15


@define(eq=False)
class Parcel:
    """A content in flight, in the order in which contents are due."""

    due_s: float
    wire: "Wire"
    message: Message
    number: int
    """The one that its place on the wire was given when it was sent."""

    def __lt__(self, other: "Parcel") -> bool:
        return self._rank() < other._rank()

    def _rank(self) -> tuple[float, str, str, int]:
        return self.due_s, self.wire.channel, self.message.sender, self.message.seq


@define(eq=False)
class Course:
    """Where one environment is: in which episode, and when that began by the broker's clock."""

    episode: int
    began_s: float
    origin: int | None = None
    """A hash of the seeds that the episode started from, if its start was seen: equal seeds meet equal faults, whichever episode it is."""
    lines: "dict[Link, Line]" = field(factory=dict)
    held: list[Parcel] = field(factory=list)
    """A heap of what is in flight by the clock."""

    def begin(self, episode: int, now_s: float) -> None:
        """Start an episode: links forget, and what is in flight is dropped, since nobody has a use for it any more."""
        self.episode, self.began_s, self.origin = episode, now_s, None
        for held in (self.held, *(line.held for line in self.lines.values())):
            for parcel in held:
                parcel.wire.tally.in_flight -= 1
                parcel.wire.tally.dropped += 1
            held.clear()
        for line in self.lines.values():
            line.forget()


@define(eq=False)
class Line:
    """A link of one environment: its faults, what they remember of it, and what is in flight on it."""

    link: Link
    course: Course
    faults: Sequence[tuple[int, Fault]] = ()
    """Each with its position among all faults."""
    words: int = 0
    """How many faults there are on any line: each has a random word of its own for every message."""
    memories: list[Any] = field(factory=list)
    held: list[Parcel] = field(factory=list)
    """A heap of what is in flight by ticks."""

    def __attrs_post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know no more of the link than when an episode begins."""
        self.memories = [fault.memory() for _, fault in self.faults]


@define(eq=False)
class Wire:
    """Decides what becomes of each message, from random numbers of its own and what is remembered of its line."""

    channel: str
    line: Line
    key: int
    """Of its random numbers."""
    tally: Tally = field(factory=Tally)
    _shift: int = 0
    """How many late contents took a number of their own: so much are the numbers on the wire ahead of the sender's."""
    _last: int = 0
    """The highest number on the wire."""
    _newest: int = 0
    """The sender's number of the newest content that was handed on in this episode and life of the sender."""
    _epoch: int = -1
    _episode: int = -1
    _tick: int = -1
    _place: int = 0

    @classmethod
    def on(cls, line: Line, channel: str, kind: str, seed: int) -> "Wire":
        """The wire of a channel on a line. Its random numbers depend on kind, sender and recipient, and not on the environment's name."""
        link = line.link
        return cls(channel, line, key(seed, kind, link.sender, link.recipient))

    def enter(self, message: Message) -> int:
        """Take note of a message that sets out; the number that it gets on the wire."""
        life = message.epoch == self._epoch
        if not life:
            self._shift = 0
        if not (life and message.episode == self._episode):
            self._newest = 0
        elif message.tick == self._tick:
            self._place += 1
            self._last = message.seq + self._shift
            return self._last
        self._epoch, self._episode, self._tick, self._place = message.epoch, message.episode, message.tick, 0
        self._last = message.seq + self._shift
        return self._last

    def fate(self, sent_s: float, size_bytes: Callable[[], int]) -> Fate:
        """What becomes of the message that entered last.

        Its random numbers are those of its place among the messages of its tick. So a message that was repeated in an earlier tick, or a sender that
        was started again, changes nothing for those that follow.
        """
        line, memories = self.line, self.line.memories
        episode = self._episode if line.course.origin is None else line.course.origin
        own_words = words((self.key ^ episode * _ODD) & _MASK, self._tick << 16 ^ self._place, line.words)
        passage = Passage(line.link, sent_s, size_bytes)
        fate = PROMPT
        for n, (position, fault) in enumerate(line.faults):
            if fault.acts_at(sent_s):
                own, memories[n] = fault.fate(passage, Draws(own_words[position]), memories[n])
                if own is not PROMPT:
                    fate = own if fate is PROMPT else tuple(a + b for a in fate for b in own)
        return fate

    def late_number(self, parcel: Parcel) -> int:
        """The number under which a late content goes on.

        A receiver accepts rising numbers only. What is newer than all contents that it was given gets the next number, and so is accepted; what has
        been overtaken keeps the number of its place, and so is refused, and counted there.
        """
        if parcel.message.epoch != self._epoch or parcel.message.seq <= self._newest:
            return parcel.number
        self._shift += 1
        self._last += 1
        return self._last

    def handed_on(self, message: Message) -> None:
        """Count a content that the broker within has taken."""
        self.tally.delivered += 1
        if message.epoch == self._epoch and message.seq < self._newest:
            self.tally.reordered += 1
        elif message.epoch == self._epoch:
            self._newest = message.seq
