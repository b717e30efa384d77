"""History: keeps what a picture and a closing table need of the steps of a run."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.contracts.reward import Limits
from pgcore.env import GridEnv
from pgcore.labels import Labels
from pgcore.naming import owner
from pgcore.results.summary import AgentSummary, DeviceSummary, Summary

_MOST_NUMBERS = 20_000_000
"""Numbers that a stretch may hold: 160 MB. A longer episode goes on in a new stretch."""
_FEWEST_STEPS = 96
_STORE = ".soc"
"""Observation slots that end so are states of charge."""


@frozen(eq=False)
class Scene:
    """What does not change from step to step; positions in its tuples are columns of a stretch's arrays."""

    agents: tuple[str, ...]
    devices: tuple[str, ...]
    owners: tuple[str, ...]
    """The agent of each device; empty for the background."""
    stores: tuple[str, ...]
    """Devices with a state of charge."""
    labels: Labels
    limits: Limits
    areas: Mapping[str, Index]
    """The buses that each agent sees."""
    dt_h: float


@frozen(eq=False)
class Stretch:
    """T steps in a row; row t of every array belongs to the step from ``hours[t]`` to ``hours[t + 1]``."""

    scene: Scene
    start: str
    """When the first step begins, as the calendar says it."""
    hours: Array
    """Hours since the midnight before the first step, ``(T + 1,)``."""
    p_mw: Array
    """Active power of every device into the grid, ``(T, n)``."""
    q_mvar: Array
    exchange_mw: Array
    """Power into each agent's area through its meters, ``(T, agents)``; NaN for an agent without a meter."""
    soc: Array
    """States of charge at the start and after every step, ``(T + 1, stores)``."""
    vm_pu: Array
    """``(T, bus)``; NaN at buses without voltage, and where the power flow had no solution."""
    loading_percent: Array
    """Of lines, then transformers, ``(T, line + trafo)``; NaN where the power flow had no solution."""
    losses_mw: Array
    """``(T,)``."""
    cost: Array
    """``(T, agents)``, as are the next three."""
    reward: Array
    violation: Array
    unserved_mwh: Array
    converged: Flags
    """``(T,)``."""

    def __len__(self) -> int:
        return len(self.converged)

    def summary(self) -> Summary:
        """What the stretch came to; it counts no episode."""
        energy = self.p_mw * self.scene.dt_h
        produced, consumed = np.maximum(energy, 0.0).sum(axis=0), np.maximum(-energy, 0.0).sum(axis=0)
        owned = zip(self.scene.devices, self.scene.owners, produced.tolist(), consumed.tolist(), strict=True)
        agents = tuple(self._agent(i, name) for i, name in enumerate(self.scene.agents))
        lowest, highest = _ends(self.vm_pu)
        return Summary(
            agents, tuple(DeviceSummary(*one) for one in owned), 0, len(self), int((~self.converged).sum()),
            float(np.nansum(self.losses_mw) * self.scene.dt_h), max(_ends(self.loading_percent)[1], 0.0), lowest, highest,
        )  # fmt: skip

    def _agent(self, i: int, name: str) -> AgentSummary:
        exchanged = np.nan_to_num(self.exchange_mw[:, i]) * self.scene.dt_h
        lowest, highest = _ends(self.vm_pu[:, self.scene.areas[name]])
        return AgentSummary(
            name,
            cost=float(self.cost[:, i].sum()),
            reward=float(self.reward[:, i].sum()),
            violation=float(self.violation[:, i].sum()),
            violated_steps=int((self.violation[:, i] > 0).sum()),
            unserved_mwh=float(self.unserved_mwh[:, i].sum()),
            imported_mwh=float(np.maximum(exchanged, 0.0).sum()),
            exported_mwh=float(np.maximum(-exchanged, 0.0).sum()),
            vm_min_pu=lowest,
            vm_max_pu=highest,
        )


