"""Progress of a run on the terminal: a bar, or plain lines where there is no terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_LINE_S = 10.0
"""Seconds between two plain lines."""


class Speed(ProgressColumn):
    """Steps per second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} steps/s")


@contextmanager
def progress(episodes: int, steps: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """Gives what to call after every step of ``episodes`` of ``steps`` each. All goes to standard error."""
    console = Console(stderr=True)
    if quiet:
        yield lambda: None
    elif console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("steps"), Speed(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("running", total=episodes * steps)
            yield lambda: bar.advance(task)
    else:
        yield Lines(episodes * steps).stepped


class Lines:
    """Says now and then how far a run is."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self._start = self._said = perf_counter()

    def stepped(self) -> None:
        """Count a step; says something every few seconds and at the end."""
        self.done += 1
        now = perf_counter()
        if now - self._said >= _LINE_S or self.done == self.total:
            self._said = now
            click.echo(f"step {self.done} of {self.total}, {self.done / max(now - self._start, 1e-9):.1f} steps/s", err=True)
