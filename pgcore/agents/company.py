"""Company: the actors of one process, taking turns."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np

from pgcore.agents.actors import Actor, DeviceActor
from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_actor import GridActor
from pgcore.agents.reporting import Readings, Reporting
from pgcore.columns import Array, Flags, Index
from pgcore.feeds import Feeds, side_by_side
from pgcore.messages import Action, NetworkState, Report, States, StateUpdate
from pgcore.plant import Members, Plant

_COLUMNS = ("vm_pu", "energised", "line_loading_percent", "trafo_loading_percent", "metered_mw")


class Company:
    """Gives turns to the actors of a process, agents before devices and parents before children, for each is answered by those behind it.

    What takes long is done together where all are due: devices are stepped and reports are made as in one environment, which the laws allow.
    Each actor has been told what to do by its own messages, and answers with its own.
    """

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.actors = tuple(actors)
        self._agents = [actor for actor in actors if isinstance(actor, GridActor)]
        self._devices = [actor for actor in actors if isinstance(actor, DeviceActor)]
        self._owners: list[Stepped] = [*(agent.own for agent in self._agents if agent.own is not None), *self._devices]
        self._workshop = _Workshop(self._owners)
        together = len(self._agents) > 1 and not any(actor.agent.charter.forecast_steps for actor in self._agents)
        lives_with_all = len(self._owners) == len(self._agents)
        self._office = _Office(self._agents, self._workshop.whole if lives_with_all and not self._devices else None) if together else None

    @property
    def over(self) -> bool:
        """Whether all were told that the run has ended."""
        return all(actor.over for actor in self.actors)

    def turn(self, waiting: Collection[str] | None = None) -> bool:
        """Let those answer for whom messages wait, or whoever has any; whether anything was heard."""
        heard = [actor.listen() for actor in self._agents if waiting is None or actor.name in waiting]
        due = [actor for actor in self._agents if actor.due is not None]
        if self._office is not None and _all_together(due, self._agents) and self._office.agrees():
            self._office.report()
        else:
            for agent in due:
                agent.turn()
        heard += [actor.listen() for actor in self._devices if waiting is None or actor.name in waiting]
        self._step()
        return any(heard)

    def _step(self) -> None:
        """Let those devices do what they were told that have been told."""
        due = [one for one in self._owners if one.due]
        if _all_together(due, self._owners):
            self._workshop.step()
        else:
            for one in due:
                one.step()


class Stepped(Protocol):
    """Devices of one actor that are told what to do, do it, and say what they did: see :class:`~pgcore.agents.actors.DeviceActor`."""

    agent: DeviceAgent
    held: Action
    due: bool

    @property
    def moment(self) -> tuple[int, int]: ...
    def rows(self) -> Index: ...
    def step(self) -> None: ...
    def tell(self, update: StateUpdate) -> None: ...


class _Timed(Protocol):
    @property
    def moment(self) -> tuple[int, int]: ...


def _all_together(due: Sequence[_Timed], everyone: Sequence[_Timed]) -> bool:
    """Whether all are due, in the same tick, and there is more than one."""
    return 1 < len(due) == len(everyone) and len({actor.moment for actor in due}) == 1


class _Whole:
    """The plants of several actors as one, and the states that each was left with."""

    def __init__(self, parts: Sequence[Plant]) -> None:
        self.plant = Plant(tuple(name for part in parts for name in part.names), tuple(device for part in parts for device in part.devices))
        ends = np.cumsum([0, *map(len, parts)]).tolist()
        self.spans = [slice(start, end) for start, end in pairwise(ends)]
        self.members: list[Members] = [self.plant.members(part, range(at.start, at.stop)) for part, at in zip(parts, self.spans, strict=True)]

        self._states: States = ()
        self._own: list[States] = []

    def parted(self, states: States) -> list[States]:
        """The states of each from those of all."""
        bare = [not state for state in states]
        self._own = [({},) if len(m) == 1 and bare[m[0][0]] else self.plant.take(states, m) for m in self.members]
        self._states = states
        return self._own

    def joined(self, parts: Sequence[States]) -> States:
        """The states of all from those of each: where those are what :meth:`parted` gave out last, they need not be put together again."""
        if len(parts) == len(self._own) and all(now is given for now, given in zip(parts, self._own, strict=True)):
            return self._states
        return self.plant.joined(self.members, parts)


class _Workshop:
    """Steps the devices of several actors together."""

    def __init__(self, actors: Sequence[Stepped]) -> None:
        self.actors, self.whole, self._feeds = actors, _Whole([actor.agent.plant for actor in actors]), _JointFeeds()

    def step(self) -> None:
        """One step of all; each has the part of the result that it would have had alone."""
        exo = self._feeds.of([actor.agent.feeds for actor in self.actors]).at(self.actors[0].rows(), self._voltages())
        before = self.whole.joined([actor.agent.states for actor in self.actors])
        states, effects = self.whole.plant.step(before, self._settings(exo), exo, self.actors[0].agent.dt_h)
        for actor, at, own in zip(self.actors, self.whole.spans, self.whole.parted(states), strict=True):
            actor.agent.states = own
            actor.tell(StateUpdate(effects[:, :, at].copy(), own))

    def _voltages(self) -> Array | None:
        """The voltages that devices were told, side by side; nominal where they were not."""
        told = [(actor.held.vm_pu, len(actor.agent.feeds.voltages)) for actor in self.actors if len(actor.agent.feeds.voltages)]
        batch = len(self.actors[0].rows())
        return np.concatenate([np.ones((batch, wants)) if vm_pu is None else vm_pu for vm_pu, wants in told], axis=1) if told else None

    def _settings(self, exo: Array) -> Array:
        """What each was told to do, with its own answer to the signals that it was told."""
        batch, needs, parts = len(exo), 0, []
        for actor in self.actors:
            plant, held = actor.agent.plant, actor.held
            told = plant.alone(batch) if held.vector is None else held.vector
            if held.signal:
                told = plant.respond(told, held.signal, actor.agent.states, exo[:, needs : needs + len(plant.needs)])
            needs += len(plant.needs)
            parts.append(told)
        return np.concatenate(parts, axis=1)


class _JointFeeds:
    """The local series of several actors, side by side; made anew when one of them was given another."""

    def __init__(self) -> None:
        self._joint: Feeds | None = None
        self._each: Sequence[Feeds] = ()

    def of(self, each: Sequence[Feeds]) -> Feeds:
        """Those of ``each``, in this order."""
        if self._joint is None or any(now is not then for now, then in zip(each, self._each, strict=True)):
            self._joint, self._each = side_by_side(each), each
        return self._joint


class _Office:
    """Makes the reports of several agents together."""

    def __init__(self, actors: Sequence[GridActor], whole: "_Whole | None") -> None:
        self.actors, self._feeds = actors, _JointFeeds()
        self.whole = whole or _Whole([actor.agent.charter.plant for actor in actors])
        no_forecasts = Feeds(np.zeros((1, 0)), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp))
        self.reporting = Reporting([actor.agent for actor in actors], self.whole.plant, no_forecasts, actors[0].reporting.step_min)

    def agrees(self) -> bool:
        """Whether all were shown the same power flow: none of them holds an older one."""
        first, *others = (actor.due.view for actor in self.actors if actor.due is not None)
        return all(_same(view.age, first.age) and _same(view.converged, first.converged) for view in others)

    def report(self) -> None:
        """One report of all; each says the part of it that it would have said alone."""
        joint = self.reporting.report(self._view(), self._readings(), [actor.deals() for actor in self.actors])
        for i, (actor, seat) in enumerate(zip(self.actors, self.reporting.seats, strict=True)):
            actor.tell(_own(joint, i, seat.sees, seat.acts))

    def _readings(self) -> Readings:
        effects = np.concatenate([actor.due.effects for actor in self.actors if actor.due is not None], axis=2)
        exo, vm_pu = (np.concatenate([getattr(actor, what) for actor in self.actors], axis=1) for what in ("exo", "vm_pu"))
        rows = self.actors[0].rows(ahead=1)
        coming = self._feeds.of([actor.feeds for actor in self.actors]).at(rows, vm_pu)
        return Readings(effects, self.whole.joined([actor.states for actor in self.actors]), exo, coming, rows)

    def _view(self) -> NetworkState:
        views = [actor.due.view for actor in self.actors if actor.due is not None]
        seen = (np.concatenate([getattr(view, name) for view in views], axis=1) for name in _COLUMNS)
        vm_pu, energised, line_loading, trafo_loading, metered_mw = seen
        return NetworkState(vm_pu, energised, line_loading, trafo_loading, metered_mw, views[0].converged, views[0].age)


def _same(one: Array | Flags, other: Array | Flags) -> bool:
    return one is other or np.array_equal(one, other)


def _own(joint: Report, i: int, sees: slice, acts: slice) -> Report:
    """One agent's part of a report, copied."""
    alone = slice(i, i + 1)
    cost, violation, reward = (values[:, alone].copy() for values in (joint.cost, joint.violation, joint.reward))
    mask = None if joint.mask is None else (joint.mask[0][:, acts].copy(), joint.mask[1][:, acts].copy())
    details = {name: values[:, alone].copy() for name, values in joint.details.items()}
    return Report(joint.observation[:, sees].copy(), cost, violation, reward, mask, details)
