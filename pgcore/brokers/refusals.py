"""Refusals: messages and readers that were not let through, counted by reason and by who they claimed to be."""

import logging
from threading import Lock

REASONS = ("unsigned", "foreign", "unknown_key", "expired_key", "tampered", "forbidden", "stale", "replayed", "malformed")
"""Why a message is refused.

``unsigned``: it carries no signature. ``foreign``: it belongs to another environment, channel or recipient, its key to another sender, or its
content says otherwise than its envelope. ``unknown_key``, ``expired_key``: its key is not held, or not in force. ``tampered``: its signature is
not that of its key. ``forbidden``: its sender may not write the channel, or who asked for messages may not read it. ``stale``: it is from an
earlier life of its sender, or too old to tell whether it is new. ``replayed``: it was accepted before. ``malformed``: it is signed, and cannot be
read.
"""

MOST_SENDERS = 1000
"""Claimed senders that are counted by name; a forger makes names up, and must not fill the memory."""
OTHERS = "(others)"

_LONGEST_NAME = 80
_LOG = logging.getLogger(__name__)


class Refused(Exception):
    """A message must not be delivered."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


class Refusals:
    """Counts refused messages and warns of each reason and sender once."""

    def __init__(self) -> None:
        self.by_sender: dict[tuple[str, str], int] = {}
        """How many, by reason and claimed sender."""
        self._senders: set[str] = set()
        self._lock = Lock()

    def add(self, refused: Refused, sender: object, channel: str) -> None:
        """Count a message that claims to come from ``sender``, or a reader of that name."""
        with self._lock:
            name = self._known(sender)
            number = self.by_sender.get((refused.reason, name), 0) + 1
            self.by_sender[refused.reason, name] = number
        if number == 1:
            _LOG.warning("refused %r on %s: %s: %s; more of these are only counted", name, channel, refused.reason, refused)

    def counts(self) -> dict[str, int]:
        """How many were refused for each reason, and ``refused`` in all."""
        totals = dict.fromkeys(("refused", *REASONS), 0)
        with self._lock:
            for (reason, _), number in self.by_sender.items():
                totals[reason] += number
                totals["refused"] += number
        return totals

    def _known(self, sender: object) -> str:
        name = str(sender)[:_LONGEST_NAME]
        if name not in self._senders and len(self._senders) >= MOST_SENDERS:
            return OTHERS
        self._senders.add(name)
        return name
