"""Barrier: hear from everyone in a tick, or know who stayed silent, by a deadline."""

import logging
from collections.abc import Callable, Collection, Sequence
from time import monotonic
from typing import TypeVar

from attrs import field, frozen

from pgcore.hosting import Hosting
from pgcore.mailbox import Mailbox
from pgcore.messages import Message, Silence

_LOG = logging.getLogger("pgcore")

B = TypeVar("B")

Ask = Callable[[Collection[str]], None]
"""Asks some actors, once more if need be."""

_LOOK_S = 0.25
"""How long to wait for messages before looking again who has died."""


class AgentSilent(RuntimeError):
    """Actors were not heard within the deadline, and the spec says ``on_silence: raise``; the message names them."""


@frozen
class Patience:
    """How long the environment waits for its actors, and what it does without those that stay silent."""

    deadline_s: float = 10.0
    """Of wall time, for each round of messages."""
    on_silence: str = "hold"
    """``hold`` what was last heard, ``drop`` the silent actor's devices to zero power, or ``raise``."""
    retries: int = 2
    """How often it asks again."""


@frozen(eq=False)
class Barrier:
    """Gathers one round of messages.

    ``overheard`` is shown every message that arrives meanwhile, before it counts.
    """

    mailbox: Mailbox
    hosting: Hosting
    patience: Patience
    overheard: Callable[[Message], None]
    silences: dict[str, int] = field(factory=dict)
    """How often each actor was not heard in time."""
    dead: set[str] = field(factory=set)
    """Actors that died and were not heard since."""
    away: set[str] = field(factory=set)
    """Those of them that are not waited for any more, until they come back: a deadline has passed since, or they will not be started again."""

    def gather(self, kind: type[B], tick: int, senders: Collection[str], ask: Ask, fits: Callable[[B], bool] = lambda body: True) -> dict[str, B]:
        """What each of ``senders`` says in this tick, after ``ask``; those who stay silent after all retries are left out.

        Raises:
            AgentSilent: some are left out and the spec says so.
        """
        heard: dict[str, B] = {}
        if self.away:
            self._overhear()
        for _ in range(self.patience.retries + 1):
            missing = [name for name in senders if name not in heard and name not in self.away]
            if missing:
                ask(missing)
                self._listen(kind, tick, set(missing), heard, fits)
            if len(heard) == len(senders):
                return heard
        self._mind([name for name in senders if name not in heard], kind, tick)
        return heard

    def back(self, name: str, tick: int) -> None:
        """Wait for an actor again that was away."""
        self._look(tick)  # whatever was lost of its former life is not to be counted against it later
        self.dead.discard(name)
        self.away.discard(name)

    def _overhear(self) -> None:
        for _, message in self.mailbox.receive():
            self.overheard(message)

    def _look(self, tick: int) -> None:
        """Note who has died."""
        died = [name for name in self.hosting.gone() if name not in self.dead]
        if died:
            self.dead.update(died)
            _LOG.warning("step %d: the process of %s has ended or cannot be reached", tick, listed(died))
        self.away.update(self.dead.intersection(self.hosting.lost()))

    def _listen(self, kind: type[B], tick: int, missing: set[str], heard: dict[str, B], fits: Callable[[B], bool]) -> None:
        """Hear each of ``missing`` once: what it says, or that it was lost."""
        deadline = monotonic() + self.patience.deadline_s / (self.patience.retries + 1)
        while missing:
            self.hosting.pulse()
            if self.hosting.remote:
                self._look(tick)
                missing -= self.away
                if not missing:
                    return
            wait_s = min(deadline - monotonic(), _LOOK_S) if self.hosting.remote else 0.0
            arrived = self.mailbox.receive(max(wait_s, 0.0))
            for _, message in arrived:
                self.overheard(message)
                self._sort(message, kind, tick, missing, heard, fits)
            if not arrived and (not self.hosting.remote or monotonic() >= deadline):
                return

    def _sort(self, message: Message, kind: type[B], tick: int, missing: set[str], heard: dict[str, B], fits: Callable[[B], bool]) -> None:
        body, sender = message.body, message.sender
        if sender not in missing or message.tick != tick:
            return
        if isinstance(body, kind) and fits(body):
            heard[sender] = body
            missing.discard(sender)
        elif isinstance(body, Silence) and body.of == kind.__name__:
            missing.discard(sender)

    def _mind(self, silent: Sequence[str], kind: type, tick: int) -> None:
        """Count who was silent, and end the run where the spec says so."""
        for name in silent:
            self.silences[name] = self.silences.get(name, 0) + 1
        self.away.update(self.dead.intersection(silent))
        if self.patience.on_silence == "raise":
            asked = f"{self.patience.retries + 1} times within {self.patience.deadline_s:g} s"
            raise AgentSilent(f"step {tick}: no {kind.__name__} from {listed(silent)}, asked {asked}; run.on_silence is raise")


def listed(names: Sequence[str]) -> str:
    """Names for a message, not too many."""
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
