"""Calls of a device's methods, so that what they raise says whose bug it is and what authors usually do about it."""

from collections.abc import Mapping
from typing import Any

from pgcore.contracts.device import Device
from pgcore.testing.checks import Breach

_ARRAYS = "write for numbers and for arrays of shape (B, n) alike: B environments, n devices"
_NUMPY = "no float(), no functions of `math` on values: use those of numpy, which serve numbers and arrays alike"
_NEW = "make new arrays instead of changing those that were handed in: x = x + 1, not x += 1"

_REMEDIES: Mapping[str, str] = {
    "truth value of an array": "no `if`, `and`, max() or min() on values: np.where, &, np.maximum and np.minimum serve both numbers and arrays",
    "0-dimensional arrays": _NUMPY,
    "length-1 arrays": _NUMPY,
    "array of size 1": _NUMPY,
    "read-only": _NEW,
    "FrozenInstanceError": "a device holds nothing that changes: keep it in the state that initial and step return",
    "broadcast": _ARRAYS,
    "too many indices": _ARRAYS,
    "does not support item assignment": _ARRAYS,
    "not subscriptable": _ARRAYS,
    "invalid index to scalar": _ARRAYS,
    "'DrawOf' object": "draw with uniform, normal or integers: a device's stream has no more",
}
"""What to do about errors that authors meet often, by a part of what they say."""


def call(device: Device, method: str, *args: Any) -> Any:
    """Call a method of a device.

    Raises:
        Breach: it raised; the message says where, and what to do.
    """
    try:
        return getattr(device, method)(*args)
    except Exception as error:
        kind = type(device)
        said = f"{type(error).__name__}: {error}"
        usual = f"mend {kind.__qualname__}.{method}: it has to take whatever the contract lets be handed in"
        mend = next((remedy for part, remedy in _REMEDIES.items() if part in said), usual)
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
