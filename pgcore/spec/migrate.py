"""Versions of the spec language: bring an older document to the current one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pgcore.spec.model import VERSION
from pgcore.spec.problems import Problem, shown

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = MappingProxyType({})
"""For each older version, the function that turns its document into one of the next version."""


def migrate(document: dict[str, Any], steps: Mapping[int, Step] = STEPS, current: int = VERSION) -> tuple[dict[str, Any], list[Problem]]:
    """One file's document without its ``spec:`` entry, in the current version of the language, with what is wrong with its version."""
    rest = {key: value for key, value in document.items() if key != "spec"}
    if "spec" not in document:
        return rest, [Problem((), "the version of the spec language is missing", hint=f"add this line at the top:\n  spec: {current}")]
    version = document["spec"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        return rest, [Problem(("spec",), found=shown(version), expected=f"a version of the spec language: a whole number from 1 to {current}")]
    if version > current:
        hint = "upgrade with: pip install --upgrade pgcore-framework"
        return rest, [Problem(("spec",), "this file needs a newer pgcore", f"version {version}", f"at most {current}", hint)]
    for old in range(version, current):
        rest = steps[old](rest)
    return rest, []
