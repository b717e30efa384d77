"""The process of one row: measures it and leaves what it found in a file."""

import json
import sys
import traceback
import warnings
from importlib import import_module
from pathlib import Path
from time import perf_counter

import attrs

from pgcore.kernels.press import compiling_after
from pgcore.running.benchmark import WARM_UP
from pgcore.running.suite.effort import EFFORTS, Effort
from pgcore.running.suite.figures import Finding, Missing, Unequal, plain
from pgcore.running.suite.rows.table import ROWS, Row


def measured(row: Row, effort: Effort, peers_python: str) -> Finding:
    """What a row comes to; what is missing or goes wrong is part of that."""
    started = perf_counter()
    try:
        found = import_module(row.module).found
        with compiling_after(WARM_UP):
            finding: Finding = found(effort, peers_python, row.name) if row.peer else found(effort)
    except Missing as error:
        finding = Finding(row.name, missing=str(error))
    except Unequal as error:
        finding = Finding(row.name, failed=str(error))
    except Exception as error:  # noqa: BLE001  one row that fails must not take the others with it
        traceback.print_exc()
        finding = Finding(row.name, failed=f"{type(error).__name__}: {error}")
    return attrs.evolve(finding, row=row.name, took_s=round(perf_counter() - started, 1))


def main(name: str, effort: str, peers_python: str, file: str) -> None:
    """Measure one row."""
    warnings.simplefilter("ignore")
    Path(file).write_text(json.dumps(plain(measured(ROWS[name], EFFORTS[effort], peers_python))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
