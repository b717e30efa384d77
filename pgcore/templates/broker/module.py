"""AcmeBroker: messages in the memory of this process, to be changed into your way of moving them."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import ClassVar

from attrs import frozen
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import Message
from pgcore.quantity import quantity


class _Shelf:
    """What an open broker holds: the messages that wait, in order of arrival. One lock guards all of it."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[str, Message]] = deque()
        self.changed = threading.Condition()
        self.closed = False

    def take(self, channels: Sequence[str], recipient_id: str) -> list[Message]:
        """All that waits for a recipient on these channels; called with the lock held."""
        found: list[Message] = []
        others: deque[tuple[str, Message]] = deque()
        for channel, message in self.waiting:
            if channel in channels and message.recipient == recipient_id:
                found.append(message)
            else:
                others.append((channel, message))
        self.waiting = others
        return found


@frozen
class AcmeBroker(MessageBroker):
    """Moves messages between the threads of one process; one list holds them all.

    A broker that reaches other processes declares ``remote = True``, connects in :meth:`open`, and turns messages into bytes with
    ``pgcore.codec``.
    """

    type = "acme"

    capacity: int = quantity("1", "messages that may wait altogether", default=100_000, ge=1)

    _shelf: ClassVar[_Shelf | None] = None
    """What an instance holds once it is open: no option, so that it is neither compared nor pickled."""

    def open(self, hub: bool = True) -> None:
        if self._shelf is None:
            object.__setattr__(self, "_shelf", _Shelf())
        self._opened()

    def create_channel(self, channel: str) -> None:
        self._opened()

    def publish(self, channel: str, message: Message) -> None:
        shelf = self._opened()
        with shelf.changed:
            if len(shelf.waiting) >= self.capacity:
                raise BrokerFault(f"{self.capacity} messages wait, the capacity; do their recipients still consume?")
            shelf.waiting.append((channel, message))
            shelf.changed.notify_all()

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        shelf, channels = self._opened(), (channel,) if isinstance(channel, str) else channel
        found: list[Message] = []

        def arrived() -> bool:
            found.extend(shelf.take(channels, recipient_id))
            return bool(found) or shelf.closed

        with shelf.changed:
            if not arrived() and timeout_s > 0.0:
                shelf.changed.wait_for(arrived, min(timeout_s, threading.TIMEOUT_MAX))
        self._opened()
        return found

    def close(self) -> None:
        if self._shelf is None:
            self.open()  # closed before it was used: later calls are told so
        if self._shelf is not None:
            with self._shelf.changed:
                self._shelf.closed = True
                self._shelf.waiting.clear()
                self._shelf.changed.notify_all()

    def _opened(self) -> _Shelf:
        shelf = self._shelf
        if shelf is None:
            raise BrokerFault("the broker is not open; call open() before it is used")
        if shelf.closed:
            raise BrokerFault("the broker is closed; make a new one")
        return shelf
