"""Whether a plugin's own ``Requires-Dist`` on the core accepts the core that is installed."""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest

CORE = "pgcore-framework"
"""Name of the core's distribution."""

Release = tuple[int, ...]

_CLAUSE = re.compile(r"(~=|==|!=|<=|>=|<|>)\s*([0-9][0-9.]*)(\.\*)?$")


def unmet(requires: Iterable[str], core: str) -> str | None:
    """The first requirement on the core that version ``core`` does not meet, as text like ``<1,>=0.9``; ``None`` when all are met.

    Only final releases and plain clauses are judged. What this cannot read (URLs, local versions) is left to the installer, which has read it before.
    """
    for requirement in requires:
        clauses = _clauses(requirement)
        if clauses is not None and not all(_holds(clause, _release(core)) for clause in clauses.split(",")):
            return clauses
    return None


def asked(requires: Iterable[str]) -> str | None:
    """What a plugin asks of the core's version, as text like ``<1,>=0.1``; ``None`` where it says nothing."""
    return next((clauses for clauses in map(_clauses, requires) if clauses is not None), None)


def _clauses(requirement: str) -> str | None:
    """The version part of an unconditional requirement on the core; ``None`` for any other requirement."""
    text, _, marker = requirement.partition(";")
    match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?\s*$", text)
    if match is None or re.sub(r"[-_.]+", "-", match[1]).lower() != CORE or "extra" in marker:
        return None
    return match[2].strip() or None


def _release(version: str) -> Release:
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _compare(a: Release, b: Release) -> int:
    padded = list(zip_longest(a, b, fillvalue=0))
    return next((1 if x > y else -1 for x, y in padded if x != y), 0)


def _same_series(core: Release, wanted: Release) -> bool:
    return core[: len(wanted)] == wanted


_TESTS: Mapping[str, Callable[[Release, Release], bool]] = {
    ">=": lambda core, wanted: _compare(core, wanted) >= 0,
    "<=": lambda core, wanted: _compare(core, wanted) <= 0,
    ">": lambda core, wanted: _compare(core, wanted) > 0,
    "<": lambda core, wanted: _compare(core, wanted) < 0,
    "==": lambda core, wanted: _compare(core, wanted) == 0,
    "!=": lambda core, wanted: _compare(core, wanted) != 0,
    "~=": lambda core, wanted: _compare(core, wanted) >= 0 and _same_series(core, wanted[:-1]),
}


def _holds(clause: str, core: Release) -> bool:
    match = _CLAUSE.match(clause.strip())
    if match is None:
        return True
    sign, wanted = match[1], _release(match[2])
    if match[3]:
        return _same_series(core, wanted) is (sign == "==")
    return _TESTS[sign](core, wanted)
