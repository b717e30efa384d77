"""Source: formulas written as the text of a function that a compiler takes."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from pgcore.kernels.formula import EXACT, Formula

HEAD = '''"""Written by pgcore from the numpy code of devices; see pgcore.kernels."""

import numpy as np
from numba import njit


@njit(inline="always")
def least(a, b):
    return a if a < b or a != a else b


@njit(inline="always")
def most(a, b):
    return a if a > b or a != a else b

'''


@frozen(eq=False)
class Part:
    """What one fleet adds to a function: a formula, where its inputs are read and where its results go.

    ``reads`` and ``writes`` are places such as ``told[b, {}]``, with the position of the column left open; it comes from the index of the plan.
    """

    formula: Formula
    reads: Mapping[str, str]
    writes: Sequence[tuple[str, int]]
    """Each a place and the node that is written to it."""


def function(name: str, arguments: Sequence[str], parts: Sequence[Part]) -> str:
    """The text of a module with one function ``name(batch, sizes, at, parameters, *arguments)``, which says whether all it wrote is finite.

    ``sizes`` holds the number of devices of each fleet, ``at`` a column for each place of each device, ``parameters`` a number for each
    parameter of each device: fleet after fleet, place after place.
    """
    lines = [f"def {name}(batch, sizes, at, parameters, {', '.join(arguments)}):", "    finite, first, own = True, 0, 0"]
    for k, part in enumerate(parts):
        lines.append(f"    n = sizes[{k}]")
        if part.writes:
            lines += ["    for b in range(batch):", "        for i in range(n):", *(f"            {line}" for line in _body(part))]
        lines += [f"    first += {len(part.reads) + len(part.writes)} * n", f"    own += {len(part.formula.parameters)} * n"]
    return HEAD + "\n@njit(cache=True, nogil=True, error_model='numpy')\n" + "\n".join([*lines, "    return finite"]) + "\n"


def _body(part: Part) -> list[str]:
    """One device in one environment."""
    needed, places = _needed(part), list(part.reads)
    lines = []
    for k in sorted(needed):
        node = part.formula.nodes[k]
        if node.op == "input":
            lines.append(f"v{k} = {part.reads[node.name].format(_at(places.index(node.name)))}")
        elif node.op == "parameter":
            lines.append(f"v{k} = parameters[own + {node.args[0]} * n + i]" + (" != 0.0" if node.boolean else ""))
        else:
            lines.append(f"v{k} = {EXACT[node.op].format(*_operands(part.formula, k))}")
    for j, (place, k) in enumerate(part.writes):
        value = f"(1.0 if v{k} else 0.0)" if part.formula.nodes[k].boolean else f"v{k} + 0.0"
        lines += [f"r{j} = {value}", f"{place.format(_at(len(places) + j))} = r{j}"]
        lines.append(f"finite = finite and np.isfinite(r{j})")
    return lines


def _at(place: int) -> str:
    return f"at[first + {place} * n + i]"


def _operands(formula: Formula, k: int) -> list[str]:
    """The arguments of a node; truth values among numbers count as 1 and 0."""
    node = formula.nodes[k]
    flags = [formula.nodes[arg].boolean for arg in node.args]
    wanted = flags
    if node.op == "where":
        wanted = [True, node.boolean, node.boolean]
    elif not all(flags):
        wanted = [False] * len(flags)
    return [_as(arg, flag, want) for arg, flag, want in zip(node.args, flags, wanted, strict=True)]


def _as(node: int, boolean: bool, wanted: bool) -> str:
    if boolean == wanted:
        return f"v{node}"
    return f"(v{node} != 0.0)" if wanted else f"(1.0 if v{node} else 0.0)"


def _needed(part: Part) -> set[int]:
    """The nodes that some result depends on."""
    needed: set[int] = set()
    pending = [node for _, node in part.writes]
    while pending:
        k = pending.pop()
        if k not in needed:
            needed.add(k)
            if part.formula.nodes[k].op != "parameter":
                pending += part.formula.nodes[k].args
    return needed
