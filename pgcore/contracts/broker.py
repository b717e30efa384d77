"""MessageBroker: moves messages between an environment and its agents."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from time import sleep
from typing import Any, ClassVar

from pgcore.messages import Message

POLL_S = 0.001
"""How long to wait before asking everyone again, for brokers that cannot tell for whom messages wait."""


class BrokerFault(RuntimeError):
    """A broker could not do what it was asked for: it is closed, full, or cannot be reached. The message says what to check."""


class MessageBroker(ABC):
    """Moves messages. Delivery is at least once: receivers key on ``(env, episode, tick, sender)``, so a duplicate is harmless.

    Its attrs fields are the options of a spec's ``run.broker`` entry. The class attributes declare what it can do. An instance made from a spec
    is only its options until :meth:`open` is called: connections and threads start there, so that a spec can be loaded, validated and pickled.
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

    def open(self, hub: bool = True) -> None:
        """Get ready to move messages. ``hub`` is true in the process of the environment, false in that of an agent; doing so twice is harmless."""
        return

    @abstractmethod
    def create_channel(self, channel: str) -> None:
        """Make ``channel`` known; doing so twice is harmless."""

    @abstractmethod
    def publish(self, channel: str, message: Message) -> None:
        """Send ``message`` to its recipient on ``channel``.

        Raises:
            BrokerFault: it cannot be sent; nothing was lost silently.
        """

    @abstractmethod
    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        """Messages for ``recipient_id`` on one channel, or on any of several, since its last call, in the order in which they arrived.

        Waits up to ``timeout_s`` seconds for the first; an empty list says that there was none.

        Raises:
            BrokerFault: the broker is closed or cannot be reached.
        """

    def waiting(self, timeout_s: float = 0.0) -> Collection[str] | None:
        """Recipients for whom messages wait in this process, as soon as there are any, at the latest after ``timeout_s`` seconds.

        ``None`` says that the broker cannot tell: ask everyone.
        """
        sleep(min(timeout_s, POLL_S))
        return None

    def gone(self) -> Collection[str]:
        """In the environment's process: recipients whose connection was lost since this was last asked; empty where a broker cannot tell."""
        return ()

    @abstractmethod
    def close(self) -> None:
        """Release everything and wake whoever waits; later calls raise :class:`BrokerFault`. Doing so twice is harmless."""

    def counts(self) -> dict[str, int]:
        """What it counted so far, such as ``{"published": 120, "lost": 3}``."""
        return {}

    def __enter__(self) -> Any:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
