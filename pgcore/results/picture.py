"""Picture: an episode on one page: dispatch, states of charge, voltages and loadings with their limits."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pgcore import extras
from pgcore.columns import Array
from pgcore.naming import owner
from pgcore.results.history import History, Stretch
from pgcore.results.palette import Paint, palette

MOST_AGENTS = 6
"""Agents with a panel of their own; of more, those are shown that exchange most energy."""
MOST_STORES = 8
_DPI = 110
_EXCHANGE = "from the main grid"
_LIMIT = {"color": "#A50026", "linewidth": 1.0, "linestyle": (0, (5, 3))}


def draw(history: History) -> Any:
    """The current episode as a ``matplotlib.figure.Figure``.

    Raises:
        MissingExtra: matplotlib is not installed.
        RuntimeError: nothing has happened yet.
    """
    figures = extras.require("matplotlib.figure", extra="plot", why="draw the picture")
    stretch = history.stretch
    shown = _busiest(stretch)
    figure = figures.Figure(figsize=(15, max(7.5, 2.3 * len(shown) + 1.8)), dpi=_DPI, layout="constrained")
    figure.suptitle(_title(history, stretch), fontsize=12, x=0.01, ha="left")
    if not len(stretch):
        figure.text(0.5, 0.5, "no step was made yet", ha="center", va="center")
        return figure
    left, right = figure.subfigures(1, 2, width_ratios=(1.3, 1))
    _draw_dispatch(left, stretch, shown)
    charge, voltage, loading = right.subplots(3, 1, sharex=True)
    _draw_charge(charge, stretch, shown)
    _draw_voltages(voltage, stretch)
    _draw_loading(loading, stretch)
    for axes in (charge, voltage, loading):
        _finish(axes, stretch)
    loading.set_xlabel("hours since midnight")
    return figure


def to_rgb(figure: Any) -> NDArray[np.uint8]:
    """A figure as pixels, ``(height, width, 3)``.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    agg = extras.require("matplotlib.backends.backend_agg", extra="plot", why="draw the picture")
    canvas = agg.FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba(), dtype=np.uint8)[..., :3].copy()


def _title(history: History, stretch: Stretch) -> str:
    total = stretch.summary()
    diverged = f", {total.diverged_steps} without a power flow" if total.diverged_steps else ""
    number, grades = history.summary.episodes, f"cost {total.cost:,.0f} · violation {total.violation:.3g}"
    return f"Episode {number}: {len(stretch)} steps from {stretch.start}{diverged} · {grades}"


def _busiest(stretch: Stretch) -> tuple[str, ...]:
    """The agents with panels, in their usual order: those that own devices and, of many, those that exchange most energy."""
    owners = np.array(stretch.scene.owners)
    moved = {agent: float(np.abs(stretch.p_mw[:, owners == agent]).sum()) for agent in stretch.scene.agents if agent in stretch.scene.owners}
    most = sorted(moved, key=lambda agent: -moved[agent])[:MOST_AGENTS]
    return tuple(agent for agent in moved if agent in most)


def _draw_dispatch(part: Any, stretch: Stretch, shown: tuple[str, ...]) -> None:
    """One panel for each agent: what its devices inject, stacked above zero, and what they draw, stacked below it."""
    paints = palette(stretch, shown)
    panels = np.atleast_1d(part.subplots(max(len(shown), 1), 1, sharex=True))
    drawn: dict[str, Any] = {}
    for agent, axes in zip(shown, panels, strict=False):
        drawn.update(_draw_agent(axes, stretch, agent, paints))
        axes.set_title(agent, fontsize=10, loc="left", pad=3)
    for axes in panels:
        axes.set_ylabel("MW")
        _finish(axes, stretch)
    owners = [agent for agent in stretch.scene.agents if agent in stretch.scene.owners]
    left_out = f"\n{len(shown)} of {len(owners)} agents: those that exchange most energy" if len(owners) > len(shown) else ""
    part.suptitle(f"Dispatch: power into the grid above zero, consumption below{left_out}", fontsize=10)
    panels[-1].set_xlabel("hours since midnight")
    if drawn:
        ordered = {name: drawn[name] for name in (*paints, _EXCHANGE) if name in drawn}
        part.legend(ordered.values(), ordered.keys(), loc="outside lower center", ncols=min(len(ordered), 7), fontsize=9, frameon=False)


def _draw_agent(axes: Any, stretch: Stretch, agent: str, paints: dict[str, Paint]) -> dict[str, Any]:
    """Fill the stacks of one agent; returns what the legend needs."""
    above, below = np.zeros(len(stretch)), np.zeros(len(stretch))
    drawn: dict[str, Any] = {}
    for name, paint in paints.items():
        if agent not in paint.power:
            continue
        given, taken = np.maximum(paint.power[agent], 0.0), np.minimum(paint.power[agent], 0.0)
        for base, part in ((above, given), (below, taken)):
            if np.any(part):
                drawn[name] = axes.stairs(base + part, stretch.hours, baseline=base, fill=True, color=paint.color, label=name)
        above, below = above + given, below + taken
    exchange = stretch.exchange_mw[:, stretch.scene.agents.index(agent)]
    if np.isfinite(exchange).any():
        drawn[_EXCHANGE] = axes.stairs(exchange, stretch.hours, baseline=None, color="black", linewidth=1.3)
    axes.axhline(0.0, color="black", linewidth=0.6)
    return drawn


