"""A problem of a spec as data: where it is, what was found, what was expected, what to do."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

Path = tuple[str | int, ...]
"""The way from the root of a spec to an entry: names of mappings and positions in lists."""

_WIDTH = 120


@frozen
class Location:
    """A place in a text: ``line`` and ``column`` count from 1, ``text`` is the whole source line."""

    file: str
    line: int
    column: int
    text: str = ""

    def caret(self) -> str:
        """The source line with a caret below the place; a long line is cut to a window around it."""
        start = max(0, self.column - 1 - _WIDTH // 2) if len(self.text) > _WIDTH else 0
        shown = self.text[start : start + _WIDTH]
        printable = "".join(c if c.isprintable() else " " for c in shown)
        return f"    {printable}\n    {' ' * (self.column - 1 - start)}^"


@frozen
class Problem:
    """One thing that is wrong with a spec.

    ``message`` is a clause, ``found`` and ``expected`` are the two sides of a comparison; either part may be empty. ``hint`` says what to do.
    """

    path: Path
    message: str = ""
    found: str = ""
    expected: str = ""
    hint: str = ""
    location: Location | None = None
    of_name: bool = False
    """Whether the entry's name is wrong rather than its value: the caret goes there."""

    def __str__(self) -> str:
        place = self.location
        where = f"{place.file}:{place.line}:{place.column}: " if place else ""
        name = f"{dotted(self.path)}: " if self.path else ""
        lines = [f"{where}{name}{self._what()}"]
        if place and place.text.strip():
            lines.append(place.caret())
        lines += [f"    {line}" for line in self.hint.splitlines()]
        return "\n".join(lines)

    def _what(self) -> str:
        compared = f"found {self.found}" if self.found else ""
        if self.expected:
            compared += f"{', ' if compared else ''}expected {self.expected}"
        return "; ".join(part for part in (self.message, compared) if part)


class SpecError(ValueError):
    """A spec cannot be used. ``problems`` holds all that is wrong with it; the text shows each with its place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        return f"{count} problem{'' if count == 1 else 's'} in the spec\n" + "\n".join(map(str, self.problems))

    def __reduce__(self) -> tuple[type["SpecError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def dotted(path: Path) -> str:
    """A path as a user writes it.

    >>> dotted(("run", "observers", 0, "dir"))
    'run.observers[0].dir'
    """
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def shown(value: Any) -> str:
    """A value found in a spec, in few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def closest(found: object, known: Iterable[str]) -> str:
    """A hint that names the known words closest to what was found; empty when none is close."""
    close = difflib.get_close_matches(str(found), list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else ""


def did_you_mean(found: object, known: Iterable[str]) -> str:
    """A hint that names the known words closest to what was found, or all of them when none is close."""
    words = list(known)
    close = closest(found, words)
    if close:
        return close
    listed = ", ".join(words[:20]) + (", ..." if len(words) > 20 else "")
    return f"known here: {listed}" if words else ""
