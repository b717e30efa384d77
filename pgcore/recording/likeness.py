"""Likeness: whether environments of one spec show the same to the last bit, and what the first difference is."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.observer import StepRecord
from pgcore.env import GridEnv
from pgcore.naming import owner
from pgcore.recording.digest import chained, digests
from pgcore.recording.rerun import Witness
from pgcore.recording.rows import WORLD, RowFormat

Shown = Mapping[str, Any]
"""What an environment showed besides its record, by any names: nested mappings of numbers, arrays and texts."""


@frozen
class Unlike:
    """The first thing that one environment showed otherwise than the one that it is held against."""

    way: str
    """The environment that differs."""
    episode: int
    """Counts from 0."""
    tick: int
    """Steps since that episode's reset; 0 is the reset."""
    environment: int
    """Which of B environments it was."""
    party: str
    """The agent; empty for the world."""
    name: str
    """The number, as in a recording (``effect.MG1.ess.p_mw``), or what was shown besides (``info.MG1.age``)."""
    expected: Any
    found: Any

    def __str__(self) -> str:
        who = "the world" if self.party == WORLD else f"agent {self.party}"
        which = f", environment {self.environment}" if self.environment else ""
        return f"{self.way}: episode {self.episode}, step {self.tick}{which}, {who}: {self.name} is {self.found!r}, expected {self.expected!r}"


class Likeness:
    """Follows environments that are reset and stepped alike; the first one is what the others are held against.

    Args:
        envs: the environments by their names, of one spec but for how it is run.
    """

    def __init__(self, envs: Mapping[str, GridEnv]) -> None:
        self.envs = dict(envs)
        self.steps, self.episodes = 0, 0
        self.digest = ""
        """The chained fingerprint of all steps so far; that of a recording of the same steps, for one environment."""
        self._witnesses = {name: Witness() for name in envs}
        self._form: RowFormat | None = None
        for name, env in envs.items():
            env.watch(self._witnesses[name])

    def check(self, shown: Mapping[str, Shown]) -> Unlike | None:
        """Compare after all have made the same reset or step; ``shown`` holds what else each of them showed.

        Raises:
            RuntimeError: one of them told its observers nothing; the log says why.
        """
        (first, leader), *others = self.envs.items()
        record = self._seen(first)
        self.steps, self.episodes = self.steps + (record.tick > 0), self.episodes + (record.tick == 0)
        form = self._form = self._form or RowFormat.of(leader, record)
        rows = [form.row(record, b) for b in range(leader.batch)]
        for row in rows:
            self.digest = chained(self.digest, digests(form, row))
        found = (self._compare(form, name, rows, shown[first], shown[name]) for name, _ in others)
        return next((difference for difference in found if difference is not None), None)

    def _compare(self, form: RowFormat, way: str, rows: list[Array], expected: Shown, shown: Shown) -> Unlike | None:
        record = self._seen(way)
        where = (way, max(self.episodes - 1, 0), record.tick)
        for device, name in form.states:
            if name not in record.states.get(device, {}):
                return Unlike(*where, 0, owner(device), f"state.{device}.{name}", "a number", "nothing")
        for b, row in enumerate(rows):
            other = form.row(record, b)
            apart = np.flatnonzero(row.view(np.int64) != other.view(np.int64)) if row.shape == other.shape else [0]
            if len(apart):
                column, i = form.columns[apart[0]], apart[0]
                return Unlike(*where, b, column.party, column.name, float(row[i]), float(other[i]))
        return self._compare_rest(form, where, dict(flat(expected)), dict(flat(shown)))

    def _compare_rest(self, form: RowFormat, where: tuple[str, int, int], expected: Shown, shown: Shown) -> Unlike | None:
        for name in dict.fromkeys([*expected, *shown]):
            if exact(expected.get(name)) != exact(shown.get(name)):
                parts = name.split(".")
                party = next((part for part in parts if part in form.agents), WORLD)
                return Unlike(*where, 0, party, name, expected.get(name, "nothing"), shown.get(name, "nothing"))
        return None

    def _seen(self, way: str) -> StepRecord:
        record = self._witnesses[way].record
        if record is None or record.tick != self.envs[way].tick:
            raise RuntimeError(f"{way} showed its observers nothing of step {self.envs[way].tick}: the log says why")
        return record


def flat(shown: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings, under dotted names.

    >>> dict(flat({"info": {"MG1": {"age": 0.0}}}))
    {'info.MG1.age': 0.0}
    """
    if isinstance(shown, Mapping):
        for key, value in shown.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, shown


def exact(value: Any) -> Any:
    """A value in a form whose equality is that of every bit, kind and shape."""
    if isinstance(value, tuple | list) and not all(isinstance(item, str) for item in value):
        return [exact(item) for item in value]
    if isinstance(value, np.ndarray | np.generic | float):
        array = np.asarray(value)
        return array.dtype.str, array.shape, array.tobytes()
    return type(value), value
