"""Hosting: where actors run: in this thread, or anywhere else."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from time import monotonic, sleep

from pgcore.agents.actors import Actor
from pgcore.agents.company import Company
from pgcore.contracts.broker import MessageBroker

LEAVING_S = 1.0
"""Time for actors elsewhere to hear that the run is over, and to leave by themselves."""

_LOOK_S = 0.01


class Hosting(ABC):
    """Where the actors run, as the environment needs to know it."""

    remote: bool = True
    """Whether they can go on speaking after :meth:`pulse` has returned; they join by themselves then."""
    wait_s: float = 60.0
    """How long to wait until all have joined."""

    def awaited(self, missing: Collection[str]) -> None:
        """Called again and again while some have not joined yet."""
        return

    def pulse(self) -> None:
        """Let those that run in this thread answer all that has arrived."""
        return

    def gone(self) -> Collection[str]:
        """Actors known to have died since this was last asked."""
        return ()

    def lost(self) -> Collection[str]:
        """Actors that died and will not be started again."""
        return ()

    def how_to_start(self, names: Sequence[str]) -> str:
        """What the user can do about actors that do not come, in words."""
        return "their processes may still be starting"

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
        self.company, self.broker = Company(actors), broker
        self._names = frozenset(actor.name for actor in actors)
        self.company.turn()  # reads once, so that a broker that reaches further knows that they live here

    def pulse(self) -> None:
        """Let actors answer until nobody has anything more to say."""
        while (called := self._called()) and self.company.turn(called):
            pass

    def _called(self) -> Collection[str]:
        """Those for whom messages wait; everyone, where the broker cannot say."""
        waiting = self.broker.waiting()
        return self._names if waiting is None else self._names.intersection(waiting)

    def close(self) -> None:
        """Close the broker."""
        self.broker.close()

    def counts(self) -> dict[str, int]:
        """What the actors counted, all together."""
        total: Counter[str] = Counter()
        for actor in self.company.actors:
            total.update(actor.counts())
        return dict(total)


class Elsewhere(Hosting):
    """Actors are started by hand, on any host.

    Args:
        broker: reaches them.
        actors: who they are.
        command: the command line that starts some actors.
        wait_s: how long to wait until all have joined.
        told: shown who is still missing, again and again.
        interrupted: whether the user wants to stop although actors are still waited for.
    """

    def __init__(
        self,
        broker: MessageBroker,
        actors: Collection[str],
        command: Callable[[Sequence[str]], str],
        wait_s: float = 60.0,
        told: Callable[[Collection[str]], None] = lambda missing: None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self.broker, self.wait_s = broker, wait_s
        self._there = set(actors)
        self._command, self._told, self._interrupted = command, told, interrupted

    def awaited(self, missing: Collection[str]) -> None:
        """Show who is missing."""
        self._told(missing)

    def pulse(self) -> None:
        """Look whether to go on waiting.

        Raises:
            KeyboardInterrupt: the user does not want to.
        """
        if self._interrupted():
            raise KeyboardInterrupt

    def gone(self) -> Collection[str]:
        """Actors whose connection was lost, as far as the broker can tell."""
        return self.broker.gone()

    def how_to_start(self, names: Sequence[str]) -> str:
        """The command line."""
        return f"start them with:\n  {self._command(names)}"

    def close(self) -> None:
        """Close the broker, once those who were told that the run is over have left, or had the time to."""
        until_s = monotonic() + LEAVING_S
        while self._there and monotonic() < until_s:
            self._there.difference_update(self.broker.gone())
            sleep(_LOOK_S)
        self.broker.close()
