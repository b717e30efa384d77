"""Fail on modules of 400 lines or more and on functions of more than 60: a reader should be able to hold one in their head."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULE_LINES = 400
FUNCTION_LINES = 60


def modules() -> Iterator[Path]:
    """Every module that is shipped."""
    for folder in [ROOT / "pgcore", *ROOT.glob("plugins/*/pgcore_*")]:
        yield from sorted(folder.rglob("*.py"))


def faults(path: Path) -> Iterator[str]:
    """What is too long in one module, with its place."""
    text = path.read_text(encoding="utf-8")
    place = path.relative_to(ROOT)
    lines = len(text.splitlines())
    if lines >= MODULE_LINES:
        yield f"{place}: {lines} lines, expected fewer than {MODULE_LINES}; split it by nouns"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{place}:{node.lineno}: {node.name} has {length} lines, expected at most {FUNCTION_LINES}"


def main() -> int:
    """Print every fault; the exit status says whether there are any."""
    found = [fault for path in modules() for fault in faults(path)]
    print("\n".join(found) or "sizes: all modules and functions are short enough")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
