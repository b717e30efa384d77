"""Calls: how much Python a step runs, counted and not timed, so that it is the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from attrs import frozen


@frozen
class Calls:
    """Of one step, on average."""

    functions: float
    """Python functions that were entered."""
    builtins: float
    """Functions written in C that were called by name, most of numpy among them; not its operators and ufuncs."""
    instructions: float
    """Python instructions, in numpy's own Python too."""


def calls(go: Callable[[int], object], steps: int) -> Calls:
    """Count what ``go(steps)`` does, which is done twice: once for calls and once for instructions."""
    tally = {"call": 0, "c_call": 0, "opcode": 0}

    def profiled(frame: FrameType, event: str, value: Any) -> None:
        if event in tally:
            tally[event] += 1

    def traced(frame: FrameType, event: str, value: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        tally["opcode"] += event == "opcode"
        return traced

    before = sys.getprofile(), sys.gettrace()
    try:
        sys.setprofile(profiled)
        go(steps)
        sys.setprofile(before[0])
        sys.settrace(traced)
        go(steps)
    finally:
        sys.setprofile(before[0])
        sys.settrace(before[1])
    return Calls(tally["call"] / steps, tally["c_call"] / steps, tally["opcode"] / steps)
