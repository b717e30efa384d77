"""Calls of a device's methods, and what authors of devices usually do about what they raise."""

from collections.abc import Mapping
from typing import Any

from pgcore.contracts.device import Device
from pgcore.testing import calls

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
    return calls.call(device, method, *args, remedies=_REMEDIES)
