"""Rows: one step as one row of named numbers, each of which belongs to an agent or to the world."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.columns import Array, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.observer import StepRecord
from pgcore.env import GridEnv
from pgcore.labels import Labels
from pgcore.naming import owner, unique
from pgcore.plant import EFFECTS

WORLD = ""
"""The party of what belongs to no agent: the power flow and the devices of the background."""

_FLOW = tuple(f.name for f in attrs.fields(Flow))
_GRADES = ("cost", "violation", "reward")


@frozen
class Column:
    """One number of a row: ``action.MG1.ess.p_mw``, ``effect.MG1.ess.cost``, ``state.MG1.ess.energy_mwh``, ``flow.vm_pu.…``,
    ``horizontal.p2p_trading.traded_mw``, ``reward.MG1``.
    """

    name: str
    party: str


@frozen(eq=False)
class RowFormat:
    """Which numbers a row holds and in which order: causes first, so that the first number that differs says where it began."""

    agents: tuple[str, ...]
    columns: tuple[Column, ...]
    actions: Mapping[str, slice]
    """Where each agent's action stands in a row."""
    states: tuple[tuple[str, str], ...]
    """Device and name of each state, in order."""
    shown: tuple[tuple[str, str], ...] = ()
    """Horizontal protocol and name of each number that it shows, in order."""
    parties: Mapping[str, Index] = field(init=False)
    """For each agent, and for :data:`WORLD`, the numbers that belong to it."""

    def __attrs_post_init__(self) -> None:
        owners = np.array([column.party for column in self.columns])
        parties = {name: np.flatnonzero(owners == name) for name in (*self.agents, WORLD)}
        object.__setattr__(self, "parties", parties)

    @classmethod
    def of(cls, env: GridEnv, first: StepRecord) -> "RowFormat":
        """The format for an environment's records, of which ``first`` is one."""
        states = tuple((device, name) for device, state in first.states.items() for name in state)
        agents, shown = tuple(env.roles), tuple(_shown(env))
        columns = [
            *_actions(env),
            *(Column(f"effect.{device}.{name}", owner(device)) for name in EFFECTS for device in env.world.wiring.names),
            *(Column(f"state.{device}.{name}", owner(device)) for device, name in states),
            *(Column(name, WORLD) for name in _flow_names(env, first.flow)),
            *(Column(f"horizontal.{protocol}.{name}", WORLD) for protocol, name in shown),
            *(Column(f"{grade}.{agent}", agent) for grade in _GRADES for agent in agents),
            *_observations(env),
        ]
        return cls(agents, tuple(columns), _slices(env), states, shown)

    def row(self, record: StepRecord, b: int = 0) -> Array:
        """The numbers of environment ``b`` of a record, by default the first; at a reset those of actions are NaN, and protocols show zeros."""
        flow, one, dealt = record.flow, slice(b, b + 1), record.infos[self.agents[0]]["horizontal"]
        parts: list[Any] = [record.actions[a][b] if a in record.actions else np.full(_length(self.actions[a]), np.nan) for a in self.agents]
        parts += [record.effects[name][b] for name in EFFECTS]
        parts += [record.states[device][name][one] for device, name in self.states]
        parts += [np.ravel(getattr(flow, name)[one]) for name in _FLOW]
        parts += [dealt[protocol][name][one] if dealt else np.zeros(1) for protocol, name in self.shown]
        parts += [grade[agent][one] for grade in (record.costs, record.violations, record.rewards) for agent in self.agents]
        parts += [record.observations[agent][b] for agent in self.agents]
        return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


def _actions(env: GridEnv) -> Iterator[Column]:
    for agent, role in env.roles.items():
        for dial in unique([dial.name for dial in role.actions]):
            yield Column(f"action.{agent}.{dial}", agent)


def _observations(env: GridEnv) -> Iterator[Column]:
    for agent, role in env.roles.items():
        for slot in unique([slot.name for slot in role.slots]):
            yield Column(f"observation.{agent}.{slot}", agent)


def _shown(env: GridEnv) -> Iterator[tuple[str, str]]:
    for name, protocol in zip(unique([protocol.type for protocol in env.horizontal]), env.horizontal, strict=True):
        yield from ((name, slot.name) for slot in protocol.shows)


def _slices(env: GridEnv) -> dict[str, slice]:
    ends = np.cumsum([0, *(len(role.actions) for role in env.roles.values())]).tolist()
    return {agent: slice(ends[i], ends[i + 1]) for i, agent in enumerate(env.roles)}


def _length(part: slice) -> int:
    return int(part.stop - part.start)


def _flow_names(env: GridEnv, flow: Flow) -> Iterator[str]:
    names = env.world.labels
    for field_name in _FLOW:
        values = getattr(flow, field_name)
        if values.ndim == 1:
            yield from [f"flow.{field_name}"] * len(values[:1])
        else:
            yield from (f"flow.{field_name}.{label}" for label in _labels_for(field_name, names))


def _labels_for(field_name: str, names: Labels) -> Sequence[str]:
    """Lines and transformers have their word in the field's name; all else is by bus."""
    if field_name.startswith("line"):
        return names.lines
    return names.trafos if field_name.startswith("trafo") else names.buses
