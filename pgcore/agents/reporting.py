"""Reporting: grades a step and observes what it led to, for one agent or for many at once."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from pgcore.agents.charter import foreseen, injecting
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.roster import roster
from pgcore.columns import Array, Flags, Index, total
from pgcore.contracts.protocol import Deal
from pgcore.contracts.reward import Grade, Outcome
from pgcore.daytime import time_of_day
from pgcore.feeds import Feeds
from pgcore.messages import NetworkState, Report, States
from pgcore.plant import EFFECTS, Effects, Plant

T = TypeVar("T", np.float64, np.bool_)

_P, _Q = EFFECTS.index("p_mw"), EFFECTS.index("q_mvar")
_ACCOUNT = np.array([EFFECTS.index(name) for name in ("cost", "violation", "unserved_mwh")])


@frozen(eq=False)
class Readings:
    """What a step came to for the agents' own devices; n devices, agent after agent. Devices of the background may stand behind them."""

    effects: Effects
    states: States
    """After the step, as the plant lays them out."""
    exo: Array
    """The devices' inputs in the step, ``(B, needs)``."""
    coming: Array
    """Their inputs in the step to come."""
    rows: Index
    """The step of the profiles to come, ``(B,)``."""


class Reporting:
    """What agents say at the end of a step. A report of many agents is, bit for bit, that of each one alone, side by side."""

    def __init__(self, agents: Sequence[GridAgent], plant: Plant, feeds: Feeds, step_min: float) -> None:
        self.agents, self.plant, self.feeds, self.step_min = tuple(agents), plant, feeds, step_min
        self._metered = np.flatnonzero([device.metered for device in plant.devices])
        self.seats = tuple(roster(agents).values())
        charters = [agent.charter for agent in agents]
        self._reward, self._dt_h = charters[0].reward, agents[0].dt_h
        last = self.seats[-1]
        self._accounts = _Rows.of([_run(seat.devices) for seat in self.seats], last.devices.stop)
        self._buses = _Rows.of([_run(seat.buses) for seat in self.seats], last.buses.stop)
        self._nowhere = self._buses.columns == last.buses.stop
        self._live = ~self._nowhere[None], np.ones((1, len(agents)), dtype=bool)
        lines = last.lines.stop
        branches = [[*_run(seat.lines), *(lines + i for i in _run(seat.trafos))] for seat in self.seats]
        self._branches = _Rows.of(branches, lines + last.trafos.stop)
        self._at_bus, self._device_bus = self._places()
        self._ahead = max(charter.forecast_steps for charter in charters)
        self._foreseen = self._needs_foreseen()
        self._order = self._columns()
        self._low, self._high = (np.array([getattr(s, end) for a in agents for s in a.slots], dtype=float) for end in ("low", "high"))
        self._choosing = any(dial.discrete for agent in agents for dial in agent.actions)
        pairs = [(seat, agent.knob_of) for seat, agent in zip(self.seats, agents, strict=True)]
        self._acts = _joined(seat.acts.start + acts for seat, (acts, _) in pairs)
        self._knobs = _joined(seat.knobs.start + knobs for seat, (_, knobs) in pairs)

    def report(self, view: NetworkState, own: Readings, deals: Sequence[Sequence[Deal]]) -> Report:
        """Settle what the meters read, grade the step just made, and observe what it led to; ``deals`` are each agent's."""
        n = self.seats[-1].devices.stop
        effects = own.effects[:, :, :n]
        cost, violation, unserved_mwh = self._account(effects, self._due(view, own.effects, own.exo)[:, :, :n])
        for i, struck in enumerate(deals):
            for deal in struck:
                cost[:, i] += deal.cost
        energised, live = self._supply(view)
        if not live.all():
            unserved_mwh = unserved_mwh + self._undelivered(view, effects)
        grade = self._grade(view, energised, cost, violation)
        details: dict[str, Array | Flags] = {
            "age": view.age[:, None].repeat(len(self.agents), axis=1),
            "energised": live,
            "unserved_mwh": unserved_mwh,
        }
        return Report(self._observe(view, effects, own, deals), cost, grade.violation, grade.reward, self._mask(own), details)

    def audit(self, view: NetworkState, effects: Effects, rows: Index) -> tuple[Array, Grade]:
        """Cost, and the grade that goes with it, ``(B, agents)``, of the step ``rows`` of the profiles, without what only the agents know: deals."""
        n = self.seats[-1].devices.stop
        exo = self.feeds.at(rows, np.ones((len(rows), len(self.feeds.voltages))))
        cost, violation, _ = self._account(effects[:, :, :n], self._due(view, effects, exo)[:, :, :n])
        return cost, self._grade(view, self._supply(view)[0], cost, violation)

    def _grade(self, view: NetworkState, energised: Flags, cost: Array, violation: Array) -> Grade:
        return self._reward.grade(Outcome(cost, violation, self._buses.take(view.vm_pu, 1.0), energised, self._loading(view), self._dt_h))

    def _due(self, view: NetworkState, effects: Effects, exo: Array) -> Array:
        """What the metered devices owe, ``(2, B, n)``."""
        metered_mw = np.zeros(effects.shape[1:])
        if self._metered.size:
            metered_mw[:, self._metered] = view.metered_mw
        return self.plant.settle(metered_mw, exo, self._dt_h)

    def _observe(self, view: NetworkState, effects: Effects, own: Readings, deals: Sequence[Sequence[Deal]]) -> Array:
        """The numbers that :func:`~pgcore.agents.charter.layout` lists for each agent, ``(B, slots)``, cut to their bounds."""
        parts = [
            time_of_day(own.rows, self.step_min), view.converged[:, None], view.age[:, None], effects[_P], effects[_Q], view.metered_mw,
            self.plant.observe(own.states, own.coming)[:, : self.seats[-1].shown.stop],
            view.vm_pu, view.line_loading_percent, view.trafo_loading_percent, *self._told(), *self._dealt(deals, len(own.rows)),
        ]  # fmt: skip
        if self._ahead:
            parts.append(self.feeds.ahead(own.rows, self._ahead, self._foreseen))
        seen = np.concatenate(parts, axis=1).take(self._order, axis=1)
        return np.asarray(np.minimum(np.maximum(seen, self._low), self._high))

    def _account(self, effects: Effects, due: Array) -> tuple[Array, Array, Array]:
        """Cost, violation and unserved energy of the agents' devices, with what their meters came to; ``(B, agents)`` each."""
        rows = effects.take(_ACCOUNT, axis=0)
        rows[:2] += due
        cost, violation, unserved_mwh = total(self._accounts.take(rows, 0.0))
        return cost, violation, unserved_mwh

    def _supply(self, view: NetworkState) -> tuple[Flags, Flags]:
        """Which buses of each area are energised ``(B, agents, bus)``, and whether all of them are ``(B, agents)``."""
        if view.energised.all():
            return self._live[0].repeat(len(view.age), axis=0), self._live[1].repeat(len(view.age), axis=0)
        energised = self._buses.take(view.energised, False)
        return energised, (energised | self._nowhere).all(axis=2)

    def _undelivered(self, view: NetworkState, effects: Effects) -> Array:
        """Energy that devices drew at buses without voltage, ``(B, agents)``."""
        drawn_mw = np.zeros(effects.shape[1:])
        dead = ~view.energised[:, self._device_bus]
        drawn_mw[:, self._at_bus] = np.maximum(-effects[_P][:, self._at_bus], 0.0) * dead
        return total(self._accounts.take(drawn_mw, 0.0)) * self._dt_h

    def _loading(self, view: NetworkState) -> Array:
        both = np.concatenate([view.line_loading_percent, view.trafo_loading_percent], axis=1)
        return self._branches.take(both, 0.0)

    def _told(self) -> list[Array]:
        return [agent.told[slot.name][:, None] for agent in self.agents for slot in agent.charter.told]

    def _dealt(self, deals: Sequence[Sequence[Deal]], batch: int) -> list[Array]:
        """Values of the horizontal protocols' slots; zero before the first deal."""
        parts = []
        for agent, struck in zip(self.agents, deals, strict=True):
            protocols = agent.charter.horizontal
            if struck:
                parts += [deal.slots[slot.name][:, None] for protocol, deal in zip(protocols, struck, strict=True) for slot in protocol.slots]
            elif protocols:
                parts.append(np.zeros((batch, sum(len(protocol.slots) for protocol in protocols))))
        return parts

    def _mask(self, own: Readings) -> tuple[Array, Array] | None:
        """Lowest and highest setting of each number of the actions, infinite where it is free; ``None`` where all are."""
        allowed = self.plant.allowed(own.states, own.coming) if self._choosing else None
        if allowed is None:
            return None
        batch, width = len(own.rows), self.seats[-1].acts.stop
        low, high = np.full((batch, width), -np.inf), np.full((batch, width), np.inf)
        low[:, self._acts], high[:, self._acts] = allowed[0][:, self._knobs], allowed[1][:, self._knobs]
        return low, high

    def _places(self) -> tuple[Index, Index]:
        """The devices that stand at a bus, and which of the seen buses that is."""
        pairs = [(seat, agent.charter.device_bus) for seat, agent in zip(self.seats, self.agents, strict=True)]
        at_bus = _joined(seat.devices.start + np.flatnonzero(bus >= 0) for seat, bus in pairs)
        return at_bus, _joined(seat.buses.start + bus[bus >= 0] for seat, bus in pairs)

    def _needs_foreseen(self) -> Index:
        return _joined(
            seat.needs.start + np.array(foreseen(agent.charter.plant), dtype=np.intp)
            for seat, agent in zip(self.seats, self.agents, strict=True)
            if agent.charter.forecast_steps
        )

    def _columns(self) -> Index:
        """For every slot of every agent, where it stands among the parts that :meth:`_observe` puts side by side."""
        last = self.seats[-1]
        told, dealt = ([getattr(a, what) for a in self.agents] for what in ("told_slots", "deal_slots"))
        widths = [
            2, 1, 1, last.devices.stop, last.devices.stop, last.meters.stop, last.shown.stop, last.buses.stop, last.lines.stop, last.trafos.stop,
            sum(told), sum(dealt),
        ]  # fmt: skip
        first = np.cumsum([0, *widths])
        order = []
        for i, (seat, agent) in enumerate(zip(self.seats, self.agents, strict=True)):
            injects = seat.devices.start + np.array(injecting(agent.charter.plant), dtype=np.intp)
            blocks = [
                range(2), range(1), range(1), injects, injects, _run(seat.meters), _run(seat.shown), _run(seat.buses), _run(seat.lines),
                _run(seat.trafos), range(sum(told[:i]), sum(told[: i + 1])), range(sum(dealt[:i]), sum(dealt[: i + 1])),
            ]  # fmt: skip
            order += [start + np.array(block, dtype=np.intp) for start, block in zip(first, blocks, strict=False)]
            order.append(first[-1] + self._forecast_columns(i))
        return _joined(order)

    def _forecast_columns(self, i: int) -> Index:
        """An agent's columns of the joint forecast, which goes step by step."""
        steps = self.agents[i].charter.forecast_steps
        own, seat = np.array(foreseen(self.agents[i].charter.plant), dtype=np.intp), self.seats[i]
        at = np.searchsorted(self._foreseen, seat.needs.start + own) if steps else own[:0]
        return np.asarray((np.arange(steps)[:, None] * len(self._foreseen) + at[None]).ravel(), dtype=np.intp)


@frozen(eq=False)
class _Rows:
    """Columns of an array as rows of equal length: one row for each agent, the places left over at the end."""

    columns: Index
    """``(agents, longest)``; the column after the last stands for a place left over."""
    full: bool
    """Whether no place is left over."""

    @classmethod
    def of(cls, parts: Sequence[Sequence[int]], width: int) -> "_Rows":
        longest = max(map(len, parts))
        rows = [[*part, *([width] * (longest - len(part)))] for part in parts]
        return cls(np.array(rows, dtype=np.intp).reshape(len(parts), longest), all(len(part) == longest for part in parts))

    def take(self, values: NDArray[T], spare: float | bool) -> NDArray[T]:
        """The rows ``(…, agents, longest)`` of ``(…, n)``; ``spare`` fills what is left over."""
        if self.full:
            return values.take(self.columns, axis=-1)
        filled = np.full((*values.shape[:-1], values.shape[-1] + 1), spare, dtype=values.dtype)
        filled[..., :-1] = values
        return filled.take(self.columns, axis=-1)


def _run(part: slice) -> range:
    return range(part.start, part.stop)


def _joined(parts: Iterable[Index]) -> Index:
    return np.concatenate([np.zeros(0, dtype=np.intp), *parts])
