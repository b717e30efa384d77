"""Extras: optional libraries of the core, with a clear answer when one is missing."""

from importlib import import_module
from typing import Any


class MissingExtra(ImportError):
    """An optional library is not installed; the message says what it is for and the command that installs it."""


def require(module: str, extra: str, why: str) -> Any:
    """Import an optional ``module``.

    Args:
        extra: the extra of ``pgcore-framework`` that installs it.
        why: what it is needed for, to complete "… is needed to".

    Raises:
        MissingExtra: it is not installed.

    >>> require("no_such_library", extra="plot", why="draw the picture")
    Traceback (most recent call last):
    pgcore.extras.MissingExtra: no_such_library is needed to draw the picture and is not installed; run: pip install "pgcore-framework[plot]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if not lacks(error, module):
            raise  # the library is there and one of its own imports is not
        library = module.partition(".")[0]
        fix = f'pip install "pgcore-framework[{extra}]"'
        raise MissingExtra(f"{library} is needed to {why} and is not installed; run: {fix}", name=module) from error


def lacks(error: ModuleNotFoundError, module: str) -> bool:
    """Whether it is ``module`` itself, or a package above it, that was not found, and not something that it imports."""
    return error.name is not None and f"{module}.".startswith(f"{error.name}.")
