"""YAML text as a tree of nodes that know where they were written, read within fixed limits."""

import re
from typing import Any

from attrs import define
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, Event, MappingStartEvent, NodeEvent, ScalarEvent
from ruamel.yaml.reader import ReaderError

from pgcore.spec.problems import Location, Problem, SpecError

MAX_DEPTH = 64
"""Deepest nesting of mappings and lists."""

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

MAX_NODES = 2_000_000
"""Most entries of a document, each counted as often as aliases repeat it."""


@define(eq=False)
class Node:
    """A scalar (``value`` is text), list (``value`` holds nodes) or mapping (``value`` holds key and value nodes in turn)."""

    kind: str
    value: Any
    line: int
    column: int
    tag: str | None = None
    plain: bool = False
    size: int = 1
    depth: int = 1

    def pairs(self) -> list[tuple["Node", "Node"]]:
        """The entries of a mapping."""
        return list(zip(self.value[::2], self.value[1::2], strict=True))


@define(eq=False)
class _Builder:
    """Builds the tree from the parser's events without recursion, so that depth is a number and not a stack overflow."""

    file: str
    text: str
    stack: list[tuple[Node, str | None]]
    anchors: dict[str, Node]
    root: Node | None = None
    total: int = 0

    def take(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            self.add(self.target(event), None)
        elif isinstance(event, NodeEvent):
            self.open(event)
        elif type(event).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
            self.add(*self.stack.pop())
        elif type(event).__name__ == "DocumentStartEvent" and self.root is not None:
            raise self.refused(event, "a second document starts here", "one document in a file", "put each spec in a file of its own")

    def open(self, event: Any) -> None:
        line, column = event.start_mark.line, event.start_mark.column
        tag = None if event.tag in (None, "!") else str(event.tag)
        if isinstance(event, ScalarEvent):
            plain = event.implicit[0] and event.style in (None, "")
            self.add(Node("scalar", event.value, line, column, tag, plain), event.anchor)
            return
        if len(self.stack) >= MAX_DEPTH:
            raise self.refused(event, "too deeply nested", f"at most {MAX_DEPTH} levels")
        kind = "mapping" if isinstance(event, MappingStartEvent) else "list"
        self.stack.append((Node(kind, [], line, column, tag), event.anchor))

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1][0]
        parent.value.append(node)
        parent.size += node.size
        parent.depth = max(parent.depth, node.depth + 1)
        if parent.depth + len(self.stack) > MAX_DEPTH + 1:
            raise SpecError([self.problem(node.line, node.column, "too deeply nested", f"at most {MAX_DEPTH} levels")])
        if parent.size > MAX_NODES:
            raise SpecError([self.problem(node.line, node.column, f"more than {MAX_NODES} entries once aliases are followed", "a smaller document")])

    def target(self, event: AliasEvent) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise self.refused(event, f"alias *{event.anchor} points to nothing", f"an anchor &{event.anchor} that ends above this line")
        return node

    def refused(self, event: Any, message: str, expected: str, hint: str = "") -> SpecError:
        return SpecError([self.problem(event.start_mark.line, event.start_mark.column, message, expected, hint)])

    def problem(self, line: int, column: int, message: str, expected: str = "", hint: str = "") -> Problem:
        return Problem((), message, expected=expected, hint=hint, location=location(self.file, lines_of(self.text), Node("", "", line, column)))


def lines_of(text: str) -> list[str]:
    """The lines of a text, broken where the YAML parser breaks them."""
    return _BREAK.split(text)


def location(file: str, lines: list[str], node: Node) -> Location:
    """Where a node was written."""
    return Location(file, node.line + 1, node.column + 1, lines[node.line] if node.line < len(lines) else "")


def parse(file: str, text: str) -> Node | None:
    """Read YAML 1.2 text as nodes; ``None`` when the text holds no document.

    Raises:
        SpecError: the text is not YAML, holds several documents, or exceeds a limit.
    """
    builder = _Builder(file, text, [], {})
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        raise SpecError([_syntax(builder, error)]) from error
    except ReaderError as error:
        line, column = _line_and_column(text, error.position)
        raise SpecError([builder.problem(line, column, "a character that YAML does not allow", "printable text")]) from error
    except (YAMLError, ValueError, AssertionError, IndexError, AttributeError, TypeError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError([builder.problem(0, 0, f"not YAML: {error}")]) from error
    return builder.root


def _syntax(builder: _Builder, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = " ".join(filter(None, (error.problem, error.context)))
    hint = "YAML indents with spaces, never with tabs" if "\\t" in what else ""
    line, column = (mark.line, mark.column) if mark else (0, 0)
    return builder.problem(line, column, f"not YAML: {what}", hint=hint)


def _line_and_column(text: str, position: int) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n"), position - (before.rfind("\n") + 1)
