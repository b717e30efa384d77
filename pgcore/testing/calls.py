"""Calls of a plugin's methods, so that what they raise says whose bug it is, where it is, and what authors usually do about it."""

from collections.abc import Mapping
from typing import Any

from pgcore.testing.checks import Breach


def call(thing: Any, method: str, *args: Any, remedies: Mapping[str, str]) -> Any:
    """Call a method of an instance of a plugin's class.

    Args:
        thing: the instance.
        method: the method's name.
        args: what it is handed.
        remedies: what to do about errors that authors meet often, by a part of what they say.

    Raises:
        Breach: it raised; the message says where, and what to do.
    """
    try:
        return getattr(thing, method)(*args)
    except Exception as error:
        kind = type(thing)
        said = f"{type(error).__name__}: {error}"
        usual = f"mend {kind.__qualname__}.{method}: it has to take whatever the contract lets be handed in"
        mend = next((remedy for part, remedy in remedies.items() if part in said), usual)
        raise Breach(f"{kind.__module__}.{kind.__qualname__}.{method}() raised {said}{_line(error, kind)}", mend) from error


def _line(error: Exception, kind: type) -> str:
    """The last line of the plugin's own code that was reached."""
    trace, found, package = error.__traceback__, "", kind.__module__.partition(".")[0]
    while trace is not None:
        frame = trace.tb_frame
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] == package and frame.f_code is not call.__code__:
            found = f" at {frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
