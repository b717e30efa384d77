"""Readiness: kernels, compiled before they are needed, with a word to the user where that takes a while."""

import logging
from collections.abc import Callable
from functools import cache
from threading import Timer
from typing import Any

import numpy as np

_LOG = logging.getLogger("pgcore")
SMALL, LARGE = 4, 8
"""Environments in a block: four take no longer than a single one would, and eight, where there are so many, take less for each."""
PATIENCE_S = 3.0
"""Code that was kept is there in a second or two."""


@cache
def ready(lanes: int) -> Callable[..., int]:
    """A kernel as machine code: kept from an earlier process, or compiled now."""
    word = Timer(PATIENCE_S, _LOG.warning, ["compiling the backend 'fixedpoint' for this machine: up to half a minute, once after each installation"])
    word.daemon = True
    word.start()
    try:
        return _compiled(lanes)
    finally:
        word.cancel()


def _compiled(lanes: int) -> Callable[..., int]:
    """Import the kernels and call them without any row, which makes numba compile or load them; no other argument types are compiled later."""
    from pgcore_fixedpoint.factoring import factorise
    from pgcore_fixedpoint.kernel import STAMP, kernel_of

    solve_rows = kernel_of(lanes, STAMP)
    none, whole = np.zeros((0, 2)), np.zeros(0, dtype=np.intp)
    table, flags = np.zeros((0, 2), dtype=np.intp), np.zeros(0, dtype=np.bool_)
    layout = np.zeros(1, dtype=np.intp), whole, whole, whole, table, whole, whole, whole, none, none
    feeder = none, none, none, np.zeros(0), none, table, none, flags
    results = np.zeros(0), flags, np.zeros((0, 0), dtype=np.bool_), np.zeros(0, dtype=np.uint8)
    factorise(layout[0], whole, whole, np.zeros(0, dtype=np.complex128))
    solve_rows(whole, none, none, none, whole, none, 1, 1.0, 1.0, *layout, table, none, whole, *feeder, *results)
    kernels: list[Any] = [factorise, solve_rows]
    for kernel in kernels:
        kernel.disable_compile()
    return solve_rows
