"""Entries: a thing that a plugin provides, as its plain entry in a spec."""

import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import attrs
import numpy as np


def entry_of(thing: Any) -> dict[str, Any]:
    """The entry that makes ``thing`` again: its ``type`` and its fields as plain data. Infinite numbers are left out: only a default can be one.

    >>> from pgcore.builtin.faults.loss import Loss
    >>> entry_of(Loss(rate=0.05))
    {'type': 'loss', 'links': ['* -> *'], 'from_s': 0.0, 'until_s': None, 'rate': 0.05}
    """
    return {"type": type(thing).type, **_fields(thing)}


def _fields(thing: Any) -> dict[str, Any]:
    fields = {field.alias: getattr(thing, field.name) for field in attrs.fields(type(thing)) if field.init}
    return {name: _plain(value) for name, value in fields.items() if not (isinstance(value, float) and math.isinf(value))}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if attrs.has(type(value)):
        return _fields(value)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple | set | frozenset) else value
