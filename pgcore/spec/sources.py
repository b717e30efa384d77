"""Where the entries of a document were written: its files, its ``--set`` options and the defaults that filled it."""

from collections.abc import Iterable, Mapping
from pathlib import Path as File
from typing import Any

import attrs
from attrs import frozen

from pgcore.spec.nodes import Node, lines_of, location, parse
from pgcore.spec.problems import Location, Path, Problem, SpecError


@frozen
class Source:
    """A text that holds part of a document; without a ``file`` it is a Python value, whose entries have no location.

    ``under`` is where the text's root stands in the document, ``line`` what to show instead of the text's own first line, and ``folder``
    what relative file names start from.
    """

    file: str
    text: str
    folder: File
    under: Path = ()
    line: str | None = None


@frozen
class Opened:
    """A source read again to find places in it: its nodes (``None`` when it is empty or cannot be read) and its lines."""

    source: Source
    root: Node | None
    lines: list[str]

    @classmethod
    def of(cls, source: Source) -> "Opened":
        """Read a source."""
        try:
            root = parse(source.file, source.text)
        except SpecError:
            root = None
        return cls(source, root, lines_of(source.line or source.text))

    def find(self, problem: Problem) -> tuple[int, Location] | None:
        """How much of the problem's path the source holds, and where the deepest part of that is; ``None`` when it holds nothing of it."""
        under = self.source.under
        if problem.path[: len(under)] != under:
            return None
        if self.root is None:
            return (len(under), Location(self.source.file, 1, 1, self.source.line or "")) if self.source.file else None
        held, found = descend(self.root, problem.path[len(under) :], problem.of_name)
        return len(under) + held, location(self.source.file, self.lines, found)


class Document(dict[str, Any]):
    """A plain document that remembers its ``sources``, the one that wins first, and which entries ``defaults:`` filled, with their origin."""

    def __init__(self, data: Mapping[str, Any], sources: tuple[Source, ...] = (), filled: Mapping[Path, Path] | None = None) -> None:
        super().__init__(data)
        self.sources = sources
        self.filled = dict(filled or {})


def locate(problems: Iterable[Problem], document: Mapping[str, Any]) -> list[Problem]:
    """The problems with their locations, each once; called after a failure only, since it reads every source again."""
    found = list(problems)
    if found and isinstance(document, Document):
        opened = [Opened.of(source) for source in document.sources]
        found = [_located(_moved(problem, document.filled), opened) for problem in found]
    return list({(one.path, one.location, one.message, one.found, one.expected): one for one in found}.values())


def _moved(problem: Problem, filled: Mapping[Path, Path]) -> Problem:
    for length in range(len(problem.path), 0, -1):
        origin = filled.get(problem.path[:length])
        if origin is not None:
            return attrs.evolve(problem, path=origin + problem.path[length:])
    return problem


def _located(problem: Problem, opened: list[Opened]) -> Problem:
    if problem.location is not None:
        return problem
    found = [hit for source in opened if (hit := source.find(problem)) is not None]
    deepest = max(found, key=lambda hit: hit[0], default=None)
    return problem if deepest is None else attrs.evolve(problem, location=deepest[1])


def descend(node: Node, path: Path, of_name: bool = False) -> tuple[int, Node]:
    """Walk from a node along a path: how many steps were possible, and the node to show for the last of them.

    That is a scalar itself, or the name of a mapping's entry when the entry is missing something, is large, or ``of_name`` is set.
    """
    shown = node
    for held, key in enumerate(path):
        step = entry(node, key)
        if step is None:
            return held, shown
        shown, node = step
    return len(path), node if node.kind == "scalar" and node.value and not of_name else shown


def entry(node: Node, key: str | int) -> tuple[Node, Node] | None:
    """The node to show and the node to walk on from, for one step of a path; follows merge keys."""
    if node.kind == "list":
        inside = isinstance(key, int) and key < len(node.value)
        return (node.value[key], node.value[key]) if inside else None
    if node.kind != "mapping":
        return None
    for name, value in node.pairs():
        if name.kind == "scalar" and name.value == key:
            return name, value
    return next(filter(None, (entry(parent, key) for parent in merged(node))), None)


def merged(node: Node) -> list[Node]:
    """The mappings that a mapping's merge key (``<<``) names, the one that wins first."""
    values = [value for name, value in node.pairs() if name.plain and name.value == "<<"]
    return [one for value in values for one in (value.value if value.kind == "list" else [value])]
