"""Chart: steps a second over the number of microgrids, and over the number of environments."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pgcore import extras
from pgcore.running.suite.figures import Figure
from pgcore.running.suite.run import Run

_BLUE, _ORANGE, _GREY = "#0072B2", "#E69F00", "#7A7A7A"
"""Of the pictures of episodes: colours that people with colour-blindness tell apart (Okabe and Ito, 2008)."""


CHART = "_static/speed.svg"
"""Where it is, beside a page."""


def drawable(run: Run) -> bool:
    """Whether there is enough for a chart."""
    return all(_curves(run))


def draw(run: Run, file: Path) -> None:
    """Draw what was measured into an SVG file.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    sizes, batches = _curves(run)
    matplotlib, figures = (extras.require(name, extra="plot", why="draw the chart") for name in ("matplotlib", "matplotlib.figure"))
    figure = figures.Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _curve(left, sizes, "microgrids in one environment", "steps/s", _BLUE)
    _curve(right, batches, "environments of three_microgrids, stepped together", "environment steps/s", _ORANGE)
    _loop(right, run)
    file.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "pgcore"}):
        figure.savefig(file, format="svg", metadata={"Date": None})


def _curves(run: Run) -> tuple[list[tuple[int, Figure]], list[tuple[int, Figure]]]:
    return _points(run, "sizes", "n = ", "steps/s"), _points(run, "batches", "B = ", "env steps/s")


def _points(run: Run, row: str, sign: str, label: str) -> list[tuple[int, Figure]]:
    """Sizes with what was measured at them."""
    finding = run.finding(row)
    figures: Sequence[Figure] = finding.figures if finding else ()
    sized = [(figure.at.removeprefix(sign), figure) for figure in figures if figure.label == label and figure.at.startswith(sign)]
    return [(int(at), figure) for at, figure in sized if at.isdigit()]


def _curve(axes: Any, points: list[tuple[int, Figure]], across: str, up: str, color: str) -> None:
    at, figures = [size for size, _ in points], [figure for _, figure in points]
    low, high = ([getattr(f, end) if getattr(f, end) is not None else f.value for f in figures] for end in ("low", "high"))
    axes.fill_between(at, low, high, color=color, alpha=0.25, linewidth=0)
    axes.loglog(at, [figure.value for figure in figures], "o-", color=color, linewidth=1.6)
    axes.set_xticks(at, [f"{size:,}" for size in at])
    axes.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _loop(axes: Any, run: Run) -> None:
    """The pandapower loop, for scale."""
    finding = run.finding("single")
    step = finding.figure("loop step") if finding else None
    if step is not None:
        axes.axhline(1e3 / step.value, color=_GREY, linestyle=(0, (5, 3)), linewidth=1.2)
        axes.annotate("loop of pandas writes and runpp", (1, 1e3 / step.value), (0, 4), textcoords="offset points", color=_GREY, fontsize=9)
