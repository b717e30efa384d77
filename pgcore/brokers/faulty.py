"""FaultyBroker: the simulated faults of communication around any broker, in simulated time."""

import math
from collections.abc import Callable, Collection, Sequence
from functools import partial
from heapq import heappop, heappush
from threading import Lock
from typing import ClassVar

from pgcore.brokers.tally import counted
from pgcore.brokers.wire import Course, Line, Parcel, Wire
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.loss import Loss
from pgcore.channels import CONTROL, parse
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.fault import PROMPT, Fate, Fault, Link
from pgcore.draws import key
from pgcore.messages import BODIES, Body, Message, Silence, Start

_SILENCES = {kind: Silence(kind.__name__) for kind in BODIES}


class FaultyBroker(MessageBroker):
    """Gives each message on its way into ``base_broker`` the fate that simulated faults decide on: late, lost, doubled.

    A fate depends on the seed, the fault's position in the list, the kind of channel, sender, recipient, episode, tick and the place within the
    tick: not on the time of day, nor on what happens on other links. So the same run meets the same faults on every broker, and however its actors
    are spread over processes, each of which wraps its own end. Channels of the simulation itself (:data:`pgcore.channels.CONTROL`) are not touched.

    Time is simulated, in one of two ways:

    * by the clock: ``now_s`` stands still until :meth:`advance`; a message can be consumed once ``now_s`` has reached its time;
    * by ticks, after :meth:`pace`: time follows the ticks of what is published, and nobody waits for what is not there. What is in time goes on at
      once; the place of what is lost or late is taken by a :class:`~pgcore.messages.Silence`. A late content goes on just before the first message
      of its link that is sent when it is due.

    A new episode starts its environment's time anew and drops what is in flight.

    Args:
        base_broker: moves the messages.
        faults: act together on each message, see :class:`~pgcore.contracts.fault.Fault`.
        seed: root of all that is random.
        size_bytes: the size of a message, for faults that ask; by default that of its encoded form.
    """

    type: ClassVar[str] = "faulty"

    def __init__(
        self, base_broker: MessageBroker, faults: Sequence[Fault] = (), seed: int = 0, size_bytes: Callable[[Message], int] | None = None
    ) -> None:
        self.base_broker, self.faults, self.seed = base_broker, tuple(faults), seed
        self.now_s = 0.0
        """Simulated seconds: those that were let pass, or by ticks those since the episode of the last message began."""
        self._pace: tuple[float, float] | None = None
        self._size_bytes = size_bytes or _encoded_bytes
        self._wires: dict[tuple[str, str, str], Wire] = {}
        self._courses: dict[str, Course] = {}
        self._lock = Lock()
        vars(self).update({name: getattr(base_broker, name) for name in ("remote", "durable", "replay")})
        vars(self).update(ordered=base_broker.ordered and not self.faults)

    def pace(self, step_s: float, deadline_s: float) -> None:
        """From now on time follows the ticks: what is sent in tick k is sent at ``k · step_s``, and late if it takes longer than ``deadline_s``.

        Raises:
            ValueError: ``step_s`` is not above 0, or ``deadline_s`` is below 0.
            RuntimeError: something was published by the clock before.
        """
        if not (0 < step_s < math.inf and deadline_s >= 0):
            raise ValueError(f"step_s is {step_s!r} and deadline_s is {deadline_s!r}, expected step_s > 0 and deadline_s >= 0, in seconds")
        if self._pace is None and self._wires:
            raise RuntimeError("pace() was called after messages had been published; call it before the first one")
        self._pace = (step_s, deadline_s)

    def advance(self, dt_s: float) -> None:
        """Let ``dt_s`` seconds pass; what is due by then goes on, in the order in which it is due.

        Raises:
            ValueError: time would run backwards.
            RuntimeError: time follows the ticks since :meth:`pace`.
            BrokerFault: the base broker did not take a message; it counts as dropped.
        """
        if self._pace is not None:
            raise RuntimeError("advance() was called, but since pace() time follows the ticks of what is published")
        if not 0 <= dt_s < math.inf:
            raise ValueError(f"dt_s is {dt_s!r}, expected a number of seconds >= 0")
        with self._lock:
            self.now_s += dt_s
            for course in self._courses.values():
                self._release(course.held, self.now_s)

    def publish(self, channel: str, message: Message) -> None:
        """Send ``message``; faults decide whether and when it arrives.

        Raises:
            BrokerFault: the base broker did not take it, or one that was due before it; that one counts as dropped.
        """
        wire = self._wires.get((channel, message.sender, message.recipient)) or self._wire(channel, message)
        if type(message.body) is Start:
            self._start(message, message.body)
        if not wire.line.faults:
            self.base_broker.publish(channel, message)
            wire.tally.published += 1
            wire.tally.delivered += 1
            return
        with self._lock:
            if message.episode > wire.line.course.episode:
                wire.line.course.begin(message.episode, self.now_s)
            if self._pace is None:
                self._publish_by_clock(wire, message)
            else:
                self._publish_by_tick(wire, message, *self._pace)

    def open(self, hub: bool = True) -> None:
        self.base_broker.open(hub)

    def create_channel(self, channel: str) -> None:
        self.base_broker.create_channel(channel)

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        arrived = self.base_broker.consume(channel, recipient_id, timeout_s)
        for message in arrived:
            if type(message.body) is Start:
                self._start(message, message.body)
        return arrived

    def waiting(self, timeout_s: float = 0.0) -> Collection[str] | None:
        return self.base_broker.waiting(timeout_s)

    def gone(self) -> Collection[str]:
        return self.base_broker.gone()

    def close(self) -> None:
        self.base_broker.close()

    def counts(self) -> dict[str, int]:
        """The base broker's counts and, under names that count here instead, those of :class:`~pgcore.brokers.tally.Tally`.

        They are sums over all (``lost``) and, where not 0, over each kind of channel (``lost/reports``) and each link (``lost/MG1 -> environment``).
        """
        with self._lock:
            tallies = [(parse(wire.channel).kind, wire.line.link, wire.tally) for wire in self._wires.values()]
            return {**self.base_broker.counts(), **counted(tallies)}

    def _start(self, message: Message, start: Start) -> None:
        """An episode begins, or an actor is told that it did."""
        with self._lock:
            course = self._courses.setdefault(message.env_id, Course(message.episode, self.now_s))
            if message.episode > course.episode:
                course.begin(message.episode, self.now_s)
            course.origin = key(*(number for pair in start.seeds for number in pair))

    def _publish_by_clock(self, wire: Wire, message: Message) -> None:
        course = wire.line.course
        number = wire.enter(message)
        for delay_s in self._fate(wire, message, self.now_s - course.began_s):
            self._hold(course.held, Parcel(self.now_s + delay_s, wire, message, number))
        self._release(course.held, self.now_s)

    def _publish_by_tick(self, wire: Wire, message: Message, step_s: float, deadline_s: float) -> None:
        self.now_s = sent_s = message.tick * step_s
        if wire.line.held:
            self._release(wire.line.held, sent_s)
        number = wire.enter(message)
        fate = self._fate(wire, message, sent_s)
        in_time = sum(delay_s <= deadline_s for delay_s in fate) if fate is not PROMPT else 1
        for _ in range(in_time):
            self._hand_on(wire, message, number)
        if not in_time:
            self.base_broker.publish(wire.channel, _copy(message, number, _silence(message.body)))
            wire.tally.silences += 1
        if in_time < len(fate):
            self._hold_late(wire, message, number, sent_s, [delay_s for delay_s in fate if not delay_s <= deadline_s])

    def _hold_late(self, wire: Wire, message: Message, number: int, sent_s: float, late: Sequence[float]) -> None:
        wire.tally.late += len(late)
        for delay_s in late:
            self._hold(wire.line.held, Parcel(sent_s + delay_s, wire, message, number))

    def _fate(self, wire: Wire, message: Message, sent_s: float) -> Fate:
        fate = wire.fate(sent_s, partial(self._size_bytes, message))
        tally = wire.tally
        tally.published += 1
        if not fate:
            tally.lost += 1
        elif len(fate) > 1:
            tally.duplicated += len(fate) - 1
        return fate

    def _hold(self, held: list[Parcel], parcel: Parcel) -> None:
        parcel.wire.tally.in_flight += 1
        heappush(held, parcel)

    def _release(self, held: list[Parcel], now_s: float) -> None:
        """Hand on what is due."""
        while held and held[0].due_s <= now_s:
            parcel = heappop(held)
            parcel.wire.tally.in_flight -= 1
            self._hand_on(parcel.wire, parcel.message, parcel.number if self._pace is None else parcel.wire.late_number(parcel))

    def _hand_on(self, wire: Wire, message: Message, number: int) -> None:
        """Hand a content to the base broker: the message itself, unless its number on the wire is another."""
        try:
            self.base_broker.publish(wire.channel, message if message.seq == number else _copy(message, number, message.body))
        except BaseException:
            wire.tally.dropped += 1
            raise
        wire.handed_on(message)

    def _wire(self, channel: str, message: Message) -> Wire:
        """The wire of the first message from a sender to a recipient on a channel."""
        link, kind = Link(message.sender, message.recipient), parse(channel).kind
        with self._lock:
            course = self._courses.setdefault(message.env_id, Course(message.episode, self.now_s))
            if kind in CONTROL:
                line = Line(link, course)
            else:
                acting = [(position, fault) for position, fault in enumerate(self.faults) if fault.acts_on(link)]
                line = course.lines.setdefault(link, Line(link, course, acting, len(self.faults)))
            return self._wires.setdefault((channel, message.sender, message.recipient), Wire.on(line, channel, kind, self.seed))


class LatencyMessageBroker(FaultyBroker):
    """A broker behind a link on which every message takes ``latency_ms`` and a share ``loss_rate`` of them is lost.

    >>> from pgcore.builtin.brokers.in_memory import InMemoryBroker
    >>> broker = LatencyMessageBroker(InMemoryBroker(), latency_ms=80, loss_rate=0.01)
    >>> broker.advance(0.08)
    """

    def __init__(self, base_broker: MessageBroker, latency_ms: float, loss_rate: float = 0.0, seed: int = 0) -> None:
        super().__init__(base_broker, (Latency(latency_ms=latency_ms), Loss(rate=loss_rate)), seed)


def _silence(body: Body) -> Silence:
    """What is left of a body that is lost; of a silence, as much as there was."""
    return body if isinstance(body, Silence) else _SILENCES[type(body)]


def _copy(message: Message, number: int, body: Body) -> Message:
    return Message(message.env_id, message.episode, message.tick, message.sender, message.recipient, message.epoch, number, body)


def _encoded_bytes(message: Message) -> int:
    from pgcore.codec import encode  # taken where it is needed: few faults ask for sizes

    return len(encode(message))
