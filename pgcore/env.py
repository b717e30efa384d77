"""GridEnv: reset and step, written once, over B environments and any team."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from attrs import frozen
from msgspec.structs import replace

from pgcore.clock import Calendar
from pgcore.columns import Array, Flags, Index, placed, total
from pgcore.contracts.backend import Flow
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.contracts.protocol import Dial, Horizontal
from pgcore.contracts.reward import Reward
from pgcore.messages import Report
from pgcore.naming import unique
from pgcore.negotiation import Negotiation, negotiate
from pgcore.plant import EFFECTS, Effects
from pgcore.quantity import Slot
from pgcore.spec.model import Episode
from pgcore.streams import stream
from pgcore.team import Team
from pgcore.world import World

_LOG = logging.getLogger("pgcore")


@frozen(eq=False)
class Role:
    """What a policy must know of one agent: the numbers that it chooses and the numbers that it sees."""

    actions: tuple[Dial, ...]
    slots: tuple[Slot, ...]
    level: int = 2


@frozen
class Places:
    """Where each agent's numbers stand in the joint arrays, in the order of the agents."""

    acts: Mapping[str, slice]
    sees: Mapping[str, slice]

    @classmethod
    def of(cls, roles: Mapping[str, Role]) -> "Places":
        """The places of agents with these roles."""
        acts = np.cumsum([0, *(len(role.actions) for role in roles.values())]).tolist()
        sees = np.cumsum([0, *(len(role.slots) for role in roles.values())]).tolist()
        spans = [{name: slice(ends[i], ends[i + 1]) for i, name in enumerate(roles)} for ends in (acts, sees)]
        return cls(*spans)

    def columns(self, values: Array) -> dict[str, Array]:
        """Each agent's column of ``(B, agents)``."""
        return {name: values[:, i] for i, name in enumerate(self.acts)}


@frozen(eq=False)
class Transition:
    """What one step, or a reset, led to. The columns of all agents stand side by side; the properties show them by agent."""

    places: Places
    report: Report
    """What the agents said, with the spec's rules for divergence and for shared rewards applied."""
    truncated: Flags
    """``(B,)``."""
    common: Mapping[str, Any]
    """What concerns all: convergence, the solver's rung, suspects, the step of the profiles, rounds and results of the horizontal protocols."""

    @property
    def observations(self) -> dict[str, Array]:
        """Each agent's ``(B, slots)``."""
        return {name: self.report.observation[:, at] for name, at in self.places.sees.items()}

    @property
    def rewards(self) -> dict[str, Array]:
        """Each agent's ``(B,)``."""
        return self.places.columns(self.report.reward)

    @property
    def costs(self) -> dict[str, Array]:
        """Each agent's ``(B,)``."""
        return self.places.columns(self.report.cost)

    @property
    def violations(self) -> dict[str, Array]:
        """Each agent's ``(B,)``."""
        return self.places.columns(self.report.violation)

    @property
    def masks(self) -> dict[str, tuple[Array, Array]]:
        """Lowest and highest setting of each number of each agent's action, ``(B, A)`` each, infinite where free; empty where all are free."""
        if self.report.mask is None:
            return {}
        low, high = self.report.mask
        return {name: (low[:, at], high[:, at]) for name, at in self.places.acts.items()}

    @property
    def infos(self) -> dict[str, dict[str, Array | Flags]]:
        """What concerns one agent: its cost and violation, unserved energy, age and supply of its view; ``(B,)`` each."""
        named: dict[str, Array | Flags] = {"cost": self.report.cost, "violation": self.report.violation, **self.report.details}
        return {name: {what: values[:, i] for what, values in named.items()} for i, name in enumerate(self.places.acts)}


