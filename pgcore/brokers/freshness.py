"""Freshness: tells a message that is new from one that was accepted before."""

import math
from threading import Lock

from pgcore.brokers.refusals import Refused
from pgcore.messages import Message

WINDOW = 1024
"""How far a message may lag behind the newest of its sender on its channel."""

_MASK = (1 << WINDOW) - 1
_UNHEARD: tuple[float, dict[str, "Window"]] = (-math.inf, {})
"""The life before the first."""


class Window:
    """The sequence numbers seen on one channel in one life of its sender: the newest, and which of the last :data:`WINDOW` (RFC 4303, 3.4.3)."""

    __slots__ = ("_newest", "_seen")

    def __init__(self) -> None:
        self._newest = 0
        self._seen = 0
        """Bit ``i`` stands for the ``i``-th number before the newest."""

    def add(self, seq: int) -> None:
        """Note a number.

        Raises:
            Refused: it was noted before, or is so old that nobody knows.
        """
        ahead = seq - self._newest
        if ahead > 0:
            self._seen = ((self._seen << ahead) | 1) & _MASK if ahead < WINDOW else 1
            self._newest = seq
        elif ahead <= -WINDOW:
            raise Refused("stale", f"its number {seq} is more than {WINDOW} behind the newest, {self._newest}")
        elif self._seen >> -ahead & 1:
            raise Refused("replayed", f"its number {seq} was accepted before")
        else:
            self._seen |= 1 << -ahead


class Freshness:
    """What was accepted so far, in the latest life of each sender."""

    def __init__(self) -> None:
        self._lives: dict[tuple[str, str], tuple[int, dict[str, Window]]] = {}
        """Number and windows of the latest life, by environment and sender."""
        self._lock = Lock()

    def add(self, channel: str, message: Message) -> None:
        """Note a message whose signature was checked; nothing else may be noted, lest a forger moves the window.

        Raises:
            Refused: it is not new.
        """
        who = message.env_id, message.sender
        with self._lock:
            epoch, windows = self._lives.get(who, _UNHEARD)
            if message.epoch > epoch:
                windows = {}
                self._lives[who] = message.epoch, windows
            elif message.epoch < epoch:
                raise Refused("stale", f"it is of life {message.epoch} of its sender, whose life {epoch} has begun")
            window = windows.get(channel)
            if window is None:
                window = windows[channel] = Window()
            window.add(message.seq)
