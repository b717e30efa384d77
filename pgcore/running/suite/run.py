"""Run: the suite on one machine, row by row, each in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import cattrs
from attrs import frozen

from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Finding, plain, read
from pgcore.running.suite.machine import Machine, this_machine
from pgcore.running.suite.rows.table import ROWS, Row

ROW_S = 600.0
"""How long a row may take."""


@frozen
class Run:
    """What the suite found, where, and when."""

    machine: Machine
    effort: str
    date: str
    findings: tuple[Finding, ...]

    def finding(self, row: str) -> Finding | None:
        """That of a row, if it was measured."""
        return next((finding for finding in self.findings if finding.row == row), None)

    @property
    def failed(self) -> tuple[Finding, ...]:
        """Rows that have no figures because something went wrong."""
        return tuple(finding for finding in self.findings if finding.failed)


def run(rows: Sequence[Row], effort: Effort, peers_python: str, starting: Callable[[Row], None], done: Callable[[Finding], None]) -> Run:
    """Measure rows one after the other; ``starting`` and ``done`` are told of each."""
    findings = []
    for row in rows:
        starting(row)
        findings.append(_in_a_process(row, effort, peers_python))
        done(findings[-1])
    return Run(this_machine(), effort.name, datetime.now(UTC).date().isoformat(), tuple(findings))


def _in_a_process(row: Row, effort: Effort, peers_python: str) -> Finding:
    with TemporaryDirectory() as folder:
        file, said = Path(folder) / "finding.json", Path(folder) / "said.txt"
        command = [sys.executable, "-m", "pgcore.running.suite.child", row.name, effort.name, peers_python, str(file)]
        with said.open("wb") as heard:
            try:
                status = subprocess.run(command, stdout=heard, stderr=subprocess.STDOUT, check=False, timeout=ROW_S).returncode
            except subprocess.TimeoutExpired:
                return Finding(row.name, failed=f"it took more than {ROW_S:g} s")
        account = said.read_text(encoding="utf-8", errors="replace").strip()[-1500:]
        if not file.exists():
            return Finding(row.name, failed=f"its process ended with status {status}: {account}")
        finding = read(json.loads(file.read_text(encoding="utf-8")))
    return attrs.evolve(finding, failed=f"{finding.failed}\n{account}") if finding.failed and account else finding


def as_data(found: Run) -> dict[str, Any]:
    """A run as data for JSON."""
    return {
        "effort": found.effort,
        "date": found.date,
        "machine": attrs.asdict(found.machine),
        "findings": [plain(finding) for finding in found.findings],
    }


def from_data(document: dict[str, Any]) -> Run:
    """The run behind :func:`as_data`.

    Raises:
        ValueError: it is not one.
    """
    try:
        findings = tuple(read(finding) for finding in document["findings"])
        return Run(cattrs.structure(document["machine"], Machine), document["effort"], document["date"], findings)
    except (KeyError, TypeError, cattrs.BaseValidationError) as error:
        raise ValueError(f"these are not figures of the suite: {error!r}; run the whole suite again, without --only") from error


def joined(old: Run, new: Run) -> Run:
    """The rows of an old run with those of a new one in their places.

    Raises:
        ValueError: they come from different machines, versions or efforts, so that their figures do not belong together.
    """
    for part in ("machine", "effort"):
        if getattr(old, part) != getattr(new, part):
            raise ValueError(f"the figures kept so far have another {part} than these, so they do not belong together: run the suite without --only")
    found = {**{f.row: f for f in old.findings}, **{f.row: f for f in new.findings}}
    return attrs.evolve(new, findings=tuple(found[name] for name in ROWS if name in found))
