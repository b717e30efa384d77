"""How kernels are compiled: without Python's lock, and kept on disk for the next process."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function that other kernels call; it becomes a part of them.

    Nothing is reordered or contracted (no ``fastmath``): a lane of a block computes bit for bit what a single row does.
    """
    return cast("F", numba.njit(nogil=True, error_model="numpy")(function))


def kept(function: F) -> F:
    """Compile a function that Python calls, and keep it on disk where there is a place to write to."""
    try:
        return cast("F", numba.njit(nogil=True, error_model="numpy", cache=True)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written to
        return compiled(function)
