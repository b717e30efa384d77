"""Stage: a small feeder and a power flow in closed form, for whole episodes with what is examined, and nothing that happens to be installed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

import pgcore.builtin
from pgcore.catalog import Catalog
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.network import Branches, Case, Loads, Network, NetworkSource, Topology
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.hookspecs import hookimpl
from pgcore.spec.load import load_spec
from pgcore.spec.model import Spec

SLOPE_PU_PER_MW = 0.02
"""By how much each line lowers the voltage behind it for each MW that flows into it."""

PROFILES: Mapping[str, Any] = {
    "sun": {"type": "values", "values": [0.0, 0.4, 1.0, 0.7, 0.2, 0.1]},
    "day": {"type": "values", "values": [0.5, 1.0, 0.2, 1.4, 0.8, 0.6]},
    "tariff": {"type": "values", "values": [80.0, 200.0, 40.0, 120.0, 60.0, 90.0]},
}
DEVICES: Mapping[str, Mapping[str, Any]] = {
    "ess": {"type": "battery", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.2, "soc_start_max": 0.8, "q_control": True},
    "gen": {"type": "generator", "p_max_mw": 1.0, "a_per_h": 1.0, "b_per_mwh": 40.0, "c_per_mw2h": 10.0},
    "unit": {"type": "generator", "p_max_mw": 0.6, "p_min_mw": 0.1, "b_per_mwh": 70.0, "committable": True, "min_up_h": 1.0, "min_down_h": 1.0},
    "pv": {"type": "pv", "p_peak_mw": 0.8, "availability": "sun"},
    "home": {"type": "load", "p_mw": 0.9, "q_mvar": 0.2, "p_profile": "day", "curtailable": 0.4, "value_of_lost_load_per_mwh": 90.0},
}
"""Devices that protocols have something to say to; a bus is still to be named."""


def devices(bus: str, *names: str) -> dict[str, Any]:
    """Some of :data:`DEVICES` at a bus: ``A``, ``B`` or ``C``."""
    return {name: {**DEVICES[name], "bus": bus} for name in names}


def staged(agents: Mapping[str, Any], horizontal: Sequence[Mapping[str, Any]] = (), protocols: Sequence[type[Any]] = (), steps: int = 4) -> Spec:
    """A spec on the stage.

    Args:
        agents: its section of that name.
        horizontal: its section of that name.
        protocols: classes that it names beside those of the core.
        steps: length of an episode, in steps of half an hour.
    """
    document = {
        "spec": 1,
        "network": {"type": "stage"},
        "profiles": PROFILES,
        "agents": dict(agents),
        "horizontal": [dict(one) for one in horizontal],
        "episode": {"steps": steps, "step_min": 30},
        "run": {"backend": {"type": "stage"}, "actions": "physical"},
    }
    return load_spec(document, catalog=_catalog(protocols))


@frozen
class StageFeeder(NetworkSource):
    """A source and the buses A, B and C on a line."""

    type = "stage"

    def load(self) -> Network:
        """Four buses, three lines."""
        names = ("Source", "A", "B", "C")
        lines = Branches((0, 1, 2), ("L1", "L2", "L3"), np.arange(3), np.arange(1, 4), np.ones(3), np.ones(3, dtype=bool))
        none, some = np.zeros(0, dtype=np.intp), np.zeros(0)
        trafos = Branches((), (), none, none, some, np.zeros(0, dtype=bool))
        loads, no_taps = Loads((), (), none, some, some), np.zeros((0, 2))
        topology = Topology((0, 1, 2, 3), names, np.full(4, 20.0), np.zeros((4, 2)), (0,), lines, trafos, loads, no_taps)
        return Network(topology, _case())


@frozen
class StageBackend(Backend):
    """Lines without losses whose voltage falls with the power that they carry: a closed form."""

    type = "stage"
    exact = False

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        """Nothing to prepare."""
        return _StageSolver()


class _StageSolver(Solver):
    """Remembers nothing."""

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        batch = len(p_mw)
        into = -np.add.accumulate(p_mw[:, :0:-1], axis=1)[:, ::-1]
        vm_pu = np.concatenate([np.ones((batch, 1)), 1.0 - SLOPE_PU_PER_MW * np.add.accumulate(into, axis=1)], axis=1)
        none, zero = np.zeros((batch, 0)), np.zeros(batch)
        live = np.ones(vm_pu.shape, dtype=bool)
        slack = into[:, 0], -np.add.accumulate(q_mvar, axis=1)[:, -1]
        return Flow(vm_pu, 0.0 * vm_pu, 100.0 * np.abs(into), none, into, none, *slack, zero, live[:, 0], live, np.zeros(batch, np.uint8))

    def forget(self, row: int | None = None) -> None:
        return


class _Stage:
    """The plugin object."""

    def __init__(self, protocols: Sequence[type[Any]]) -> None:
        self.protocols = protocols

    @hookimpl
    def pgcore_networks(self) -> Iterable[type[NetworkSource]]:
        return [StageFeeder]

    @hookimpl
    def pgcore_backends(self) -> Iterable[type[Backend]]:
        return [StageBackend]

    @hookimpl
    def pgcore_protocols(self) -> Iterable[type[Vertical] | type[Horizontal]]:
        return self.protocols


def _catalog(protocols: Sequence[type[Any]]) -> Catalog:
    own = Catalog.of(pgcore.builtin)
    known = {*own.types("vertical").values(), *own.types("horizontal").values()}
    return Catalog.of(pgcore.builtin, _Stage([kind for kind in protocols if kind not in known]))


def _case() -> Case:
    none, f, z = np.zeros(0, dtype=np.intp), np.zeros(3), np.zeros(3, dtype=complex)
    return Case(
        1.0, np.arange(4), np.full(4, 20.0), np.zeros(4, dtype=complex), np.zeros(4), np.zeros(4), np.arange(3), np.arange(1, 4),
        f, f + SLOPE_PU_PER_MW, f, f, np.ones(3, dtype=complex), z, z, np.array([0]), np.ones(1), np.zeros(1), none, np.zeros(0), np.zeros(0),
        np.arange(3), np.ones(3), np.zeros((0, 3), dtype=np.intp), np.ones((0, 3, 2)),
    )  # fmt: skip
