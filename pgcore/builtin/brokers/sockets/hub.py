"""Hub: the environment's end of the socket broker, to which every other process connects."""

import logging
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.builtin.brokers.sockets.address import Address
from pgcore.builtin.brokers.sockets.link import Link, NoAnswer, WrongKey
from pgcore.builtin.brokers.sockets.parcels import CLAIM, MESSAGE, REFUSED, TAKEN, Parcel, Place, place, posted
from pgcore.builtin.brokers.sockets.secret import Secret
from pgcore.codec import CodecError
from pgcore.contracts.broker import BrokerFault
from pgcore.messages import Message

GREETING_S = 5.0
"""Time in which whoever connects must prove that it holds the key."""

GRACE_S = 0.4
"""Time for the other ends to read what was sent last, when the hub closes; as much again for those that do not hang up."""

_ACCEPT_S = 0.1
"""How often the listening thread looks whether it is to end, where closing its socket does not wake it."""

_LOG = logging.getLogger("pgcore")


class Hub:
    """Delivers to readers in this process, forwards to those that other processes claimed, and keeps what is for nobody yet.

    A place has one reader: this process goes first, among others the newest claim wins; and the process that lost the place is told.
    """

    def __init__(self, address: Address, secret: Secret, capacity: int) -> None:
        self._secret, self._capacity = secret, capacity
        self._local = InMemoryBroker(capacity=capacity)
        self._local.open()
        self._server = _listening(address)
        self.address = address.bound(self._server)
        self._lock = threading.Lock()
        self._here: set[Place] = set()
        self._routes: dict[Place, Link] = {}
        self._waiting: dict[Place, deque[Parcel]] = {}
        self._gone: list[str] = []
        self._links: dict[Link, threading.Thread] = {}
        self._counts: Counter[str] = Counter(dict.fromkeys(("published", "forwarded", "received", "undeliverable", "refused"), 0))
        self._malformed = 0
        self._closed = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name=f"pgcore hub {self.address}", daemon=True)
        self._accepting.start()

    def create_channel(self, channel: str) -> None:
        """Make a channel known in this process."""
        self._local.create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        """Deliver, forward or keep a message.

        Raises:
            BrokerFault: there is no room for it, or the hub is closed.
        """
        if place(channel, message.recipient) in self._here or not self._forward(posted(channel, message)):
            self._local.publish(channel, message)
        with self._lock:
            self._counts["published"] += 1

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float) -> list[Message]:
        """Messages for a reader of this process."""
        for name in (channel,) if isinstance(channel, str) else channel:
            if (to := place(name, recipient_id)) not in self._here:
                self._claim_here(to)
        return self._local.consume(channel, recipient_id, timeout_s)

    def waiting(self, timeout_s: float) -> Collection[str]:
        """Readers of this process for whom messages wait."""
        return self._local.waiting(timeout_s)

    def connected(self) -> set[str]:
        """Recipients whose processes are connected."""
        with self._lock:
            return {recipient for _, recipient in self._routes}

    def gone(self) -> list[str]:
        """Recipients whose connection was lost since the last call, in that order."""
        with self._lock:
            lost, self._gone = self._gone, []
        return lost

    def counts(self) -> dict[str, int]:
        """What was counted so far."""
        with self._lock:
            waiting = sum(map(len, self._waiting.values()))
            return {**self._counts, "waiting": waiting, "malformed": self._malformed + sum(link.malformed for link in self._links)}

    def close(self) -> None:
        """Let the other ends read what was sent, end every connection and thread, and wake readers. Takes under 1 s."""
        if self._closed.is_set():
            return
        self._closed.set()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, where the system does that
        self._accepting.join()
        self._server.close()
        self.address.leave()
        for link in self._links:
            link.finish()
        self._local.close()
        _join(self._links.values(), GRACE_S)
        for link in self._links:
            link.cut("the hub closed")
        _join(self._links.values(), GRACE_S)

    def _accept(self) -> None:
        self._server.settimeout(_ACCEPT_S)
        while not self._closed.is_set():
            try:
                made, peer = self._server.accept()
                self._start(Link(made, "a process on this host" if self.address.path else f"{peer[0]}:{peer[1]}"))
            except TimeoutError:
                continue
            except (OSError, RuntimeError) as error:
                if not self._closed.wait(_ACCEPT_S):  # such as too many open files or threads: later ones may have more luck
                    _LOG.warning("the hub at %s cannot accept a connection: %s", self.address, error)

    def _start(self, link: Link) -> None:
        thread = threading.Thread(target=self._serve, args=(link,), name=f"pgcore hub, {link.peer}", daemon=True)
        with self._lock:
            for ended in [known for known, reader in self._links.items() if not reader.is_alive()]:
                self._malformed += ended.malformed
                del self._links[ended]
            self._links[link] = thread
        thread.start()

    def _serve(self, link: Link) -> None:
        try:
            link.greet(self._secret.key, first=True, timeout_s=GREETING_S)
            link.read(self._receive)
        except WrongKey:
            self._turn_away(f"the key of {link.peer} does not match that in {self._secret.source}: both ends need the same secret")
        except NoAnswer as error:
            self._turn_away(str(error))
        finally:
            link.release()
            self._forget(link)

    def _turn_away(self, why: str) -> None:
        with self._lock:
            self._counts["refused"] += 1
        if not self._closed.is_set():
            _LOG.warning("the hub at %s refused a connection: %s", self.address, why)

    def _receive(self, link: Link, parcel: Parcel) -> None:
        if parcel.kind == CLAIM:
            self._claim(link, parcel)
        elif parcel.kind == MESSAGE:
            with self._lock:
                self._counts["received"] += 1
            try:
                if not self._forward(parcel):
                    self._local.publish(parcel.channel, parcel.message())
            except BrokerFault as error:
                self._return(link, parcel, error)

    def _forward(self, parcel: Parcel) -> bool:
        """Send a message on to the process of its reader, or keep it for one that may come; false if the reader is here."""
        link = self._routes.get(parcel.place)
        if link and not link.has_room(self._capacity):
            raise BrokerFault(f"{parcel.recipient} at {link.peer} does not take its messages: {self._capacity} wait for it already")
        with self._lock:
            if self._closed.is_set():
                raise BrokerFault("the socket broker is closed")
            if parcel.place in self._here:
                return False
            link = self._routes.get(parcel.place)
            if link is None:
                self._keep(parcel)
                return True
            link.queue([parcel])
            self._counts["forwarded"] += 1
        link.flush()
        return True

    def _keep(self, parcel: Parcel) -> None:
        kept = self._waiting.setdefault(parcel.place, deque())
        if len(kept) >= self._capacity:
            who = f"{parcel.recipient} is not connected and {self._capacity} messages wait for it, the last for {parcel.channel}"
            raise BrokerFault(f"{who}: start its process, or raise the broker's `capacity`")
        kept.append(parcel)

    def _claim_here(self, to: Place) -> None:
        """A reader in this process: it gets what waits for it, before anything that is published from now on."""
        with self._lock:
            if to in self._here:
                return
            loser = self._routes.pop(to, None)
            for parcel in self._waiting.pop(to, ()):
                self._hand_over(parcel)
            self._here.add(to)
            if loser:
                loser.queue([Parcel(TAKEN, *to)])
        if loser:
            loser.flush()

    def _hand_over(self, parcel: Parcel) -> None:
        try:
            self._local.publish(parcel.channel, parcel.message())
        except (BrokerFault, CodecError) as error:  # another process sent it: no reason to stop this one
            self._malformed += 1
            _LOG.warning("what waited for %s on %s is dropped: %s", parcel.recipient, parcel.channel, error)

    def _claim(self, link: Link, parcel: Parcel) -> None:
        """A reader in another process, likewise, unless one in this process has the place."""
        to = parcel.place
        with self._lock:
            winner = None if to in self._here else link
            loser = self._routes.get(to) if winner else link
            if winner:
                self._routes[to] = winner
                winner.queue(self._waiting.pop(to, ()))
            if loser and loser is not winner:
                loser.queue([Parcel(TAKEN, *to)])
        for told in (winner, loser):
            if told:
                told.flush()

    def _return(self, link: Link, parcel: Parcel, error: BrokerFault) -> None:
        """Tell the sender that a message had no room here."""
        with self._lock:
            self._counts["undeliverable"] += 1
            first = self._counts["undeliverable"] == 1
            link.queue([Parcel(REFUSED, parcel.channel, parcel.recipient, str(error).encode())])
        if first and not self._closed.is_set():
            _LOG.warning("a message of %s could not be delivered (further ones are only counted): %s", link.peer, error)
        link.flush()

    def _forget(self, link: Link) -> None:
        """A connection ended: its readers are gone, and what they may not have got is kept for their return."""
        with self._lock:
            mine = [to for to, known in self._routes.items() if known is link]
            for to in mine:
                del self._routes[to]
            self._gone += [recipient for _, recipient in mine]
            heirs = {self._keep_again(parcel) for parcel in link.unsent() if parcel.kind == MESSAGE}
        for heir in filter(None, heirs):
            heir.flush()
        if mine and not self._closed.is_set():
            _LOG.info("the connection of %s with %s ended: %s", ", ".join(recipient for _, recipient in mine), link.peer, link.reason)

    def _keep_again(self, parcel: Parcel) -> Link | None:
        """Put a message back to those that wait, or to what the process will be sent that took its reader's place."""
        heir = self._routes.get(parcel.place)
        if heir:
            heir.queue([parcel])
        else:
            self._waiting.setdefault(parcel.place, deque()).append(parcel)
        return heir


def _listening(address: Address) -> socket.socket:
    try:
        return address.listen()
    except OSError as error:
        raise BrokerFault(f"the socket broker cannot listen at {address}: {error.strerror or error}; give another `address`") from error


def _join(threads: Iterable[threading.Thread], within_s: float) -> None:
    until = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
