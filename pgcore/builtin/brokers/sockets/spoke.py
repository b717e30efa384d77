"""Spoke: an agent process's end of the socket broker."""

import threading
import time
from collections import Counter
from collections.abc import Collection, Sequence

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.brokers.sockets.address import Address
from pgcore.builtin.brokers.sockets.link import Link, NoAnswer, WrongKey
from pgcore.builtin.brokers.sockets.parcels import CLAIM, MESSAGE, REFUSED, TAKEN, Parcel, Place, place, posted
from pgcore.builtin.brokers.sockets.secret import Secret
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import Message

_LOOK_S = 0.2
"""How often a reader that waits looks whether the hub is still there."""

_AGAIN_S = 0.05
"""Pause between two attempts to connect."""

GRACE_S = 0.4
"""Time for the hub to read what was sent last; as much again for the thread to end."""


class Spoke:
    """Delivers among the readers of this process, and exchanges all else with the hub."""

    def __init__(self, address: Address, secret: Secret, capacity: int, timeout_s: float) -> None:
        self.address, self._capacity = address, capacity
        self._link = _connect(address, secret, timeout_s)
        self._local = InMemoryBroker(capacity=capacity)
        self._local.open()
        self._lock = threading.Lock()
        self._here: set[Place] = set()
        self._abroad: set[Place] = set()
        """Places that were written to through the hub: they stay so, or a message on the shorter way would overtake one on the longer."""
        self._taken: set[Place] = set()
        self._refused: dict[Place, str] = {}
        self._counts: Counter[str] = Counter(dict.fromkeys(("published", "forwarded", "received"), 0))
        self._closed = threading.Event()
        self._complete = threading.Event()
        """Everything that the hub sent has been read."""
        self._reader = threading.Thread(target=self._read, name=f"pgcore spoke of {address}", daemon=True)
        self._reader.start()

    def create_channel(self, channel: str) -> None:
        """Make a channel known in this process."""
        self._local.create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        """Deliver a message here, or send it to the hub.

        Raises:
            BrokerFault: the hub is gone, or had no room for the last message to this recipient.
        """
        to = place(channel, message.recipient)
        if to in self._here and to not in self._abroad:
            self._local.publish(channel, message)
        else:
            self._send(to, posted(channel, message))
        with self._lock:
            self._counts["published"] += 1

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float) -> list[Message]:
        """Messages for a reader of this process; what arrived before the hub went is still read."""
        places = {place(name, recipient_id) for name in ((channel,) if isinstance(channel, str) else channel)}
        if claimed := places - self._here - self._taken:
            self._claim(claimed)
        until = time.monotonic() + timeout_s
        while True:
            left = until - time.monotonic()
            complete = self._complete.is_set()  # asked before reading: then nothing can arrive after it
            found = self._local.consume(channel, recipient_id, max(0.0, min(left, _LOOK_S)))
            if found:
                return found
            self._check(places, complete)
            if left <= _LOOK_S:
                return []

    def waiting(self, timeout_s: float) -> Collection[str]:
        """Readers of this process for whom messages wait."""
        complete = self._complete.is_set()
        found = self._local.waiting(max(0.0, min(timeout_s, _LOOK_S)))
        if not found:
            self._check(set(), complete)
        return found

    def counts(self) -> dict[str, int]:
        """What was counted so far."""
        return {**self._counts, "malformed": self._link.malformed}

    def close(self) -> None:
        """Let the hub read what was sent, end the connection and its thread, and wake readers. Takes under 1 s."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._link.finish()
        self._local.close()
        self._reader.join(GRACE_S)
        self._link.cut("closed")
        self._reader.join(GRACE_S)

    def _send(self, to: Place, parcel: Parcel) -> None:
        if not self._link.has_room(self._capacity):
            raise BrokerFault(f"the hub at {self.address} does not take messages: {self._capacity} wait for it already")
        with self._lock:
            self._raise_if_ended()
            if to in self._refused:
                raise BrokerFault(f"an earlier message was not delivered: {self._refused.pop(to)}")
            self._abroad.add(to)
            self._link.queue([parcel])
            self._counts["forwarded"] += 1
        self._link.flush()
        self._raise_if_ended()

    def _claim(self, places: set[Place]) -> None:
        with self._lock:
            self._here |= places
            self._link.queue(Parcel(CLAIM, *to) for to in places)
        self._link.flush()

    def _check(self, places: set[Place], complete: bool) -> None:
        if complete:
            self._raise_if_ended()
        for to in places & self._taken:
            raise BrokerFault(f"another process took the place of {to[1]} at the hub at {self.address}: only one may read for it at a time")

    def _raise_if_ended(self) -> None:
        if self._closed.is_set():
            raise BrokerFault("the socket broker is closed")
        if self._link.reason:
            raise BrokerFault(f"the hub at {self.address} is gone ({self._link.reason}): the environment's process has ended, or the network failed")

    def _read(self) -> None:
        try:
            self._link.read(self._receive)
        finally:
            self._link.release()
            self._complete.set()

    def _receive(self, link: Link, parcel: Parcel) -> None:
        if parcel.kind == MESSAGE:
            self._counts["received"] += 1
            self._deliver(parcel.channel, parcel.message())
        elif parcel.kind == TAKEN:
            with self._lock:
                self._here.discard(parcel.place)
                self._taken.add(parcel.place)
        elif parcel.kind == REFUSED:
            with self._lock:
                self._refused[parcel.place] = parcel.payload.decode(errors="replace")

    def _deliver(self, channel: str, message: Message) -> None:
        try:
            self._local.publish(channel, message)
        except BrokerFault as error:
            if not self._closed.is_set():
                self._link.cut(f"a message for {message.recipient} had no room: {error}")


def _connect(address: Address, secret: Secret, timeout_s: float) -> Link:
    """Try until somebody listens who holds the key.

    Raises:
        BrokerFault: nobody did in time, or the key is wrong.
    """
    if not address.path and not address.port:
        raise BrokerFault(f"the socket broker's address {address} has port 0, which only the hub may use: give the port that the hub was bound to")
    until = time.monotonic() + timeout_s
    while True:
        left = max(0.01, until - time.monotonic())
        try:
            return _greeted(address, secret, left)
        except WrongKey as error:
            why = f"the key in {secret.source} does not match that of the hub at {address}: both ends need the same secret"
            raise BrokerFault(why) from error
        except (OSError, NoAnswer) as error:
            if time.monotonic() + _AGAIN_S >= until:
                why = f"no hub at {address} within {timeout_s:g} s ({getattr(error, 'strerror', None) or error})"
                raise BrokerFault(f"{why}: start the environment first, or check the address") from error
        time.sleep(_AGAIN_S)


def _greeted(address: Address, secret: Secret, timeout_s: float) -> Link:
    link = Link(address.dial(timeout_s), f"the hub at {address}")
    try:
        link.greet(secret.key, first=False, timeout_s=timeout_s)
    except BaseException:
        link.release()
        raise
    return link