class History(Observer):
    """Keeps the current episode step by step, and of earlier ones what they came to. Of a batch it keeps the first environment."""

    type = "history"

    def __init__(self) -> None:
        self._env: GridEnv | None = None
        self._scene: Scene | None = None
        self._past: Summary | None = None
        self._rows: list[dict[str, Any]] = []
        self._soc: list[Array] = []
        self._start_row = 0
        self._episodes = 0

    def opened(self, env: GridEnv) -> None:
        self._env = env

    def stepped(self, record: StepRecord) -> None:
        scene = self._scene or self._first(record)
        if record.tick == 0:
            self._fold()
            self._episodes += 1
            self._soc = [self._charge(record)]
            self._start_row = int(self._opened_env.rows[0])
            return
        if len(self._rows) >= self._most():
            self._fold()
            self._soc = self._soc[-1:]
            self._start_row = int(self._opened_env.rows[0]) - 1
        self._rows.append(self._row(record, scene))
        self._soc.append(self._charge(record))

    @property
    def stretch(self) -> Stretch:
        """The steps of the current episode; of a very long one the last steps.

        Raises:
            RuntimeError: nothing has happened yet.
        """
        if self._scene is None:
            raise RuntimeError("there is no history before the first reset()")
        return self._stretch(self._scene)

    @property
    def summary(self) -> Summary:
        """What all steps so far came to.

        Raises:
            RuntimeError: nothing has happened yet.
        """
        now = self.stretch.summary()
        whole = now if self._past is None else self._past.plus(now)
        return attrs.evolve(whole, episodes=self._episodes)

    @property
    def _opened_env(self) -> GridEnv:
        assert self._env is not None, "an observer is opened before it is told of a step"
        return self._env

    def _first(self, record: StepRecord) -> Scene:
        env = self._opened_env
        devices = env.world.wiring.names
        stores = tuple(f"{agent}.{name.removesuffix(_STORE)}" for agent, _, name in _charges(env))
        areas = {name: sight.buses for name, sight in env.world.sights.items()}
        owners, dt_h = tuple(map(owner, devices)), env.calendar.step_min / 60.0
        self._scene = Scene(tuple(env.roles), devices, owners, stores, env.world.labels, env.limits, areas, dt_h)
        return self._scene

    def _most(self) -> int:
        """Steps that a stretch may hold."""
        per_step = sum(np.size(value) for value in self._rows[0].values()) if self._rows else 1
        return max(_FEWEST_STEPS, _MOST_NUMBERS // per_step)

    def _fold(self) -> None:
        """Keep of the steps so far what they came to, and start a new stretch."""
        if self._rows and self._scene is not None:
            now = self._stretch(self._scene).summary()
            self._past = now if self._past is None else self._past.plus(now)
        self._rows = []

    def _charge(self, record: StepRecord) -> Array:
        return np.array([record.observations[agent][0, column] for agent, column, _ in _charges(self._opened_env)])

    def _row(self, record: StepRecord, scene: Scene) -> dict[str, Any]:
        flow = record.flow
        good = bool(flow.converged[0])
        loading = np.concatenate([flow.line_loading_percent[0], flow.trafo_loading_percent[0]])
        grades = {"cost": record.costs, "reward": record.rewards, "violation": record.violations}
        by_agent = {name: [grade[agent][0] for agent in scene.agents] for name, grade in grades.items()}
        return {
            "p_mw": record.effects["p_mw"][0], "q_mvar": record.effects["q_mvar"][0],
            "exchange_mw": [self._exchange(flow, agent) if good else np.nan for agent in scene.agents],
            "vm_pu": np.where(flow.energised[0] & good, flow.vm_pu[0], np.nan),
            "loading_percent": np.where(good, loading, np.nan), "losses_mw": flow.losses_mw[0] if good else np.nan,
            "unserved_mwh": [record.infos[agent]["unserved_mwh"][0] for agent in scene.agents], "converged": good, **by_agent,
        }  # fmt: skip

    def _exchange(self, flow: Flow, agent: str) -> float:
        meters = self._opened_env.world.sights[agent].meters
        return sum(float(meter.read(flow)[0]) for meter in meters) if meters else np.nan

    def _stretch(self, scene: Scene) -> Stretch:
        calendar = self._opened_env.calendar
        steps = len(self._rows)
        first = self._start_row * calendar.step_min / 60.0 % 24.0
        hours: Array = first + scene.dt_h * np.arange(steps + 1, dtype=np.float64)
        arrays = {name: np.array([row[name] for row in self._rows]) for name in self._rows[0]} if steps else _empty(scene)
        return Stretch(scene, calendar.label(self._start_row), hours, soc=np.array(self._soc), **arrays)


def _charges(env: GridEnv) -> list[tuple[str, int, str]]:
    """Agent, column of its observation and name of each slot that is a state of charge."""
    return [(agent, i, slot.name) for agent, role in env.roles.items() for i, slot in enumerate(role.slots) if slot.name.endswith(_STORE)]


def _empty(scene: Scene) -> dict[str, Any]:
    """The arrays of a stretch without steps."""
    places = scene.labels
    branches = len(places.lines) + len(places.trafos)
    widths = {"p_mw": len(scene.devices), "q_mvar": len(scene.devices), "vm_pu": len(places.buses), "loading_percent": branches}
    by_agent = dict.fromkeys(("exchange_mw", "cost", "reward", "violation", "unserved_mwh"), len(scene.agents))
    arrays = {name: np.zeros((0, width)) for name, width in {**widths, **by_agent}.items()}
    return {**arrays, "losses_mw": np.zeros(0), "converged": np.zeros(0, dtype=bool)}


def _ends(values: Array) -> tuple[float, float]:
    """Lowest and highest number; ``inf`` and ``-inf`` when there is none."""
    known = values[np.isfinite(values)]
    return float(known.min(initial=np.inf)), float(known.max(initial=-np.inf))
