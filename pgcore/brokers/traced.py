"""TracedBroker: a broker around a broker that writes down what is published."""

import json
import logging
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO, ClassVar

from pgcore.brokers.traffic import Traffic, kind_of
from pgcore.channels import KIND_OF, may_write
from pgcore.codec import CodecError, encode
from pgcore.contracts.broker import MessageBroker
from pgcore.messages import Message, Silence

_LOG = logging.getLogger(__name__)


class TracedBroker(MessageBroker):
    """Writes every message that is published through it as a line of JSON, and counts messages and bytes (:attr:`traffic`).

    A line holds the time since :meth:`open` in µs, the channel, the size of the encoded message in bytes, and the message as the codec writes it::

        {"t_us":1520,"channel":"env_0__reports","bytes":310,"message":{"v":1,"env_id":"0", … ,"body":{"type":"Report", … }}}

    :mod:`pgcore.tracing` reads it. What comes from senders in other processes is written when it is consumed; what those say among themselves is not
    seen. A disk that is full, or a message that cannot be encoded, is named in one warning and never ends a run.
    """

    type: ClassVar[str] = "traced"

    def __init__(self, base_broker: MessageBroker, file: Path | None = None) -> None:
        """Trace ``base_broker``.

        Args:
            file: where to write, replaced if it exists; ``None`` counts only.
        """
        self._base, self._path = base_broker, file
        self._file: BinaryIO | None = None
        self._began = time.perf_counter()
        self._lock = Lock()
        self._here: set[str] = set()
        """Senders that publish through this broker."""
        self._untraced = 0
        self.traffic = Traffic()
        """What was published so far."""
        vars(self).update({name: getattr(base_broker, name) for name in ("remote", "durable", "ordered", "replay")})

    def open(self, hub: bool = True) -> None:
        """Open the file and the base broker.

        Raises:
            OSError: the file cannot be written.
        """
        if self._path is not None and self._file is None:
            self._file = self._path.open("wb")
            self._began = time.perf_counter()
        self._base.open(hub)

    def create_channel(self, channel: str) -> None:
        self._base.create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        self._here.add(message.sender)
        self._note(channel, message)  # before it is sent, since another thread may trace the answer before this one goes on
        self._base.publish(channel, message)

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        came = self._base.consume(channel, recipient_id, timeout_s)
        if self._base.remote:
            names = (channel,) if isinstance(channel, str) else channel
            for message in came:
                if message.sender not in self._here:
                    self._note(_channel_of(message, names), message)
        return came

    def waiting(self, timeout_s: float = 0.0) -> Collection[str] | None:
        return self._base.waiting(timeout_s)

    def gone(self) -> Collection[str]:
        return self._base.gone()

    def close(self) -> None:
        """Close the base broker, then the file."""
        try:
            self._base.close()
        finally:
            with self._lock:
                self._end()

    def counts(self) -> dict[str, int]:
        """The base broker's counts, the messages and bytes traced, and how many messages could not be (``untraced``)."""
        with self._lock:
            return {**self._base.counts(), **self.traffic.counts(), "untraced": self._untraced}

    def _note(self, channel: str, message: Message) -> None:
        t_us = int((time.perf_counter() - self._began) * 1e6)
        try:
            encoded = encode(message)
        except CodecError as error:
            self._untraced += 1
            if self._untraced == 1:
                _LOG.warning("a message of %s on %s is not in the trace, nor will others like it be: %s", message.sender, channel, error)
            return
        with self._lock:
            self.traffic.add(channel, message, len(encoded))
            if self._file is not None:
                self._write(b'{"t_us":%d,"channel":%s,"bytes":%d,"message":%s}\n' % (t_us, json.dumps(channel).encode(), len(encoded), encoded))

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(line)
        except OSError as error:
            self._give_up(error)

    def _end(self) -> None:
        """Write what is held back and close the file."""
        if self._file is None:
            return
        try:
            self._file.flush()
        except OSError as error:
            self._give_up(error)
        else:
            self._file.close()
            self._file = None

    def _give_up(self, error: OSError) -> None:
        _LOG.warning("the trace %s ends here, the run goes on: %s", self._path, error.strerror or error)
        if self._file is not None:
            with suppress(OSError):  # it tries again to write what it could not
                self._file.close()
        self._file = None


def _channel_of(message: Message, names: Sequence[str]) -> str:
    """The one of several channels that a message came on, which it does not say itself: the one for its kind of body that its sender may write."""
    if len(names) == 1:
        return names[0]
    body = message.body
    kind = KIND_OF.get(body.of if isinstance(body, Silence) else type(body).__name__)
    fit = [name for name in names if kind_of(name) == kind and may_write(message.sender, name)]
    return fit[0] if fit else " or ".join(names)
