"""A hermetic plugin for tests: a feeder of four buses and a backend whose answer is a closed form."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from attrs import frozen

import pgcore.builtin
from pgcore.catalog import Catalog
from pgcore.columns import Array, Index
from pgcore.contracts.backend import Backend, Flow, Port, Solver
from pgcore.contracts.device import Control, Device, Effect, Knob, State, Values
from pgcore.contracts.network import Branches, Case, Loads, Network, NetworkSource, Topology
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.hookspecs import hookimpl
from pgcore.quantity import quantity

INFEASIBLE_MW = 50.0
"""The toy power flow has no solution where the absolute injections add up to more than this."""


def toy_network() -> Network:
    """Buses Grid, A, B and C on a line: line 0 Grid–A, line 1 A–B, transformer T B–C; one load of 0.1 MW at A."""
    lines = Branches((0, 1), ("L1", "L2"), np.array([0, 1]), np.array([1, 2]), np.ones(2), np.ones(2, dtype=bool))
    trafos = Branches((0,), ("T",), np.array([2]), np.array([3]), np.ones(1), np.ones(1, dtype=bool))
    loads = Loads((0,), ("house",), np.array([1]), np.array([0.1]), np.array([0.02]))
    taps = np.array([[-5.0, 5.0]])
    topology = Topology((0, 1, 2, 3), ("Grid", "A", "B", "C"), np.full(4, 20.0), np.zeros((4, 2)), (0,), lines, trafos, loads, taps)
    none, f, z = np.zeros(0, dtype=np.intp), np.zeros(3), np.zeros(3, dtype=complex)
    case = Case(
        1.0, np.arange(4), np.full(4, 20.0), np.zeros(4, dtype=complex), np.zeros(4), np.zeros(4), np.arange(3), np.arange(1, 4),
        f, f + 0.1, f, f, z + 1, z, z, np.array([0]), np.ones(1), np.zeros(1), none, np.zeros(0), np.zeros(0),
        np.array([0, 1]), np.ones(2), np.array([[2, -1, -1]]), np.ones((1, 3, 2)),
    )  # fmt: skip
    return Network(topology, case)


@frozen
class ToyFeeder(NetworkSource):
    """Four buses on a line."""

    type = "toy"

    def load(self) -> Network:
        return toy_network()


class ToySolver(Solver):
    """Voltage falls by 0.05 pu for each MW that flows through a branch towards a bus; a solve remembers nothing."""

    rungs = ("direct", "failed")

    def __init__(self, ports: tuple[Port, ...]) -> None:
        self.ports = ports

    def solve(self, p_mw: Array, q_mvar: Array, controls: Array | None = None, rows: Index | None = None) -> Flow:
        opened = self._opened(len(p_mw), controls)
        live = np.cumsum(opened, axis=1) == 0
        energised = np.concatenate([np.ones((len(p_mw), 1), dtype=bool), live], axis=1)
        carried = -np.cumsum((p_mw * energised)[:, ::-1], axis=1)[:, ::-1][:, 1:]
        vm_pu = np.where(energised, np.concatenate([np.ones((len(p_mw), 1)), 1.0 - 0.05 * np.cumsum(carried, axis=1)], axis=1), 0.0)
        good = np.abs(p_mw).sum(axis=1) <= INFEASIBLE_MW
        flow = {
            "vm_pu": vm_pu, "va_deg": 0.0 * vm_pu, "line_loading_percent": 100 * np.abs(carried[:, :2]),
            "trafo_loading_percent": 100 * np.abs(carried[:, 2:]), "line_p_mw": carried[:, :2], "trafo_p_mw": carried[:, 2:],
            "slack_p_mw": carried[:, 0], "slack_q_mvar": -q_mvar.sum(axis=1), "losses_mw": np.zeros(len(p_mw)),
        }  # fmt: skip
        kept = {name: value * good.reshape(-1, *[1] * (value.ndim - 1)) for name, value in flow.items()}
        return Flow(**kept, converged=good, energised=energised & good[:, None], rung=np.where(good, 0, 1))

    def forget(self, row: int | None = None) -> None:
        return

    def _opened(self, batch: int, controls: Array | None) -> Array:
        opened = np.zeros((batch, 3))
        for k, port in enumerate(self.ports):
            if controls is not None and port.control is Control.CLOSED:
                opened[:, port.target + (2 if port.element == "trafo" else 0)] = 1.0 - controls[:, k]
        return opened


@frozen
class ToyBackend(Backend):
    """A closed form instead of a power flow."""

    type = "toy"
    controls = frozenset(Control)

    def compile(self, network: Network, ports: tuple[Port, ...] = ()) -> Solver:
        return ToySolver(ports)


@frozen
class Source(Device):
    """Injects what it is told, even what is not a number."""

    type = "source"
    p_max_mw: float = quantity("MW", "largest power", default=1.0, gt=0)
    broken_above_mw: float = quantity("MW", "injects NaN above this", default=1e9)
    knobs = (Knob("p_mw", "MW", "-p_max_mw", "p_max_mw", "power to inject"),)
    source = "thin air"

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        p_mw = np.where(action["p_mw"] > self.broken_above_mw, np.nan, action["p_mw"])
        return state, Effect(p_mw=p_mw, useful_mwh=-p_mw * dt_h)


class Keeper(Observer):
    """Keeps every record."""

    type = "keeper"

    def __init__(self) -> None:
        self.records: list[StepRecord] = []

    def stepped(self, record: StepRecord) -> None:
        self.records.append(record)


class Toys:
    """The plugin object."""

    @hookimpl
    def pgcore_networks(self) -> Iterable[type[NetworkSource]]:
        return [ToyFeeder]

    @hookimpl
    def pgcore_backends(self) -> Iterable[type[Backend]]:
        return [ToyBackend]

    @hookimpl
    def pgcore_devices(self) -> Iterable[type[Device]]:
        return [Source]


def toy_catalog() -> Catalog:
    """The built-ins and the toys, and nothing that happens to be installed."""
    return Catalog.of(pgcore.builtin, Toys())


def toy_spec(agents: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """A small spec on the toy network; ``sections`` replace or add top-level sections."""
    return {
        "spec": 1,
        "network": {"type": "toy"},
        "agents": dict(agents),
        "episode": {"steps": 6, "step_min": 60},
        "run": {"backend": {"type": "toy"}, "actions": "physical"},
        **sections,
    }
