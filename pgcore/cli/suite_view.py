"""How ``pgcore bench --suite`` looks in a terminal, and the files that it writes."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pgcore.running.suite.chart import CHART, draw, drawable
from pgcore.running.suite.effort import FULL, QUICK
from pgcore.running.suite.figures import Finding
from pgcore.running.suite.report import filled, parts, spread, whole
from pgcore.running.suite.rows.table import ROWS, Row
from pgcore.running.suite.run import Run, as_data, from_data, joined, run
from pgcore.running.suite.targets import TARGETS

FAILED = 1
"""Exit status when a row failed. One whose library is missing did not."""


def measure_suite(only: Sequence[str], quick: bool, out: Sequence[Path], peers_python: str | None, as_json: bool) -> int:
    """Measure the suite, or some of its rows, write what was asked for, and say how it went; the exit status.

    Raises:
        click.BadParameter: there is no such row.
        ValueError: the figures beside the first file come from another machine, and only some rows are new.
    """
    rows = _rows(only)
    progress = _Progress(len(rows))
    found = run(rows, QUICK if quick else FULL, peers_python or sys.executable, progress.starting, progress.done)
    kept = _with_old(found, out[0]) if only and out else found
    for file in out:
        _fill(kept, file)
    if out:
        _beside(kept, out[0])
    if as_json:
        click.echo(json.dumps(as_data(found), indent=2))
    else:
        _show(found)
    return FAILED if found.failed else 0


class _Progress:
    """Says on standard error which row is measured and how it went."""

    def __init__(self, rows: int) -> None:
        self.rows, self.at = rows, 0

    def starting(self, row: Row) -> None:
        self.at += 1
        click.echo(f"[{self.at}/{self.rows}] {row.name}: {row.title} …", err=True)

    def done(self, finding: Finding) -> None:
        said = f"failed: {finding.failed}" if finding.failed else f"left out: {finding.missing}" if finding.missing else "done"
        click.echo(f"        {said} ({finding.took_s:.0f} s)", err=True)


def _rows(only: Sequence[str]) -> list[Row]:
    unknown = [name for name in only if name not in ROWS]
    if unknown:
        raise click.BadParameter(f"found {unknown[0]!r}, expected one of {', '.join(ROWS)}", param_hint="--only")
    return [row for name, row in ROWS.items() if not only or name in only]


def _with_old(found: Run, page: Path) -> Run:
    """With the rows of an earlier run that were not measured now."""
    kept = _figures_file(page)
    return joined(from_data(json.loads(kept.read_text(encoding="utf-8"))), found) if kept.exists() else found


def _figures_file(page: Path) -> Path:
    return page.with_suffix(".json")


def _fill(found: Run, page: Path) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    text = filled(page.read_text(encoding="utf-8"), found) if page.exists() else whole(found)
    page.write_text(text, encoding="utf-8")
    click.echo(f"wrote {page}", err=True)


def _beside(found: Run, page: Path) -> None:
    """The figures, and the chart where there is enough for one."""
    from pgcore.extras import MissingExtra

    _figures_file(page).write_text(json.dumps(as_data(found), indent=1) + "\n", encoding="utf-8")
    click.echo(f"wrote {_figures_file(page)}", err=True)
    if drawable(found):
        try:
            draw(found, page.parent / CHART)
            click.echo(f"wrote {page.parent / CHART}", err=True)
        except MissingExtra as error:
            click.echo(f"no chart: {error}", err=True)


def _show(found: Run) -> None:
    from rich.console import Console

    from pgcore.cli.tables import plain_table

    console = Console()
    console.print(parts(found)["machine"], highlight=False, soft_wrap=True)
    for finding in found.findings:
        if finding.figures:
            table = plain_table(ROWS[finding.row].title, "", "median (quartiles)")
            for figure in finding.figures:
                table.add_row(figure.label, figure.at, f"{spread(figure)} {figure.unit}")
            console.print(table, "")
    targets = plain_table("ratio", "at least", "aim", "measured", "")
    for target in TARGETS:
        measured = target.figure(found)
        if measured is not None:
            targets.add_row(target.what, f"{target.least:g}", f"{target.aim:g}", spread(measured), target.reached(measured).strip("*"))
    if targets.row_count:
        console.print(targets)
