"""The loop that users of pandapower write: injections into the tables of a net, ``runpp``, results out of its tables."""

import copy
from collections.abc import Sequence
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from pgcore.columns import Array
from pgcore.running.suite.episode import Episode
from pgcore.running.suite.figures import Check, Missing, largest_gap
from pgcore.spec.linked import Linked, PlacedDevice

RESULTS = {"res_bus": ("vm_pu", "va_degree"), "res_line": ("p_from_mw", "loading_percent"), "res_trafo": ("p_hv_mw", "loading_percent")}
"""What the loop reads after each power flow: what the environment reads, too."""


def pandapower() -> Any:
    """The library.

    Raises:
        Missing: it is not installed.
    """
    try:
        return import_module("pandapower")
    except ModuleNotFoundError as error:
        raise Missing("pandapower is not installed; run: pip install pgcore-pandapower") from error


class PandapowerLoop:
    """One recorded episode as pandapower users step it: ``.loc`` writes of every injection, ``runpp``, and the results as numpy arrays.

    No device is stepped, nothing is observed or rewarded: injections come from the recording. The net has as many loads and static generators as the
    spec has devices that inject, with one write for a whole column of them.

    Args:
        linked: the spec behind the episode; its network must come from pandapower and its devices must not act on the solver otherwise.
        episode: what the devices inject.
        options: of ``runpp``; none are its defaults.
    """

    def __init__(self, linked: Linked, episode: Episode, **options: Any) -> None:
        self._run, self._options = pandapower().runpp, options
        self.net = copy.deepcopy(linked.network.data["pandapower"])
        injecting = [(i, d) for i, d in enumerate(_in_plant_order(linked)) if _injects(d)]
        loads = [(i, d) for i, d in injecting if _is_load(d)]
        sgens = [(i, d) for i, d in injecting if not _is_load(d)]
        self._loads, self._sgens = self._load_rows([d for _, d in loads], linked), self._sgen_rows([d for _, d in sgens], linked)
        drawn, fed = (np.array([i for i, _ in group], dtype=np.intp) for group in (loads, sgens))
        effects = [np.stack([record.effects["p_mw"][0], record.effects["q_mvar"][0]]) for record in episode.records]
        self._drawn, self._fed = [-both[:, drawn] for both in effects], [both[:, fed] for both in effects]
        self._at = 0

    def go(self, steps: int) -> float:
        """Make so many steps; the seconds that they took."""
        started = perf_counter()
        for _ in range(steps):
            self.step(self._at)
            self._at = (self._at + 1) % len(self._drawn)
        return perf_counter() - started

    def step(self, t: int) -> dict[str, list[Array]]:
        """Step ``t`` of the episode."""
        net, (load_p, load_q), (sgen_p, sgen_q) = self.net, self._drawn[t], self._fed[t]
        net.load.loc[self._loads, "p_mw"] = load_p
        net.load.loc[self._loads, "q_mvar"] = load_q
        net.sgen.loc[self._sgens, "p_mw"] = sgen_p
        net.sgen.loc[self._sgens, "q_mvar"] = sgen_q
        self._run(net, **self._options)
        return {table: [net[table][column].to_numpy() for column in columns] for table, columns in RESULTS.items()}

    def _load_rows(self, devices: Sequence[PlacedDevice], linked: Linked) -> list[int]:
        """The net's own load for a device that stands for it, a new one for every other."""
        topology = linked.network.topology
        return [
            int(pandapower().create_load(self.net, topology.bus_ids[d.target], p_mw=0.0, q_mvar=0.0))
            if d.takes_load is None
            else topology.loads.ids[d.takes_load]
            for d in devices
        ]

    def _sgen_rows(self, devices: Sequence[PlacedDevice], linked: Linked) -> list[int]:
        buses = linked.network.topology.bus_ids
        return [int(pandapower().create_sgen(self.net, buses[d.target], p_mw=0.0, q_mvar=0.0)) for d in devices]


def loop_agrees(loop: PandapowerLoop, episode: Episode, steps: int) -> tuple[Check, ...]:
    """How far the loop's results are from what the environment saw, over so many steps."""
    gaps = []
    for t in range(min(steps, len(episode))):
        found, flow = loop.step(t), episode.records[t].flow
        pairs = (("res_bus", 0, flow.vm_pu), ("res_line", 1, flow.line_loading_percent), ("res_trafo", 1, flow.trafo_loading_percent))
        gaps.append([largest_gap(np.nan_to_num(found[table][k]), values[0]) for table, k, values in pairs])
    voltage, line, trafo = np.max(gaps, axis=0).tolist()
    loading = Check("loadings and the loop's", max(line, trafo), 1e-3, "%")
    return Check("voltages and the loop's", voltage, 1e-6, "pu"), loading


def _in_plant_order(linked: Linked) -> list[PlacedDevice]:
    """Agents' devices first, then the background's: the order of the columns of a record."""
    return [d for d in linked.devices if d.owner] + [d for d in linked.devices if not d.owner]


def _injects(placed: PlacedDevice) -> bool:
    if placed.device.control is not None:
        raise ValueError(f"{placed.name} acts on the solver by other means than injections, which this loop does not write")
    return placed.place == "bus" and not placed.device.metered


def _is_load(placed: PlacedDevice) -> bool:
    return placed.takes_load is not None or placed.device.type == "load"
