"""Imported: what a text such as ``my_agents:act`` stands for."""

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from pgcore.extras import lacks


class PolicyError(ValueError):
    """A policy cannot be loaded; the message says what was found and what is expected."""


def imported(text: str, named: str) -> Any:
    """The attribute that ``module:name`` stands for; modules are also looked for in the current folder, as ``python -m`` does.

    Args:
        text: what to import.
        named: what may be written instead, for messages.

    Raises:
        PolicyError: there is no such thing.
    """
    module, colon, name = text.partition(":")
    if not (colon and module and name):
        raise PolicyError(f"found policy {text!r}, expected {named}, or module:callable such as my_agents:act")
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if not lacks(error, module):
            raise PolicyError(f"policy {text}: importing {module} failed: {error}") from error
        raise PolicyError(f"policy {text}: there is no module {module!r}, neither installed nor in {folder}") from error
    finally:
        sys.path.remove(folder)
    for part in name.split("."):
        if not hasattr(found, part):
            known = ", ".join(n for n in vars(found) if not n.startswith("_") and callable(getattr(found, n))) if inspect.ismodule(found) else ""
            raise PolicyError(f"policy {text}: {module} has no {name!r}; it has: {known or 'nothing that is callable'}")
        found = getattr(found, part)
    return found