class GridEnv:
    """B environments of one spec, stepped together. Actions are in physical units; every agent acts in every step."""

    def __init__(
        self,
        roles: Mapping[str, Role],
        team: Team,
        world: World,
        horizontal: Sequence[Horizontal],
        calendar: Calendar,
        episode: Episode,
        reward: Reward,
    ) -> None:
        self.roles, self.team, self.world, self.horizontal = roles, team, world, horizontal
        self.calendar, self.episode, self.shared = calendar, episode, reward.shared
        self.limits = reward.limits()
        self.observers: list[Observer] = []
        self.ticks: Index = np.zeros(1, dtype=np.intp)
        """Steps since each environment's episode began."""
        self.rows: Index = np.zeros(1, dtype=np.intp)
        """The step of the profiles that each environment is in."""
        self._seeds: list[tuple[int, int]] = []
        dials = [dial for role in roles.values() for dial in role.actions]
        self._low, self._high = (np.array([getattr(dial, end) for dial in dials], dtype=float) for end in ("low", "high"))
        self._dials = dials
        self.places = Places.of(roles)

    @property
    def batch(self) -> int:
        """How many environments are stepped together."""
        return len(self._seeds)

    @property
    def tick(self) -> int:
        """Steps since the first environment's episode began; that of all, where they start together."""
        return int(self.ticks[0])

    @property
    def seeds(self) -> tuple[tuple[int, int], ...]:
        """Each environment's root seed and its number of the episode since that seed was given: all that randomness hangs on."""
        return tuple(self._seeds)

    def reset(self, seeds: Sequence[int] | None = None, starts: Sequence[str | int] | None = None) -> Transition:
        """Start an episode in every environment.

        Args:
            seeds: the root of each environment's random numbers, which also sets B; ``None`` goes on to the next episode of the last seeds.
            starts: first steps to use instead of the spec's ``episode.start``.

        Raises:
            ValueError: no seeds were ever given, or an episode does not fit where it should start.
        """
        if seeds is None and not self._seeds:
            raise ValueError("the first reset needs a seed for each environment")
        self._seeds = [(s, e + 1) for s, e in self._seeds] if seeds is None else [(s, 0) for s in seeds]
        self.ticks, self.rows = np.zeros(self.batch, dtype=np.intp), self._first_rows(self._seeds, starts)
        self.world.reset(self.batch)
        effects = self.team.reset(self._seeds, self.rows)
        return self._conclude(None, self.world.solve(effects), effects, [])

    def restart(self, which: Index, seeds: Sequence[int] | None = None, starts: Sequence[str | int] | None = None) -> Transition:
        """Start an episode in some environments while the others go on; as :meth:`reset` for those, and nothing for the others.

        Args:
            which: the environments, each once.
            seeds, starts: as for :meth:`reset`, one for each of them.

        Returns:
            The first look of those alone: every array has ``len(which)`` rows. Observers are not told.

        Raises:
            ValueError: some agents cannot start apart; the message says why.
        """
        own = [(s, e + 1) for s, e in (self._seeds[b] for b in which)] if seeds is None else [(s, 0) for s in seeds]
        rows = self._first_rows(own, starts)
        effects = self.team.restart(which, own, rows)
        for b, seed in zip(which.tolist(), own, strict=True):
            self._seeds[b] = seed
        self.ticks, self.rows = placed(self.ticks, which, np.zeros_like(which)), placed(self.rows, which, rows)
        flow = self.world.restart(which, effects)
        report = self._judged(self.team.report(self.rows, self.world.views(flow), []).of(which), flow.converged)
        common = {"converged": flow.converged, "rung": self._rungs(flow), "suspects": [()] * len(which), "row": rows, "horizontal": {}}
        return Transition(self.places, report, np.zeros(len(which), dtype=bool), common)

    def step(self, actions: Mapping[str, Array]) -> Transition:
        """Let agents act, device physics run, the power flow be solved and every agent see its area.

        Args:
            actions: for every agent its settings in physical units, ``(B, A)``; they are cut to the bounds of its dials.

        Raises:
            ValueError: an agent's action is missing, has the wrong shape or is not finite.
            DeviceFault: a device broke the contract.
        """
        joint = np.concatenate([self._shaped(name, role, actions) for name, role in self.roles.items()], axis=1)
        if not np.isfinite(joint).all():
            column = int(np.argwhere(~np.isfinite(joint))[0][1])
            name = next(name for name, part in self.places.acts.items() if part.start <= column < part.stop)
            raise ValueError(f"the action of {name!r} sets {self._dials[column].name} to {joint[:, column]}: it must be a finite number")
        return self.advance(joint)

    def advance(self, actions: Array) -> Transition:
        """As :meth:`step`, with the finite settings of all agents side by side, ``(B, A)``."""
        chosen = np.minimum(np.maximum(actions, self._low), self._high)
        effects = self.team.act(self.rows, chosen)
        deals = [negotiate(self.team, k, protocol, self.batch) for k, protocol in enumerate(self.horizontal)]
        flow = self.world.solve(effects)
        self.ticks = self.ticks + 1
        self.rows = self.rows + 1
        return self._conclude(chosen, flow, effects, deals)

    def close(self) -> None:
        """Tell the observers and the agents that nothing more will come."""
        try:
            for observer in list(self.observers):
                self._tell(observer, "closed")
        finally:
            self.team.close()

    def watch(self, observer: Observer) -> None:
        """Let an observer see every step from now on."""
        self.observers.append(observer)
        self._tell(observer, "opened", self)

    def _conclude(self, actions: Array | None, flow: Flow, effects: Effects, deals: Sequence[Negotiation]) -> Transition:
        report = self.team.report(self.rows, self.world.views(flow), [(deal.offers, deal.awards) for deal in deals])
        solved, lost = flow.converged, self.episode.on_divergence
        ended = (self.ticks >= self.episode.steps) | (~solved & lost.end & (self.ticks > 0))
        transition = Transition(self.places, self._judged(report, solved), ended, self._common(flow, effects, deals))
        self._show(None if actions is None else self.team.acted(actions), effects, flow, transition)
        return transition

    def _common(self, flow: Flow, effects: Effects, deals: Sequence[Negotiation]) -> dict[str, Any]:
        rounds = zip(unique([protocol.type for protocol in self.horizontal]), deals, strict=False)
        return {
            "converged": flow.converged, "rung": self._rungs(flow),
            "suspects": self.world.suspects(effects, flow.converged), "row": self.rows,
            "horizontal": {name: {"rounds": deal.rounds, "residual": deal.residual, **deal.shown} for name, deal in rounds},
        }  # fmt: skip

    def _rungs(self, flow: Flow) -> list[str]:
        return [self.world.solver.rungs[r] for r in flow.rung.tolist()] or ["direct"] * len(flow.converged)

    def _first_rows(self, seeds: Sequence[tuple[int, int]], starts: Sequence[str | int] | None) -> Index:
        """The step of the profiles that each episode begins with."""
        rules = starts or [self.episode.start] * len(seeds)
        draws = [partial(stream, s, e, "episode.start") for s, e in seeds]
        first = [self.calendar.start(rule, e, draw) for rule, (_, e), draw in zip(rules, seeds, draws, strict=True)]
        return np.array(first, dtype=np.intp)

    def _judged(self, report: Report, solved: Flags) -> Report:
        """The report after the spec's rules for divergence and for shared rewards."""
        reward, violation, lost = report.reward, report.violation, self.episode.on_divergence
        if not solved.all():
            reward = np.where(solved[:, None], reward, lost.reward)
            violation = np.where(solved[:, None], violation, lost.violation)
        if self.shared:
            mean = total(reward) / reward.shape[1]
            reward = (1.0 - self.shared) * reward + self.shared * mean[:, None]
        return report if reward is report.reward else replace(report, reward=reward, violation=violation)

    def _shaped(self, name: str, role: Role, actions: Mapping[str, Array]) -> Array:
        if name not in actions:
            raise ValueError(f"no action for agent {name!r}: every agent acts in every step; got actions for {', '.join(actions) or 'nobody'}")
        action = np.asarray(actions[name], dtype=np.float64)
        if action.shape != (self.batch, len(role.actions)):
            dials = ", ".join(dial.name for dial in role.actions) or "nothing"
            raise ValueError(f"the action of {name!r} has shape {action.shape}, expected {(self.batch, len(role.actions))}: (environments, {dials})")
        return action

    def _show(self, actions: Array | None, effects: Effects, flow: Flow, seen: Transition) -> None:
        if not self.observers:
            return
        infos = {name: {**own, **seen.common} for name, own in seen.infos.items()}
        acted = {} if actions is None else {name: actions[:, at] for name, at in self.places.acts.items()}
        record = StepRecord(
            self.tick,
            acted,
            dict(zip(EFFECTS, effects, strict=True)),
            self.team.states(),
            flow,
            seen.rewards,
            seen.costs,
            seen.violations,
            seen.observations,
            infos,
        )
        for observer in list(self.observers):
            self._tell(observer, "stepped", record)

    def _tell(self, observer: Observer, what: str, *args: object) -> None:
        """An observer that raises is logged once and dropped."""
        try:
            getattr(observer, what)(*args)
        except Exception:  # noqa: BLE001 - whatever an observer raises must not stop the run
            _LOG.exception("observer %s raised in %s() and is dropped; the run goes on", observer.type, what)
            if observer in self.observers:
                self.observers.remove(observer)
