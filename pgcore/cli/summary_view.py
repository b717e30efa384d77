"""How a summary looks in a terminal."""

import math
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pgcore.cli.tables import plain_table
from pgcore.cli.wording import counted
from pgcore.naming import shared_name
from pgcore.results.summary import AgentSummary, DeviceSummary, Summary

_EXCHANGED_MWH = 5e-4
"""Energy that is too little to be shown."""
_WIDTH = 110
"""Where the output goes to a file, which has no width of its own."""


def print_summary(summary: Summary) -> None:
    """Print a table of the agents, one of their devices, and the totals."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    console.print(_agents(summary))
    console.print()
    console.print(_devices(summary.devices))
    diverged = f", {summary.diverged_steps} without a power flow" if summary.diverged_steps else ""
    run = f"{counted(summary.episodes, 'episode')}, {counted(summary.steps, 'step')}{diverged}; reward of all agents {summary.reward:,.2f}"
    grid = f"highest loading {summary.loading_max_percent:.1f} %; losses {summary.losses_mwh:.3f} MWh"
    console.print(f"\n{run}\nall buses {_span(summary.vm_min_pu, summary.vm_max_pu)} pu; {grid}", highlight=False)


def _agents(summary: Summary) -> Table:
    table = _table("agent", "cost", "violation", "steps\nviolated", "voltage\npu", "unserved\nMWh", "import\nMWh", "export\nMWh")
    for agent in summary.agents:
        table.add_row(escape(agent.name), *_grades(agent), _span(agent.vm_min_pu, agent.vm_max_pu), *_energies(agent))
    if len(summary.agents) > 1:
        table.add_section()
        table.add_row("all", f"{summary.cost:,.2f}", f"{summary.violation:,.3f}", "", "", f"{summary.unserved_mwh:.3f}", style="bold")
    return table


def _grades(agent: AgentSummary) -> tuple[str, ...]:
    return f"{agent.cost:,.2f}", f"{agent.violation:,.3f}", str(agent.violated_steps)


def _energies(agent: AgentSummary) -> tuple[str, ...]:
    return tuple(f"{value:.3f}" for value in (agent.unserved_mwh, agent.imported_mwh, agent.exported_mwh))


def _devices(devices: Iterable[DeviceSummary]) -> Table:
    """Devices that were dealt out over several buses share a row."""
    table = _table("device", "produced MWh", "consumed MWh")
    groups: dict[tuple[str, str], list[DeviceSummary]] = {}
    for device in devices:
        groups.setdefault((device.agent, shared_name(device.name)), []).append(device)
    for (agent, name), members in groups.items():
        produced, consumed = (math.fsum(getattr(m, part) for m in members) for part in ("produced_mwh", "consumed_mwh"))
        if produced + consumed >= _EXCHANGED_MWH:
            many = f" ×{len(members)}" if len(members) > 1 else ""
            table.add_row(escape((f"{agent}.{name}" if agent else name) + many), f"{produced:.3f}", f"{consumed:.3f}")
    return table


def _span(low: float, high: float) -> str:
    return f"{low:.4f}–{high:.4f}" if math.isfinite(low) else "none"


def _table(first: str, *numbers: str) -> Table:
    table = plain_table(first)
    for heading in numbers:
        table.add_column(heading, justify="right", overflow="fold")
    return table
