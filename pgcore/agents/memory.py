"""Memory: what the environment keeps of an agent's last report, so that the agent can go on from it should it be started again."""

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace

from pgcore.columns import Array
from pgcore.messages import Report

_FRONT = "report."
_DETAIL = "report.details."
_COLUMNS = ("observation", "cost", "violation", "reward")
_MASK = ("report.mask.low", "report.mask.high")


def kept(report: Report) -> dict[str, Array]:
    """What a report asks to be kept, and the report itself, as named arrays."""
    columns = {_FRONT + name: getattr(report, name) for name in _COLUMNS}
    mask = {} if report.mask is None else dict(zip(_MASK, report.mask, strict=True))
    details = {_DETAIL + name: np.asarray(value) for name, value in report.details.items()}
    return {**report.memory, **columns, **mask, **details}


def recalled(memory: Mapping[str, Array]) -> Report | None:
    """The report behind :func:`kept`; ``None`` where there was none."""
    if _FRONT + _COLUMNS[0] not in memory:
        return None
    observation, cost, violation, reward = (memory[_FRONT + name] for name in _COLUMNS)
    mask = (memory[_MASK[0]], memory[_MASK[1]]) if _MASK[0] in memory else None
    details = under(_DETAIL, memory)
    own = {name: value for name, value in memory.items() if not name.startswith(_FRONT)}
    return replace(Report(observation, cost, violation, reward, mask, details), memory=own)


def under(front: str, memory: Mapping[str, Array]) -> dict[str, Array]:
    """What is kept under names that begin with ``front``."""
    return {name.removeprefix(front): value for name, value in memory.items() if name.startswith(front)}
