"""InMemoryBroker: moves messages within one process."""

import threading
from collections.abc import Collection, Sequence
from operator import itemgetter
from time import monotonic
from typing import ClassVar

from attrs import frozen

from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import Message
from pgcore.quantity import quantity


class _Office:
    """What an open broker holds. One lock guards all of it; whoever waits does so on a condition of that lock."""

    __slots__ = ("closed", "consumed", "lock", "published", "queues", "readers", "room", "stirred", "watchers", "writers")

    def __init__(self) -> None:
        self.closed = False
        self.lock = threading.Lock()
        self.queues: dict[tuple[str, str], list[tuple[int, Message]]] = {}
        """By channel and recipient, each message with its number of arrival. There are no empty ones."""
        self.readers: dict[str, list[threading.Condition]] = {}
        """For each recipient for whom somebody waits: what to wake."""
        self.room = threading.Condition(self.lock)
        self.writers = 0
        self.stirred = threading.Condition(self.lock)
        """Notified of every message while there are ``watchers``."""
        self.watchers = 0
        self.published = self.consumed = 0

    def take(self, channels: Sequence[str], recipient: str) -> list[Message]:
        """All that waits for ``recipient`` on these channels, in order of arrival."""
        entries: list[tuple[int, Message]] = []
        for channel in channels:
            entries += self.queues.pop((channel, recipient), ())
        if not entries:
            return []
        if len(channels) > 1:
            entries.sort(key=_number)
        self.consumed += len(entries)
        if self.writers:
            self.room.notify_all()
        return [message for _, message in entries]

    def wait_for(self, recipient: str, seconds: float) -> None:
        """Let go of the lock until something arrives for ``recipient``."""
        wake = threading.Condition(self.lock)
        self.readers.setdefault(recipient, []).append(wake)
        try:
            wake.wait(min(seconds, threading.TIMEOUT_MAX))
        finally:
            self.readers[recipient].remove(wake)
            if not self.readers[recipient]:
                del self.readers[recipient]

    def wait_for_room(self, key: tuple[str, str], capacity: int, seconds: float) -> bool:
        """Let go of the lock until there is room in a queue; whether there is."""
        self.writers += 1
        try:
            return self.room.wait_for(lambda: self.closed or len(self.queues.get(key, ())) < capacity, seconds)
        finally:
            self.writers -= 1

    def close(self) -> None:
        """Let go of everything and of everyone who waits."""
        self.closed = True
        self.queues.clear()
        for wake in (wake for waiting in self.readers.values() for wake in waiting):
            wake.notify_all()
        self.room.notify_all()
        self.stirred.notify_all()

    def watch(self, seconds: float) -> None:
        """Let go of the lock until anything arrives for anyone."""
        self.watchers += 1
        try:
            self.stirred.wait(min(seconds, threading.TIMEOUT_MAX))
        finally:
            self.watchers -= 1


_number = itemgetter(0)


@frozen
class InMemoryBroker(MessageBroker):
    """Moves messages within one process.

    There is a queue for each channel and recipient. Any number of threads and of environments may share a broker; environments do not see each
    other's messages. Whoever publishes to a full queue waits for room.
    """

    type = "in_memory"

    capacity: int = quantity("1", "messages that may wait on a channel for a recipient", default=100_000, ge=1)
    put_timeout_s: float = quantity("s", "how long to wait for room in a full queue while there are other threads to make it", default=5.0, ge=0)

    _office: ClassVar[_Office | None] = None
    """What an instance holds once it is open: never part of its options, so neither compared nor pickled."""

    def open(self, hub: bool = True) -> None:
        if self._office is None:
            object.__setattr__(self, "_office", _Office())
        self._opened()

    def create_channel(self, channel: str) -> None:
        self._opened()

    def publish(self, channel: str, message: Message) -> None:
        office = self._office or self._opened()
        if not channel.startswith(f"env_{message.env_id}__"):
            raise BrokerFault(f"{message.sender!r} sent a message of environment {message.env_id!r} on {channel!r}, a channel of another")
        key = (channel, message.recipient)
        with office.lock:
            queue = office.queues.get(key)
            if office.closed or (queue is not None and len(queue) >= self.capacity):
                queue = self._make_room(office, key)
            office.published += 1
            entry = (office.published, message)
            if queue is None:
                office.queues[key] = [entry]
            else:
                queue.append(entry)
            if office.watchers:
                office.stirred.notify_all()
            if office.readers:
                for wake in office.readers.get(message.recipient, ()):
                    wake.notify()

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        office = self._office or self._opened()
        channels = (channel,) if isinstance(channel, str) else channel
        with office.lock:
            if office.closed:
                self._opened()
            found = office.take(channels, recipient_id)
            if found or timeout_s <= 0:
                return found
            deadline = monotonic() + timeout_s
            while not found and (left := deadline - monotonic()) > 0:
                office.wait_for(recipient_id, left)
                self._opened()
                found = office.take(channels, recipient_id)
            return found

    def waiting(self, timeout_s: float = 0.0) -> Collection[str]:
        office = self._office or self._opened()
        with office.lock:
            if timeout_s > 0 and not office.queues and not office.closed:
                office.watch(timeout_s)
            if office.closed:
                self._opened()
            return {recipient for _, recipient in office.queues}

    def close(self) -> None:
        if self._office is None:
            self.open()  # closed before it was used: later calls are told so
        if self._office is not None:
            with self._office.lock:
                self._office.close()

    def counts(self) -> dict[str, int]:
        """Messages ``published``, ``consumed`` and ``waiting``, and ``queues`` that are not empty."""
        if self._office is None:
            return {"published": 0, "consumed": 0, "waiting": 0, "queues": 0}
        with self._office.lock:
            queues = self._office.queues
            waiting = sum(map(len, queues.values()))
            return {"published": self._office.published, "consumed": self._office.consumed, "waiting": waiting, "queues": len(queues)}

    def _opened(self) -> _Office:
        office = self._office
        if office is None:
            raise BrokerFault("the in-memory broker is not open; call open() before it is used")
        if office.closed:
            raise BrokerFault("the in-memory broker is closed; make a new one")
        return office

    def _make_room(self, office: _Office, key: tuple[str, str]) -> list[tuple[int, Message]] | None:
        """Wait until a full queue has room for one more; called with the lock held."""
        self._opened()
        alone = threading.active_count() == 1
        if alone or not office.wait_for_room(key, self.capacity, self.put_timeout_s):
            waited = "there is no other thread to make room" if alone else f"there was no room within {self.put_timeout_s:g} s"
            raise BrokerFault(f"{self.capacity} messages (the capacity) wait on {key[0]!r} for {key[1]!r} and {waited}; does it still consume?")
        self._opened()
        return office.queues.get(key)
