"""Press: when a plant's devices are compiled, and how they are stepped from then on."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from pgcore.columns import Array
from pgcore.fleet import Fleet, Table
from pgcore.kernels.compiler import available
from pgcore.kernels.kernel import Columns, Kernel, observe_kernel, settle_kernel, step_kernel
from pgcore.messages import States

_LOG = logging.getLogger("pgcore")

AFTER = "PGCORE_COMPILE_AFTER"
"""The environment variable that says after how many steps of a plant its devices are compiled; ``never`` for not at all."""

PATIENCE = 500
"""Steps before it pays: compiling takes seconds the first time on a machine, and then a fraction of one."""


def compile_after() -> float:
    """After how many steps to compile.

    Raises:
        ValueError: the environment variable holds neither a number nor ``never``.
    """
    said = os.environ.get(AFTER, str(PATIENCE))
    if said == "never" or not available():
        return np.inf
    if not said.isdigit():
        raise ValueError(f"{AFTER} is {said!r}; give a number of steps, or `never`")
    return int(said)


@contextmanager
def compiling_after(steps: int) -> Iterator[None]:
    """Plants made in the block are compiled after so many steps, unless the user said otherwise."""
    if AFTER in os.environ:
        yield
        return
    os.environ[AFTER] = str(steps)
    try:
        yield
    finally:
        del os.environ[AFTER]


class Press:
    """Counts how often a method of a plant is called, compiles it when that pays, and proves that nothing but the time has changed.

    Compiled or not, the numbers are the same to the last bit: only operations that are rounded alike everywhere are compiled, and the first result
    is compared with numpy's; where it differs, numpy it stays.
    """

    def __init__(self, fleets: tuple[Fleet, ...], knobs: Table, needs: Table, slots: Table) -> None:
        self.fleets, self._tables = fleets, (knobs, needs, slots)
        self._left = dict.fromkeys(("step", "observe", "settle"), compile_after())
        self._made: dict[str, Kernel | None] = {}
        self._dt_h = dict.fromkeys(("step", "settle"), np.nan)

    def __getstate__(self) -> dict[str, Any]:
        """Without what was compiled, which cannot be pickled: it is made again."""
        return {**self.__dict__, "_made": {}, "_left": dict.fromkeys(self._left, compile_after())}

    def due(self, method: str) -> bool:
        """Count a call; whether it is the one to compile at."""
        self._left[method] -= 1
        return self._left[method] == 0

    def stepping(self, dt_h: float) -> Kernel | None:
        """The kernel of a step of this length, once there is one."""
        return self._made.get("step") if dt_h == self._dt_h["step"] else None

    def settling(self, dt_h: float) -> Kernel | None:
        """The kernel of what metered devices owe for a step of this length, once there is one."""
        return self._made.get("settle") if dt_h == self._dt_h["settle"] else None

    def observing(self) -> Kernel | None:
        """The kernel of what the devices show, once there is one."""
        return self._made.get("observe")

    def make_step(self, states: States, dt_h: float, proven: Callable[[Kernel], bool]) -> None:
        """Compile the steps of the fleets, if that gives what ``proven`` expects."""
        self._dt_h["step"] = dt_h
        self._make("step", lambda: step_kernel(self.fleets, self._columns(states), dt_h), proven)

    def make_settle(self, dt_h: float, proven: Callable[[Kernel], bool]) -> None:
        """Compile what metered fleets owe for steps of this length, if that gives what ``proven`` expects."""
        self._dt_h["settle"] = dt_h
        self._make("settle", lambda: settle_kernel(self.fleets, self._columns([{}] * len(self.fleets)), dt_h), proven)

    def make_observe(self, states: States, proven: Callable[[Kernel], bool]) -> None:
        """Compile what the fleets show of themselves, if that gives what ``proven`` expects."""
        self._make("observe", lambda: observe_kernel(self.fleets, self._columns(states)), proven)

    def _columns(self, states: Sequence[Mapping[str, Array]]) -> Columns:
        return Columns(*self._tables, [tuple(state) for state in states])

    def _make(self, method: str, make: Callable[[], Kernel | None], proven: Callable[[Kernel], bool]) -> None:
        types = ", ".join(fleet.type for fleet in self.fleets)
        try:
            kernel = make()
            if kernel is None or not proven(kernel):
                _LOG.info("%s of %s stays in numpy%s", method, types, "" if kernel is None else ": compiled, it gave other numbers")
                return
        except Exception as error:  # noqa: BLE001 - a compiler that fails costs time, and nothing else
            _LOG.warning("%s of %s could not be compiled and stays in numpy: %s: %s", method, types, type(error).__name__, error)
            return
        for k, reason in kernel.refused.items():
            _LOG.info("%s of %s stays in numpy: %s", method, self.fleets[k].type, reason)
        self._made[method] = kernel


def packed(states: States, batch: int) -> Array:
    """The numbers of all fleets' states side by side, ``(B, columns)``."""
    values = [value for state in states for value in state.values()]
    return np.concatenate(values, axis=1) if values else np.zeros((batch, 0))


def plain(values: Array) -> Array:
    """The same numbers in the one layout that compiled functions take."""
    return values if values.flags.c_contiguous and values.flags.writeable else np.array(values, dtype=np.float64, order="C")
