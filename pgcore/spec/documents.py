"""YAML nodes as plain data: mappings, lists, text, finite numbers, truth values and nothing else."""

import math
import re
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from pgcore.spec.nodes import MAX_DEPTH, Node, lines_of, location, parse
from pgcore.spec.problems import Location, Path, Problem, SpecError, shown
from pgcore.spec.sources import Source

MAX_BYTES = 16 * 1024 * 1024
"""Largest spec file."""

MAX_INT = 2**63 - 1

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TAGS = {"scalar": "tag:yaml.org,2002:str", "list": "tag:yaml.org,2002:seq", "mapping": "tag:yaml.org,2002:map"}
"""The one tag that each kind of node may carry, since it says no more than the node's own form."""


class Written(str):
    """Text that knows the folder of the file it was written in, and in ``resolved`` the absolute file that it turned out to name."""

    folder: File
    resolved: str | None = None

    def __new__(cls, text: str, folder: File) -> "Written":
        made = super().__new__(cls, text)
        made.folder = folder
        return made


class _Reader:
    """Turns the nodes of one source into plain data, collecting what is wrong with them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def refuse(self, node: Node, path: Path, message: str = "", found: str = "", expected: str = "", hint: str = "") -> None:
        self.problems.append(Problem(path, message, found, expected, hint, self.at(node)))

    def at(self, node: Node) -> Location:
        return location(self.source.file, lines_of(self.source.line or self.source.text), node)

    def plain(self, node: Node, path: Path) -> Any:
        if node.tag is not None and (node.tag not in _TAGS or (node.kind == "scalar" and node.tag != "tag:yaml.org,2002:str")):
            self.refuse(node, path, message=f"the tag {node.tag} is not supported", hint="remove the tag: types follow from the spec")
            return None
        if node.kind == "mapping":
            return self.mapping(node, path)
        if node.kind == "list":
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.value)]
        return self.scalar(node, path)

    def mapping(self, node: Node, path: Path) -> dict[str, Any]:
        own: dict[str, Any] = {}
        inherited: dict[str, Any] = {}
        first: dict[str, Node] = {}
        for name, value in node.pairs():
            key = self.key(name, path)
            if key is None or key.startswith("x-"):
                continue
            if key in first:
                known = first[key]
                self.refuse(
                    name, (*path, key), message="this name was given before", found=f"the first at line {known.line + 1}", expected="each name once"
                )
            elif name.plain and key == "<<":
                inherited = self.merge(value, path)
            else:
                own[key] = self.plain(value, (*path, key))
            first.setdefault(key, name)
        return {**inherited, **own}

    def key(self, node: Node, path: Path) -> str | None:
        if node.kind != "scalar":
            self.refuse(node, path, message="a mapping's name must be text", found="a mapping" if node.kind == "mapping" else "a list")
            return None
        if node.plain and _resolved(node.value) is not node.value:
            self.refuse(node, (*path, node.value), message="a name must be text", found=node.value[:40] or "nothing", hint="put it in quotes")
            return None
        return str(node.value)

    def merge(self, node: Node, path: Path) -> dict[str, Any]:
        parents = node.value if node.kind == "list" else [node]
        result: dict[str, Any] = {}
        for parent in parents:
            if parent.kind != "mapping":
                self.refuse(
                    parent,
                    (*path, "<<"),
                    found=shown(parent.value) if parent.kind == "scalar" else "a list",
                    expected="a mapping to merge, such as *base",
                )
                continue
            result = {**self.mapping(parent, path), **result}
        return result

    def scalar(self, node: Node, path: Path) -> Any:
        value = _resolved(node.value) if node.plain and node.tag is None else node.value
        if isinstance(value, str):
            return Written(value, self.source.folder)
        if not _ordinary(value):
            self.refuse(
                node, path, found=node.value[:40], expected="a finite number" if isinstance(value, float) else "a whole number of at most 63 bits"
            )
            return None
        return value


def read(source: Source) -> tuple[Any, list[Problem]]:
    """The plain data of a source's text (``None`` when it is empty) with all that is wrong with it.

    Raises:
        SpecError: the text is not YAML or exceeds a limit, so that there is no data.
    """
    root = parse(source.file, source.text)
    if root is None:
        return None, []
    reader = _Reader(source)
    return reader.plain(root, source.under), reader.problems


def decoded(file: str, data: bytes) -> str:
    """A spec file's text: UTF-8, with or without a byte order mark.

    Raises:
        SpecError: the file is too large or holds other bytes.
    """
    if len(data) > MAX_BYTES:
        raise SpecError([Problem((), found=f"{len(data)} bytes", expected=f"at most {MAX_BYTES}", location=Location(file, 1, 1))])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        hint = "save the file as UTF-8"
        at = Location(file, line, column)
        raise SpecError([Problem((), "not UTF-8 text", found=f"byte 0x{data[error.start]:02x}", hint=hint, location=at)]) from error


def adopted(value: Any, folder: File) -> tuple[Any, list[Problem]]:
    """A Python value as plain data, the way a file's would be, with all that is wrong with it."""
    problems: list[Problem] = []
    return _adopt(value, (), folder, problems), problems


def _adopt(value: Any, path: Path, folder: File, problems: list[Problem]) -> Any:
    if len(path) > MAX_DEPTH:
        problems.append(Problem(path[:4], "too deeply nested", expected=f"at most {MAX_DEPTH} levels"))
        return None
    if isinstance(value, Mapping):
        return {str(k): _adopt(v, (*path, str(k)), folder, problems) for k, v in value.items() if not str(k).startswith("x-")}
    if isinstance(value, list | tuple):
        return [_adopt(v, (*path, i), folder, problems) for i, v in enumerate(value)]
    if isinstance(value, str | File):
        return Written(str(value), folder)
    if value is None or (isinstance(value, bool | int | float) and _ordinary(value)):
        return value
    problems.append(
        Problem(path, found=f"{shown(value)} ({type(value).__name__})", expected="plain data: text, a finite number, a list or a mapping")
    )
    return None


def _ordinary(value: Any) -> bool:
    """Whether a scalar is one that every reader of the spec can hold: finite, and whole numbers within 63 bits."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) <= MAX_INT


def _resolved(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema; the very text itself when it is text."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10) if len(text) <= 40 else MAX_INT + 1
    if _FLOAT.fullmatch(text):
        return float(text)
    return math.nan if _NOT_FINITE.fullmatch(text) else text
