"""Traffic: how many messages and bytes there were, by kind of channel, and per step."""

from functools import lru_cache

from pgcore.channels import ChannelError, parse
from pgcore.messages import Message

OTHER = "other"
"""Channels whose names say nothing."""


class Traffic:
    """Adds up messages; a step is counted when its first message is seen, tick 0 being a reset and no step."""

    def __init__(self) -> None:
        self.messages: dict[str, int] = {}
        """By kind of channel."""
        self.bytes: dict[str, int] = {}
        self.steps = 0
        self._latest: dict[str, tuple[int, int]] = {}
        """The latest episode and tick of each environment."""

    def add(self, channel: str, message: Message, size_bytes: int) -> None:
        """Count a message of ``size_bytes``."""
        kind = kind_of(channel)
        self.messages[kind] = self.messages.get(kind, 0) + 1
        self.bytes[kind] = self.bytes.get(kind, 0) + size_bytes
        moment = message.episode, message.tick
        if moment > self._latest.get(message.env_id, (0, 0)):
            self._latest[message.env_id] = moment
            self.steps += message.tick > 0

    def per_step(self) -> dict[str, tuple[float, float]]:
        """Messages and bytes of a step on average, by kind of channel; those of resets are shared out among the steps."""
        return {kind: (number / self.steps, self.bytes[kind] / self.steps) for kind, number in self.messages.items() if self.steps}

    def counts(self) -> dict[str, int]:
        """``messages`` and ``bytes`` in all and by kind, such as ``messages action``, and ``steps``."""
        counts = {"messages": sum(self.messages.values()), "bytes": sum(self.bytes.values()), "steps": self.steps}
        for kind, number in self.messages.items():
            counts |= {f"messages {kind}": number, f"bytes {kind}": self.bytes[kind]}
        return counts


@lru_cache(maxsize=65_536)
def kind_of(channel: str) -> str:
    """The kind of a channel by its name; :data:`OTHER` if that says nothing."""
    try:
        return parse(channel).kind
    except ChannelError:
        return OTHER
