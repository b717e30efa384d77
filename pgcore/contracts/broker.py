"""MessageBroker: moves messages between an environment and its agents."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar


class MessageBroker(ABC):
    """Moves messages. Delivery is at least once: receivers key on ``(env, episode, tick, sender)``, so a duplicate is harmless.

    Its attrs fields are the options of a spec's ``run.broker`` entry. The class attributes declare what it can do.
    """

    type: ClassVar[str]
    remote: ClassVar[bool] = False
    """Whether it reaches other processes and hosts."""
    durable: ClassVar[bool] = False
    """Whether messages survive a restart."""
    ordered: ClassVar[bool] = True
    """Whether one sender's messages on one channel arrive in order."""
    replay: ClassVar[bool] = False
    """Whether old messages can be read again."""

    @abstractmethod
    def create_channel(self, channel: str) -> None:
        """Make ``channel`` known; doing so twice is harmless."""

    @abstractmethod
    def publish(self, channel: str, message: Any) -> None:
        """Send ``message`` to everyone who consumes ``channel``."""

    @abstractmethod
    def consume(self, channel: str, recipient_id: str, timeout_s: float) -> list[Any]:
        """Messages for ``recipient_id`` since its last call, oldest first; waits up to ``timeout_s`` seconds for the first."""

    @abstractmethod
    def close(self) -> None:
        """Release everything; later calls raise."""
