"""Compiler: the text of a function to machine code, kept on disk, so that it is made once on a machine."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_PREFIX = "pgcore_kernel_"


def available() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def compiled(name: str, text: str) -> Callable[..., Any]:
    """The function ``name`` of a module's text; it is compiled when it is first called, or read from the disk if it was before."""
    stem = f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:24]}"
    module = sys.modules.get(_PREFIX + stem) or _loaded(stem, text)
    function: Callable[..., Any] = getattr(module, name)
    return function


def _loaded(stem: str, text: str) -> ModuleType:
    """The text as a module. It runs as it is given here, whatever the file holds: numba keeps the machine code beside the file."""
    path = _folder() / f"{stem}.py"
    if not path.exists():
        _write(path, text)
    module = ModuleType(_PREFIX + stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # numba looks for it there when it reads what it kept
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


def _folder() -> Path:
    """Where compiled functions are kept: the user's cache, or a folder of this process alone where that cannot be written."""
    given = os.environ.get("PGCORE_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    folder = (Path(given) if given else Path.home() / ".cache") / "pgcore" / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="pgcore-kernels-"))


def _write(path: Path, text: str) -> None:
    """Write a file at once, so that another process never reads half of it."""
    handle, made = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(made).replace(path)
