"""``--set a.b.c=value``: single entries of a document given from outside its files."""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from attrs import frozen

from pgcore.spec.defaults import SECTION
from pgcore.spec.documents import adopted, read
from pgcore.spec.problems import Location, Path, Problem, SpecError, dotted, shown
from pgcore.spec.sources import Source

FLAG = "--set"

SECTIONS = ("network", "profiles", "agents", "background", "horizontal", "reward", "episode", "run", "defaults")
"""Entries of a spec that a path may start with, present or not."""

_CREATED = (("episode",), ("episode", "on_divergence"), ("run",), ("reward",), ("profiles",), ("background",), ("defaults",))
"""Mappings that a path may pass through although the document leaves them out."""


@frozen
class Override:
    """One entry to set. ``source`` is how it was written; a Python value is set as it is."""

    path: Path
    value: Any
    source: Source


def overrides(sets: Sequence[str] | Mapping[str, Any]) -> tuple[list[Override], list[Problem]]:
    """Read ``--set`` options (``"a.b=value"``, the value as YAML) or a mapping of paths to values, with what is wrong with them."""
    made: list[Override] = []
    problems: list[Problem] = []
    pairs: list[tuple[str, Any, bool]] = (
        [(key, value, False) for key, value in sets.items()] if isinstance(sets, Mapping) else [_split(one) for one in sets]
    )
    for key, value, written in pairs:
        path = keys(key)
        line = f"{key}={value}"
        if not path:
            what = Problem((), found=shown(line), expected="PATH=VALUE such as run.seed=7", location=Location(FLAG, 1, 1, line))
            problems.append(what)
            continue
        source = Source(FLAG, " " * (len(key) + 1) + value if written else "", File.cwd(), path, line)
        plain, wrong = _value(source, value, written)
        problems += wrong
        if not wrong:
            made.append(Override(path, plain, source))
    return made, problems


def keys(text: str) -> Path:
    """A path from its text, list positions as numbers; empty when it is not a path.

    >>> keys("horizontal[0].fee_per_mwh")
    ('horizontal', 0, 'fee_per_mwh')
    """
    parts = re.sub(r"\[(\d+)\]", r".\1", text).split(".")
    if not all(part.strip() for part in parts) or "=" in text:
        return ()
    return tuple(int(part) if part.isdecimal() and len(part) < 10 else part.strip() for part in parts)


def apply(document: dict[str, Any], override: Override) -> list[Problem]:
    """Set one entry of a document, in place; the last name of the path may be new, those before it must exist."""
    holder: Any = document
    for depth, key in enumerate(override.path[:-1], 1):
        inner = _step(holder, key)
        if inner is None and (override.path[:depth] in _CREATED or (depth == 2 and override.path[0] == SECTION)):
            inner = holder[key] = {}
        if not isinstance(inner, dict | list):
            return [_unknown(document, override)]
        holder = inner
    last = override.path[-1]
    fits = isinstance(last, int) and last < len(holder) if isinstance(holder, list) else True
    if not fits or (len(override.path) == 1 and last not in SECTIONS):
        return [_unknown(document, override)]
    holder[last if isinstance(holder, list) else str(last)] = override.value
    return []


def _split(one: str) -> tuple[str, str, bool]:
    key, _, value = one.partition("=")
    return key.strip(), value, True


def _value(source: Source, value: Any, written: bool) -> tuple[Any, list[Problem]]:
    if not written:
        return adopted(value, source.folder)
    try:
        return read(source)
    except SpecError as error:
        return None, list(error.problems)


def _step(holder: Any, key: str | int) -> Any:
    if isinstance(holder, list):
        return holder[key] if isinstance(key, int) and key < len(holder) else None
    return holder.get(str(key))


def _unknown(document: Mapping[str, Any], override: Override) -> Problem:
    wanted = dotted(override.path)
    known = [dotted(path) for path in _paths(document)]
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.0)
    at = Location(FLAG, 1, 1, override.source.line or "")
    hint = f"did you mean {close[0]}?" if close else ""
    return Problem(override.path, "the spec has no such entry", hint=hint, location=at)


def _paths(node: Any, path: Path = ()) -> list[Path]:
    """Every path of a document, and those of the sections that it leaves out."""
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    found = [p for key, value in items for p in [(*path, key), *_paths(value, (*path, key))]]
    return found if path else found + [section for section in _CREATED if section not in found] + [("run", "seed"), ("episode", "steps")]
