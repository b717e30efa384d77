"""Report: what a run of the suite found, as Markdown tables between the marks of a page."""

import re
from collections.abc import Mapping
from math import floor, log10

from pgcore.running.suite.chart import CHART, drawable
from pgcore.running.suite.figures import Check, Figure, Finding
from pgcore.running.suite.machine import Machine
from pgcore.running.suite.rows.table import ROWS
from pgcore.running.suite.run import Run
from pgcore.running.suite.targets import TARGETS

_MARKED = re.compile(r"(?P<begin><!-- suite: (?P<name>[\w ]+) -->\n).*?(?P<end><!-- end of suite -->)", re.DOTALL)


def filled(page: str, run: Run) -> str:
    """A page with every marked part written anew. What has no mark stays; a part of a row that was not measured says so.

    A part is marked by ``<!-- suite: NAME -->`` and ``<!-- end of suite -->``, each on a line of its own, where NAME is ``headline``, ``targets``,
    ``chart``, ``machine`` or a row.

    Raises:
        ValueError: a mark names something else.
    """
    made = parts(run)

    def part(found: re.Match[str]) -> str:
        if found["name"] not in made:
            raise ValueError(f"the page marks a part {found['name']!r}; known are {', '.join(made)}")
        return f"{found['begin']}{made[found['name']]}\n{found['end']}"

    return _MARKED.sub(part, page)


def whole(run: Run) -> str:
    """A page of its own, with every part."""
    headings = {"targets": "Targets", "chart": "Chart", "machine": "Machine", **{name: row.title for name, row in ROWS.items()}}
    found = [f"## {title}\n\n<!-- suite: {name} -->\n<!-- end of suite -->\n" for name, title in headings.items()]
    return filled("# Benchmarks\n\n" + "\n".join(found), run)


def parts(run: Run) -> Mapping[str, str]:
    """Each part's text."""
    rows = {name: row_text(run.finding(name)) for name in ROWS}
    return {"headline": headline_text(run), "targets": targets_text(run), "chart": chart_text(run), "machine": machine_text(run), **rows}


def headline_text(run: Run) -> str:
    """One sentence."""
    figure, step = (finding.figure(label) if (finding := run.finding("single")) else None for label in ("loop : env", "env step"))
    if figure is None or step is None:
        return "How fast it is has not been measured here."
    loop = f"a loop of pandas writes and `runpp` on the same network takes {number(figure.value)} times as long"
    return f"One step of `three_microgrids` takes {number(step.value)} µs, with all that its agents see; {loop}{_warning(run)}."


def targets_text(run: Run) -> str:
    """What was to be reached, and what was."""
    rows = []
    for target in TARGETS:
        figure = target.figure(run)
        bound = "≤ " if target.most else "≥ "
        measured = "not measured" if figure is None else f"{spread(figure)} | {target.reached(figure)}"
        rows.append((target.what, f"{bound}{target.least:,g}", f"{bound}{target.aim:,g}", *measured.split(" | ")))
    return table(("ratio", "at least", "aim", "measured", ""), rows)


def chart_text(run: Run) -> str:
    """The chart that is written beside the page."""
    if not drawable(run):
        return "No chart: it needs the rows `sizes` and `batches`."
    return f"![Steps a second over the number of microgrids and over the number of environments]({CHART})"


def machine_text(run: Run) -> str:
    """Where and when, with versions, those in other processes too."""
    machine: Machine = run.machine
    others = [f"{ROWS[f.row].title}: {_listed(f.versions)}." for f in run.findings if f.versions]
    here = f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python}, {run.date}{_warning(run)}."
    return "\n\n".join([here, f"{_listed(machine.versions)}.", *others])


def row_text(finding: Finding | None) -> str:
    """A row's table, what agreed, and what to know."""
    if finding is None:
        return "Not measured."
    if finding.missing:
        return f"Not measured: {finding.missing}."
    if finding.failed:
        return f"Not measured: {finding.failed.splitlines()[0]}"
    notes = [*finding.notes, *([_checked(finding.checks)] if finding.checks else [])]
    return "\n\n".join([figures_table(finding.figures), *notes])


def figures_table(figures: tuple[Figure, ...]) -> str:
    """A line for each figure; where sizes were measured, a line for each size, and further lines for what concerns several."""
    sized = [figure for figure in figures if figure.at]
    plain = [figure for figure in figures if not figure.at]
    texts = []
    if sized:
        labels = list(dict.fromkeys(figure.label for figure in sized))
        units = {figure.label: figure.unit for figure in sized}
        cells = {(figure.at, figure.label): spread(figure) for figure in sized}
        lines = [(at, *(cells.get((at, label), "–") for label in labels)) for at in dict.fromkeys(figure.at for figure in sized)]
        texts.append(table(("", *(_with_unit(label, units[label]) for label in labels)), lines))
    if plain:
        texts.append(table(("", "measured"), [(_with_unit(figure.label, figure.unit), spread(figure)) for figure in plain]))
    return "\n\n".join(texts)


def table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; short rows are filled up."""
    lines = [heading, ("---",) * len(heading), *((*row, *[""] * (len(heading) - len(row))) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def spread(figure: Figure) -> str:
    """A median with its quartiles, where there are any."""
    if figure.low is None or figure.high is None:
        return number(figure.value)
    return f"{number(figure.value)} ({number(figure.low)}–{number(figure.high)})"


def number(value: float) -> str:
    """Three digits that count, all of those before the point, thousands apart."""
    rounded = float(f"{value:.3g}") if abs(value) < 1000 else round(value)
    return f"{rounded:,.{max(0, 2 - floor(log10(abs(rounded))))}f}" if value != round(value) else f"{rounded:,.0f}"


def _with_unit(label: str, unit: str) -> str:
    return label if unit in ("", "×", "1/s") else f"{label}, {unit}"


def _checked(checks: tuple[Check, ...]) -> str:
    return "Before any time was taken: " + "; ".join(f"{c.what} {_gap(c)}" for c in checks) + "."


def _gap(check: Check) -> str:
    return f"differ by {check.largest:.1e} {check.unit}".rstrip() if check.largest else "are equal to the bit"


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _warning(run: Run) -> str:
    return " (a quick run: too short to quote)" if run.effort == "quick" else ""
