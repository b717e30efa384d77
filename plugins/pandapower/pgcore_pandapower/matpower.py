"""Reads MATPOWER case files, ``.m`` as text and ``.mat``."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

LEAST_COLUMNS = {"bus": 13, "gen": 8, "branch": 11}
_ASSIGNMENT = re.compile(r"\bmpc\.(\w+)\s*=\s*(\[.*?\]|\{.*?\}|[^;\n\[{]+)", re.DOTALL)
_TOUCHES_DATA = re.compile(r"\bmpc\.(bus|gen|branch|baseMVA)\b[^=]*=(?!=)")
_VOLT, _VOLTAMPERE = "Vbase=mpc.bus(1BASE_KV)*1e3", "Sbase=mpc.baseMVA*1e6"
_OHM_TO_PU = "mpc.branch(:[BR_RBR_X])=mpc.branch(:[BR_RBR_X])/(Vbase^2/Sbase)"
_KW_TO_MW = "mpc.bus(:[PDQD])=mpc.bus(:[PDQD])/1e3"


@frozen(eq=False)
class MatpowerCase:
    """The matrices of a case file, version 2 of the format, in MATPOWER's units (MW, Mvar, pu on ``base_mva``, degrees)."""

    base_mva: float
    bus: Matrix
    gen: Matrix
    branch: Matrix


def read_case(path: Path) -> MatpowerCase:
    """Read a ``.m`` or ``.mat`` case file.

    A ``.m`` file is read as data and never run. Of the statements after the data, only the two that MATPOWER's distribution feeders use (impedances
    from ohm to pu, loads from kW to MW) are understood; any other that changes the data is refused.

    Raises:
        ValueError: the file is not a case file, or its data does not hold together; the message says what, where and what to do.
        OSError: the file could not be read.
    """
    case = _from_mat(path) if path.suffix == ".mat" else _from_text(path)
    _check(path, case)
    return case


def _from_text(path: Path) -> MatpowerCase:
    try:
        text = _without_comments(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file in UTF-8 ({error.reason} at byte {error.start}); expected a MATPOWER case file") from error
    found = {match[1]: match for match in _ASSIGNMENT.finditer(text)}
    missing = [name for name in ("baseMVA", "bus", "gen", "branch") if name not in found]
    if missing:
        raise ValueError(f"{path} assigns no mpc.{', mpc.'.join(missing)}; expected a MATPOWER case file, version 2")
    base = _numbers(path, text, found["baseMVA"])
    if base.shape != (1, 1):
        raise ValueError(f"{path}: mpc.baseMVA is {found['baseMVA'][2].strip()!r}, expected one number")
    case = MatpowerCase(float(base[0, 0]), *(_numbers(path, text, found[name]) for name in ("bus", "gen", "branch")))
    return _in_matpower_units(path, _ASSIGNMENT.sub(_blank, text), case)


def _blank(match: "re.Match[str]") -> str:
    return "\n" * match[0].count("\n")


def _without_comments(text: str) -> str:
    return re.sub(r"\.\.\.[^\n]*\n", " ", "\n".join(_before_comment(line) for line in text.splitlines()) + "\n")


def _before_comment(line: str) -> str:
    """A line up to its first % that is not inside quotes."""
    quoted = False
    for k, character in enumerate(line):
        if character == "'":
            quoted = not quoted
        if character == "%" and not quoted:
            return line[:k]
    return line


def _numbers(path: Path, text: str, match: "re.Match[str]") -> Matrix:
    body = match[2].strip().removeprefix("[").removesuffix("]")
    first = text.count("\n", 0, match.start(2)) + 1
    rows, width = [], None
    for offset, line in enumerate(body.split("\n")):
        for part in filter(str.strip, line.split(";")):
            row = _floats(path, first + offset, part)
            if width not in (None, len(row)):
                raise ValueError(f"{path}:{first + offset}: a row of mpc.{match[1]} has {len(row)} numbers, the one before {width}")
            width = len(row)
            rows.append(row)
    return np.array(rows, dtype=float)


def _floats(path: Path, line: int, text: str) -> list[float]:
    words = text.replace(",", " ").split()
    try:
        return [float(word) for word in words]
    except ValueError:
        raise ValueError(f"{path}:{line}: {text.strip()!r} is not a row of numbers; write the values out (savecase does)") from None


def _in_matpower_units(path: Path, rest: str, case: MatpowerCase) -> MatpowerCase:
    statements = {re.sub(r"[\s,]", "", part): k + 1 for k, line in enumerate(rest.split("\n")) for part in line.split(";")}
    branch, bus = case.branch.copy(), case.bus.copy()
    for statement, line in statements.items():
        if statement == _OHM_TO_PU and {_VOLT, _VOLTAMPERE} <= set(statements):
            branch[:, 2:4] /= bus[0, 9] ** 2 / case.base_mva
        elif statement == _KW_TO_MW:
            bus[:, 2:4] /= 1e3
        elif _TOUCHES_DATA.search(statement):
            raise ValueError(f"{path}:{line}: the file computes its data ({statement}), but is read as plain data; write it with MATPOWER's savecase")
    return MatpowerCase(case.base_mva, bus, case.gen, branch)


def _from_mat(path: Path) -> MatpowerCase:
    from scipy.io import loadmat

    try:
        content = loadmat(path, squeeze_me=True, struct_as_record=False)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise ValueError(f"{path} is not a MATLAB file that scipy can read ({error}); save it with -v7") from error
    mpc: Any = content.get("mpc")
    parts = [np.atleast_2d(np.asarray(getattr(mpc, name, []), dtype=float)) for name in ("bus", "gen", "branch")]
    if mpc is None or not all(part.size for part in parts):
        raise ValueError(f"{path} holds no struct mpc with bus, gen and branch; expected a MATPOWER case (save('case.mat', 'mpc'))")
    return MatpowerCase(float(mpc.baseMVA), *parts)


def _check(path: Path, case: MatpowerCase) -> None:
    for name, least in LEAST_COLUMNS.items():
        shape = getattr(case, name).shape
        if len(shape) != 2 or shape[1] < least:
            raise ValueError(f"{path}: mpc.{name} has shape {shape}, expected rows of at least {least} numbers (case format version 2)")
    known = set(case.bus[:, 0])
    if len(known) != len(case.bus):
        raise ValueError(f"{path}: mpc.bus uses a bus number twice; bus numbers must differ")
    for name, columns in (("gen", 1), ("branch", 2)):
        strangers = set(getattr(case, name)[:, :columns].ravel()) - known
        if strangers:
            raise ValueError(f"{path}: mpc.{name} names bus {min(strangers):g}, which mpc.bus does not list")
    if not np.isfinite(case.branch[:, 2:5]).all() or (np.hypot(case.branch[:, 2], case.branch[:, 3]) == 0).any():
        raise ValueError(f"{path}: a branch has no series impedance; merge its two buses or give it a small one")
    if not (case.bus[:, 1] == 3).any():
        raise ValueError(f"{path}: no bus is of type 3 (reference); one must hold voltage and angle")
