"""GridEnv: reset and step, written once, over B environments and any team."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.clock import Calendar
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.backend import Flow
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.contracts.protocol import Award, Dial, Horizontal
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


@frozen(eq=False)
class Transition:
    """What one step, or a reset, led to. Arrays are ``(B,)`` unless said, by agent where they are mappings."""

    observations: Mapping[str, Array]
    """``(B, slots)``."""
    rewards: Mapping[str, Array]
    costs: Mapping[str, Array]
    violations: Mapping[str, Array]
    truncated: Flags
    masks: Mapping[str, tuple[Array, Array]]
    """Lowest and highest setting of each number of an agent's action, ``(B, A)`` each; infinite where free."""
    infos: Mapping[str, Mapping[str, Any]]
    """What concerns one agent: its cost and violation, unserved energy, age and supply of its view."""
    common: Mapping[str, Any]
    """What concerns all: convergence, the solver's rung, suspects, the step of the profiles, rounds of the horizontal protocols."""


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
        self.tick = 0
        self.rows: Index = np.zeros(1, dtype=np.intp)
        """The step of the profiles that each environment is in."""
        self._seeds: list[tuple[int, int]] = []
        dials = [dial for role in roles.values() for dial in role.actions]
        self._low, self._high = (np.array([getattr(dial, end) for dial in dials], dtype=float) for end in ("low", "high"))
        self._dials = dials
        ends = np.cumsum([0, *(len(role.actions) for role in roles.values())]).tolist()
        self._parts = {name: slice(ends[i], ends[i + 1]) for i, name in enumerate(roles)}

    @property
    def batch(self) -> int:
        """How many environments are stepped together."""
        return len(self._seeds)

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
        rules = starts or [self.episode.start] * self.batch
        first = [self.calendar.start(rule, e, stream(s, e, "episode.start")) for rule, (s, e) in zip(rules, self._seeds, strict=True)]
        self.tick, self.rows = 0, np.array(first, dtype=np.intp)
        self.world.reset(self._seeds)
        effects = self.team.reset(self._seeds, self.rows)
        flow, everyone = self.world.solve(effects, self.rows, keep=False)
        return self._conclude({}, flow, everyone, [])

    def step(self, actions: Mapping[str, Array]) -> Transition:
        """Let agents act, device physics run, the power flow be solved and every agent see its area.

        Args:
            actions: for every agent its settings in physical units, ``(B, A)``; they are cut to the bounds of its dials.

        Raises:
            ValueError: an agent's action is missing, has the wrong shape or is not finite.
            DeviceFault: a device broke the contract.
        """
        chosen = self._chosen(actions)
        effects = self.team.act(self.rows, chosen)
        deals = [negotiate(self.team, k, protocol, self.batch) for k, protocol in enumerate(self.horizontal)]
        flow, everyone = self.world.solve(effects, self.rows)
        self.tick += 1
        self.rows = self.rows + 1
        return self._conclude(chosen, flow, everyone, deals)

    def close(self) -> None:
        """Tell the observers that nothing more will come."""
        for observer in self.observers:
            self._tell(observer, "closed")

    def watch(self, observer: Observer) -> None:
        """Let an observer see every step from now on."""
        self.observers.append(observer)
        self._tell(observer, "opened", self)

    def _conclude(self, actions: Mapping[str, Array], flow: Flow, everyone: Effects, deals: Sequence[Negotiation]) -> Transition:
        awards: list[Mapping[str, Award]] = [deal.awards for deal in deals]
        reports = self.team.report(self.rows, self.world.views(flow, awards), [deal.offers for deal in deals])
        suspects = self.world.suspects(everyone, flow.converged)
        transition = self._judge(reports, flow, suspects, deals)
        self._show(actions, everyone, flow, transition)
        return transition

    def _judge(self, reports: Mapping[str, Report], flow: Flow, suspects: list[tuple[str, ...]], deals: Sequence[Negotiation]) -> Transition:
        """Apply the spec's rules for divergence and for shared rewards."""
        lost, solved = self.episode.on_divergence, flow.converged
        rewards, violations = ({name: getattr(report, what) for name, report in reports.items()} for what in ("reward", "violation"))
        if not solved.all():
            rewards = {name: np.where(solved, reward, lost.reward) for name, reward in rewards.items()}
            violations = {name: np.where(solved, violation, lost.violation) for name, violation in violations.items()}
        rounds = zip(unique([protocol.type for protocol in self.horizontal]), deals, strict=False)
        ended = np.full(self.batch, self.tick >= self.episode.steps) | (~solved & (lost.end and self.tick > 0))
        common = {
            "converged": solved, "rung": [self.world.solver.rungs[int(r)] for r in flow.rung] or ["direct"] * self.batch,
            "suspects": suspects, "row": self.rows,
            "horizontal": {name: {"rounds": deal.rounds, "residual": deal.residual} for name, deal in rounds},
        }  # fmt: skip
        infos = {name: {"cost": report.cost, "violation": violations[name], **report.details} for name, report in reports.items()}
        return Transition(
            {name: report.observation for name, report in reports.items()}, self._share(rewards), {name: r.cost for name, r in reports.items()},
            violations, ended, {name: report.mask for name, report in reports.items()}, infos, common,
        )  # fmt: skip

    def _share(self, rewards: dict[str, Array]) -> dict[str, Array]:
        if not self.shared:
            return rewards
        mean = sum(rewards.values(), start=np.zeros(self.batch)) / len(rewards)
        return {name: (1.0 - self.shared) * reward + self.shared * mean for name, reward in rewards.items()}

    def _chosen(self, actions: Mapping[str, Array]) -> dict[str, Array]:
        """Every agent's settings, cut to the bounds of its dials; all agents are checked and cut together."""
        joint = np.concatenate([self._shaped(name, role, actions) for name, role in self.roles.items()], axis=1)
        if not np.isfinite(joint).all():
            column = int(np.argwhere(~np.isfinite(joint))[0][1])
            name = next(name for name, part in self._parts.items() if part.start <= column < part.stop)
            raise ValueError(f"the action of {name!r} sets {self._dials[column].name} to {joint[:, column]}: it must be a finite number")
        joint = np.minimum(np.maximum(joint, self._low), self._high)
        return {name: joint[:, part] for name, part in self._parts.items()}

    def _shaped(self, name: str, role: Role, actions: Mapping[str, Array]) -> Array:
        if name not in actions:
            raise ValueError(f"no action for agent {name!r}: every agent acts in every step; got actions for {', '.join(actions) or 'nobody'}")
        action = np.asarray(actions[name], dtype=np.float64)
        if action.shape != (self.batch, len(role.actions)):
            dials = ", ".join(dial.name for dial in role.actions) or "nothing"
            raise ValueError(f"the action of {name!r} has shape {action.shape}, expected {(self.batch, len(role.actions))}: (environments, {dials})")
        return action

    def _show(self, actions: Mapping[str, Array], everyone: Effects, flow: Flow, seen: Transition) -> None:
        if not self.observers:
            return
        states = {**self.team.states(), **self.world.states()}
        effects = dict(zip(EFFECTS, everyone, strict=True))
        infos = {name: {**own, **seen.common} for name, own in seen.infos.items()}
        record = StepRecord(self.tick, actions, effects, states, flow, seen.rewards, seen.costs, seen.violations, seen.observations, infos)
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
