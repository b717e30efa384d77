"""Link: one connection whose two ends have proved that they hold the same key."""

import logging
import os
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge

from pgcore.builtin.brokers.sockets.parcels import MOST_BYTES, MalformedFrame, Parcel, pack, unpack
from pgcore.codec import CodecError

SEND_TIMEOUT_S = 5.0
"""Whoever takes no bytes for so long, while the system's buffers are full, is cut off."""

_BATCH_BYTES = 64 * 1024
"""Parcels that wait are written together up to about so much."""

_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 11_000}
"""Seconds and probes after which a host that vanished without a word is noticed; ms, where bytes to it are still on their way."""

_LOG = logging.getLogger("pgcore")


class WrongKey(Exception):
    """The other end holds another key."""


class NoAnswer(Exception):
    """The other end did not go through with the exchange of challenges."""


class Link:
    """A connection: one thread reads it, and any thread that has something to say writes it.

    Only bytes travel (``send_bytes``, ``recv_bytes``): nothing that arrives is ever unpickled.
    """

    def __init__(self, made: socket.socket, peer: str) -> None:
        try:
            made.settimeout(None)
            _tune(made)
            self._connection = Connection(os.dup(made.fileno()))
        except OSError:
            made.close()
            raise
        self._socket = made  # the connection has a descriptor of its own: shutting this one down wakes whoever reads or writes the other
        self.peer = peer
        self.reason = ""
        """Why it ended; empty while it lasts."""
        self.malformed = 0
        """Frames and messages that could not be read."""
        self._greeted = False
        self._outbox: deque[Parcel] = deque()
        self._writing = threading.Lock()

    def greet(self, key: bytes, first: bool, timeout_s: float) -> None:
        """Prove to each other that both hold ``key`` (challenges and HMACs of the standard library); the hub's end challenges ``first``.

        Raises:
            WrongKey: the other end holds another one.
            NoAnswer: it said nothing that makes sense within ``timeout_s``.
        """
        _limit(self._socket, socket.SO_RCVTIMEO, timeout_s)
        try:
            for step in (deliver_challenge, answer_challenge) if first else (answer_challenge, deliver_challenge):
                step(self._connection, key)
        except AuthenticationError as error:
            raise WrongKey(self.peer) from error
        except (OSError, EOFError, AssertionError, ValueError) as error:
            raise NoAnswer(f"{self.peer} did not answer the challenge: {_words(error)}") from error
        _limit(self._socket, socket.SO_RCVTIMEO, 0)
        self._greeted = True

    def read(self, receive: Callable[["Link", Parcel], None]) -> None:
        """Hand over what arrives until the connection ends; ``reason`` says then why."""
        try:
            while True:
                self._take(self._connection.recv_bytes(MOST_BYTES), receive)
        except (EOFError, OSError) as error:
            self.cut(_words(error))

    def queue(self, parcels: Iterable[Parcel]) -> None:
        """Add to what is to be written; :meth:`flush` writes it. Callers see to it that nobody else queues at the same time."""
        self._outbox.extend(parcels)

    def has_room(self, capacity: int) -> bool:
        """Whether fewer than about ``capacity`` parcels wait to be written; if not, holds up the caller for as long as a write may take."""
        until = time.monotonic() + SEND_TIMEOUT_S
        while len(self._outbox) >= capacity and not self.reason:
            if not self._writing.acquire(timeout=max(0.0, until - time.monotonic())):
                return False
            self._writing.release()
            self.flush()
        return True

    def flush(self) -> None:
        """Write what is queued, unless another thread is at it: it will then write this too. If that fails the connection ends."""
        while self._outbox and not self.reason and self._writing.acquire(blocking=False):
            try:
                self._write()
            except OSError as error:
                self.cut(_words(error))
            finally:
                self._writing.release()

    def unsent(self) -> list[Parcel]:
        """What was queued and perhaps never arrived, once the connection has ended."""
        return list(self._outbox)

    def finish(self) -> None:
        """Say that no more is to come; the other end hangs up when it has read everything. One that proved nothing is cut off."""
        if not self._greeted:
            return self.cut("closed")
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        return None

    def cut(self, reason: str) -> None:
        """End the connection now and wake whoever reads or writes it."""
        self.reason = self.reason or reason
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Give back the descriptors; only the reading thread may, when it is done."""
        self.cut("closed")
        with self._writing:
            self._connection.close()
            self._socket.close()

    def _write(self) -> None:
        batch: list[Parcel] = []
        size = 0
        while self._outbox and size < _BATCH_BYTES:
            batch.append(self._outbox.popleft())
            size += len(batch[-1].payload)
        try:
            self._connection.send_bytes(pack(batch))
        except BaseException:  # also Ctrl-C in the middle of a frame: what came after it would be read as its rest
            self._outbox.extendleft(reversed(batch))
            self.cut("a message was written in part only")
            raise

    def _take(self, frame: bytes, receive: Callable[["Link", Parcel], None]) -> None:
        try:
            parcels = unpack(frame)
        except MalformedFrame as error:
            return self._complain(error)
        for parcel in parcels:
            try:
                receive(self, parcel)
            except CodecError as error:
                self._complain(error)
        return None

    def _complain(self, error: CodecError) -> None:
        self.malformed += 1
        if self.malformed == 1:
            _LOG.warning("%s sent what is no message, which is dropped (further ones are only counted): %s", self.peer, error)


def _tune(made: socket.socket) -> None:
    """No waiting for fuller packets, and no waiting for ever."""
    _limit(made, socket.SO_SNDTIMEO, SEND_TIMEOUT_S)
    if made.family == socket.AF_UNIX:
        return
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # not every system has all of them
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _limit(made: socket.socket, which: int, seconds: float) -> None:
    """Set a time limit in the system rather than in Python, since :class:`Connection` reads and writes the bare descriptor."""
    whole = int(seconds)
    made.setsockopt(socket.SOL_SOCKET, which, struct.pack("ll", whole, int((seconds - whole) * 1e6)))


def _words(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "the other end hung up"
    if isinstance(error, BlockingIOError):
        return "it took too long"
    return str(error) or type(error).__name__
