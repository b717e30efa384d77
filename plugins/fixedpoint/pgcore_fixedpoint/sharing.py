"""Shares a batch among threads of our own."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pgcore.columns import Index

WORTHWHILE = 20_000
"""So many buses, over all environments, are worth a thread: half a millisecond of work."""
BLOCK = 8


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shares(rows: Index, threads: int, buses: int) -> list[Index]:
    """Rows for each thread: whole blocks, and no more threads than the work is worth."""
    blocks = -(-len(rows) // BLOCK)
    wanted = min(threads, blocks, len(rows) * buses // WORTHWHILE)
    return [rows] if wanted <= 1 else [rows[BLOCK * part[0] : BLOCK * (part[-1] + 1)] for part in np.array_split(np.arange(blocks), wanted)]


class Crew:
    """Threads that are made when they are first needed. A copy of it, in a pickle or a forked process, makes its own."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._home = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pool": None}

    def all(self, work: Callable[..., int], parts: list[Index], *rest: Any) -> bool:
        """Whether ``work(part, *rest)`` is true for all parts, each in a thread, the last one in the caller's. All are done when this returns."""
        others = [self._there().submit(work, part, *rest) for part in parts[:-1]]
        done = [work(parts[-1], *rest), *(other.result() for other in others)]
        return all(done)

    def _there(self) -> ThreadPoolExecutor:
        if self._pool is None or self._home != os.getpid():  # a forked process inherits the object but not the threads
            self._pool, self._home = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="pgcore-fixedpoint"), os.getpid()
        return self._pool