def _draw_charge(axes: Any, stretch: Stretch, shown: tuple[str, ...]) -> None:
    axes.set_title("State of charge", fontsize=10, loc="left", pad=3)
    axes.set_ylabel("%")
    axes.set_ylim(-3, 103)
    stores = stretch.scene.stores
    names = [name for name in stores if owner(name) in shown][:MOST_STORES]
    for i, name in enumerate(names):
        axes.plot(stretch.hours, 100 * stretch.soc[:, stores.index(name)], label=name, **_line(i))
    if len(names) < len(stores):
        axes.set_title(f"{len(names)} of {len(stores)} stores", fontsize=9, loc="right", pad=3)
    if names:
        _legend(axes)
    else:
        axes.text(0.5, 0.5, "no storage", transform=axes.transAxes, ha="center", va="center", color="#666666")


def _draw_voltages(axes: Any, stretch: Stretch) -> None:
    axes.set_title("Voltages of all buses", fontsize=10, loc="left", pad=3)
    axes.set_ylabel("pu")
    lowest, middle, highest = _spread(stretch.vm_pu)
    edges = stretch.hours
    axes.stairs(highest, edges, baseline=lowest, fill=True, color="#56B4E9", alpha=0.45, label="lowest to highest")
    axes.stairs(middle, edges, baseline=None, color="#0072B2", linewidth=1.4, label="median")
    band: tuple[float, ...] = stretch.scene.limits.vm_pu or ()
    for limit, label in zip(band, ("limits", None), strict=False):
        axes.axhline(limit, label=label, **_LIMIT)
    ends = (*band, np.nanmin(lowest, initial=1.0), np.nanmax(highest, initial=1.0))
    axes.set_ylim(min(ends) - 0.008, max(ends) + 0.008)
    _legend(axes)


def _draw_loading(axes: Any, stretch: Stretch) -> None:
    axes.set_title("Highest loading", fontsize=10, loc="left", pad=3)
    axes.set_ylabel("%")
    split = len(stretch.scene.labels.lines)
    groups = {"lines": stretch.loading_percent[:, :split], "transformers": stretch.loading_percent[:, split:]}
    for color, (name, values) in zip(("#0072B2", "#E69F00"), groups.items(), strict=True):
        if values.shape[1]:
            axes.stairs(_spread(values)[2], stretch.hours, baseline=None, label=name, color=color, linewidth=1.4)
    if stretch.scene.limits.loading_percent is not None:
        axes.axhline(stretch.scene.limits.loading_percent, label="limit", **_LIMIT)
    axes.set_ylim(bottom=0.0)
    _legend(axes)


def _finish(axes: Any, stretch: Stretch) -> None:
    """Grid, time axis, and a grey stripe over every step without a power flow."""
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlim(stretch.hours[0], max(stretch.hours[-1], stretch.hours[0] + stretch.scene.dt_h))
    axes.xaxis.set_major_locator(_hours(float(stretch.hours[-1] - stretch.hours[0])))
    for t in np.flatnonzero(~stretch.converged):
        axes.axvspan(stretch.hours[t], stretch.hours[t + 1], color="#BBBBBB", alpha=0.6, linewidth=0)


def _hours(span: float) -> Any:
    """Whole hours for short episodes, thirds of a day, then days for long ones."""
    ticker = extras.require("matplotlib.ticker", extra="plot", why="draw the picture")
    step = next((step for step, most in ((1, 8), (3, 30), (6, 54), (24, 24 * 14)) if span <= most), None)
    return ticker.MultipleLocator(step) if step else ticker.MaxNLocator(10, steps=[1, 2.4, 4.8, 10])


def _legend(axes: Any) -> None:
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def _line(i: int) -> dict[str, Any]:
    colors = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8A8A8A")
    return {"color": colors[i % len(colors)], "linewidth": 1.6, "linestyle": ("-", "--", "-.", ":")[i % 4] if i else "-"}


def _spread(values: Array) -> tuple[Array, Array, Array]:
    """Lowest, median and highest of each row; NaN where a row has no number."""
    known = np.isfinite(values).any(axis=1)
    ends = np.full((3, len(values)), np.nan)
    if known.any():
        ends[:, known] = [np.nanmin(values[known], axis=1), np.nanmedian(values[known], axis=1), np.nanmax(values[known], axis=1)]
    return ends[0], ends[1], ends[2]
