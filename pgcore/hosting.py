"""Hosting: where actors run: in this thread, or anywhere else."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Sequence

from pgcore.agents.actors import Actor
from pgcore.contracts.broker import MessageBroker


class Hosting(ABC):
    """Where the actors run, as the environment needs to know it."""

    remote: bool = True
    """Whether they can go on speaking after :meth:`pulse` has returned."""

    def pulse(self) -> None:
        """Let those that run in this thread answer all that has arrived."""
        return

    def gone(self) -> Collection[str]:
        """Actors known to have died since this was last asked."""
        return ()

    @abstractmethod
    def close(self) -> None:
        """End what was started; called after everyone was told that the run is over."""

    def counts(self) -> dict[str, int]:
        """What actors in this process counted, all together."""
        return {}


class InProcess(Hosting):
    """All actors take turns in the environment's thread: deterministic, and nothing to start."""

    remote = False

    def __init__(self, actors: Sequence[Actor], broker: MessageBroker) -> None:
        self.actors, self.broker = tuple(actors), broker

    def pulse(self) -> None:
        """Let actors answer, parents before children, until nobody has anything more to say."""
        while True:
            waiting = self.broker.waiting()
            moved = [actor.turn() for actor in self.actors if waiting is None or actor.name in waiting]
            if not any(moved):
                return

    def close(self) -> None:
        """Close the broker."""
        self.broker.close()

    def counts(self) -> dict[str, int]:
        """What the actors counted, all together."""
        return dict(sum((Counter(actor.counts()) for actor in self.actors), Counter()))


class Elsewhere(Hosting):
    """Actors are started by hand, on any host."""

    def __init__(self, broker: MessageBroker) -> None:
        self.broker = broker

    def close(self) -> None:
        """Close the broker."""
        self.broker.close()
