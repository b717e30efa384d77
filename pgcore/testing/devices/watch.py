"""Watch: whether code uses a source of randomness or time that belongs to the whole process."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np

CLOCKS = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns")


@contextmanager
def watched() -> Iterator[set[str]]:
    """Gives the set that the names of what was used are added to.

    The global generators of numpy and of ``random`` are told by their state, new generators without a seed by the operating system's entropy that
    they ask for, and clocks by their being called through the module ``time``.
    """
    used: set[str] = set()
    states = np.random.get_state(legacy=False), random.getstate()  # noqa: NPY002  to see whether it is used
    with ExitStack() as stack:
        real: Any = vars(random)["_urandom"]
        stack.enter_context(patch.object(random, "_urandom", _told(used, "fresh entropy of the computer (a generator without a seed)", real)))
        for name in CLOCKS:
            stack.enter_context(patch.object(time, name, _told(used, f"the clock (time.{name})", getattr(time, name))))
        try:
            yield used
        finally:
            if not _alike(states[0], np.random.get_state(legacy=False)):  # noqa: NPY002  as above
                used.add("the global generator of numpy (np.random)")
            if random.getstate() != states[1]:
                used.add("the global generator of Python (random)")


def _told(used: set[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    own = threading.get_ident()

    def called(*args: Any) -> Any:
        if threading.get_ident() == own:  # other threads of the process have clocks to read
            used.add(name)
        return real(*args)

    return called


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_alike(one[key], other[key]) for key in one)
    return bool(np.array_equal(one, other))
