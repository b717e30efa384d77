"""Runner: steps an environment with a policy through whole episodes, and stops between two steps when asked to."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.policies import Policy


class Halt:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """Ask to stop after the step that is being made; asking again stops at once.

        Raises:
            KeyboardInterrupt: this was asked before.
        """
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def halting() -> Iterator[Halt]:
    """A halt that Ctrl-C asks for, so that it never cuts a step, or what observers do with it, in two."""
    halt = Halt()
    if current_thread() is not main_thread():  # signals reach the main thread only
        yield halt
        return
    before = signal.signal(signal.SIGINT, halt.ask)
    try:
        yield halt
    finally:
        signal.signal(signal.SIGINT, before)


def episodes(env: PgcoreEnv, policy: Policy, count: int, halt: Halt, stepped: Callable[[], None]) -> None:
    """Run ``count`` episodes, the first with the spec's seed; ``stepped`` is called after every step."""
    for _ in range(count):
        observations, infos = env.reset()
        while env.agents:
            if halt.asked:
                return
            observations, _, _, _, infos = env.step(policy(observations, infos, env))
            stepped()
