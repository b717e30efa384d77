"""Halting: Ctrl-C and SIGTERM as a wish to stop that is granted where nothing is cut in two."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

GRACE_S = 0.6
"""Time in which what was begun may end by itself before whoever only waits gives up."""


class Halt:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.number = 0
        """The signal that asked; 0 as long as none did."""
        self.at_once = False
        """Whether nothing is being made that must not be cut in two, so that asking stops at once."""
        self._since_s = 0.0

    @property
    def asked(self) -> bool:
        """Whether to stop after the step that is being made."""
        return self.number != 0

    @property
    def status(self) -> int:
        """The exit status that shells have for a program that was stopped so."""
        return 128 + self.number if self.asked else 0

    @property
    def overdue(self) -> bool:
        """Whether to stop even though somebody is still waited for."""
        return self.asked and monotonic() - self._since_s > GRACE_S

    def ask(self, number: int = signal.SIGINT, frame: FrameType | None = None) -> None:
        """Ask to stop after the step that is being made; asking again stops at once.

        Raises:
            KeyboardInterrupt: this was asked before, or nothing is being made.
        """
        before, self.number = self.asked, number
        if before or self.at_once:
            raise KeyboardInterrupt
        self._since_s = monotonic()


@contextmanager
def halting() -> Iterator[Halt]:
    """A halt that Ctrl-C and SIGTERM ask for, so that they never cut a step, or what observers do with it, in two."""
    halt = Halt()
    if current_thread() is not main_thread():  # signals reach the main thread only
        yield halt
        return
    before = {number: signal.signal(number, halt.ask) for number in SIGNALS}
    try:
        yield halt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
