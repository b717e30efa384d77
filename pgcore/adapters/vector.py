"""Many environments of one spec, stepped together: arrays in, arrays out."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Protocol

import numpy as np
from attrs import frozen
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from pgcore.adapters.pettingzoo import read_spec
from pgcore.adapters.spaces import ActionSpace, observation_space
from pgcore.assembly import assemble
from pgcore.catalog import Catalog
from pgcore.columns import Array, Flags, Index
from pgcore.env import GridEnv, Places, Role, Transition
from pgcore.messages import Report
from pgcore.spec.links import link
from pgcore.spec.model import Spec

Observations = dict[str, NDArray[np.float32]]
Infos = dict[str, dict[str, Any]]


@frozen(eq=False)
class Looks:
    """What B environments show after a step or a reset, all agents side by side."""

    report: Report
    truncated: Flags
    """``(B,)``."""
    converged: Flags
    """``(B,)``."""
    rows: Index
    """The step of the profiles that each environment is in, ``(B,)``."""

    @classmethod
    def of(cls, seen: Transition) -> "Looks":
        return cls(seen.report, seen.truncated, seen.common["converged"], seen.common["row"])


class Many(Protocol):
    """B environments that can be told what to do: in this process, or in others."""

    def reset(self, seeds: Sequence[int] | None, starts: Sequence[str | int] | None) -> Looks:
        """Start an episode in all of them."""

    def restart(self, which: Index, seeds: Sequence[int] | None, starts: Sequence[str | int] | None) -> Looks:
        """Start an episode in some of them; the first looks of those, in their order."""

    def advance(self, actions: Array) -> Looks:
        """One step with everyone's settings in physical units, ``(B, A)``."""

    def close(self) -> None:
        """Let go of everything."""


class Here:
    """Many environments in this process, which is one :class:`~pgcore.env.GridEnv`."""

    def __init__(self, grid: GridEnv) -> None:
        self.grid = grid

    def reset(self, seeds: Sequence[int] | None, starts: Sequence[str | int] | None) -> Looks:
        return Looks.of(self.grid.reset(seeds, starts))

    def restart(self, which: Index, seeds: Sequence[int] | None, starts: Sequence[str | int] | None) -> Looks:
        return Looks.of(self.grid.restart(which, seeds, starts))

    def advance(self, actions: Array) -> Looks:
        return Looks.of(self.grid.advance(actions))

    def close(self) -> None:
        self.grid.close()


class VectorEnv:
    """B environments with the same agents. Every array has a row for each environment.

    ``observations[agent]`` is ``(B, slots)`` in float32, ``rewards[agent]``, ``terminations[agent]`` and ``truncations[agent]`` are ``(B,)``, and
    ``infos[agent]`` holds ``cost``, ``violation``, ``unserved_mwh``, ``age``, ``converged`` … as arrays ``(B,)``. Actions are batches of the agents'
    own spaces, see ``action_spaces``. A trajectory of one of the environments is that of an environment of its own with the same seed, bit for bit.

    Args:
        many: the environments.
        roles: what there is to know of each agent.
        normalized: whether continuous actions are −1…1.
        num_envs: B.
        autoreset_mode: Gymnasium's: ``NEXT_STEP`` starts the next episode of an environment in the step after its last one, whose action counts for
            nothing; ``SAME_STEP`` at once, with the last observations in ``infos[agent]["final_obs"]``; ``DISABLED`` leaves it to ``reset``.
        seed: root of the random numbers of the first environment, the next ones counting up, until a reset gives another.
    """

    def __init__(
        self,
        many: Many,
        roles: Mapping[str, Role],
        normalized: bool,
        num_envs: int,
        autoreset_mode: AutoresetMode = AutoresetMode.NEXT_STEP,
        seed: int = 0,
    ) -> None:
        self.num_envs, self.autoreset_mode, self.roles, self.places = num_envs, autoreset_mode, roles, Places.of(roles)
        self.possible_agents = list(roles)
        self.actions = {name: ActionSpace(role.actions, normalized) for name, role in roles.items()}
        self.single_observation_spaces = {name: observation_space(role.slots) for name, role in roles.items()}
        self.single_action_spaces = {name: action.space for name, action in self.actions.items()}
        self.observation_spaces, self.action_spaces = (
            {name: batch_space(space, num_envs) for name, space in spaces.items()}
            for spaces in (self.single_observation_spaces, self.single_action_spaces)
        )
        self.joint = ActionSpace(tuple(dial for role in roles.values() for dial in role.actions), normalized)
        self._many, self._seed = many, seed
        self._over: Flags | None = None

    def reset(self, *, seed: int | Sequence[int] | None = None, options: Mapping[str, Any] | None = None) -> tuple[Observations, Infos]:
        """Start an episode in all environments, or in those of ``options["reset_mask"]`` ``(B,)`` alone.

        Args:
            seed: one for each environment, or a number to count up from; ``None`` goes on to the next episode of the last seeds.
            options: ``start`` overrides ``episode.start``, one for all or one for each environment; ``reset_mask`` says which environments.

        Raises:
            ValueError: a seed or a start is missing for some, or an episode does not fit where it should start.
        """
        given = dict(options or {})
        mask, start = given.pop("reset_mask", None), given.pop("start", None)
        if given:
            raise ValueError(f"unknown reset option {next(iter(given))!r}: start and reset_mask are known")
        seeds = self._seeds(seed)
        starts = None if start is None else self._each("start", start)
        if mask is None or self._over is None or np.all(mask):
            looks = self._many.reset(seeds, starts)
            self._over = np.zeros(self.num_envs, dtype=bool)
            return self._observed(looks), self._infos(looks)
        return self._reset_some(np.flatnonzero(self._each("reset_mask", mask)), seeds, starts)

    def step(self, actions: Mapping[str, Any]) -> tuple[Observations, dict[str, Array], dict[str, Flags], dict[str, Flags], Infos]:
        """Let every agent of every environment act.

        Raises:
            ValueError: an agent's actions are missing, or not a batch of its space, or not finite.
            RuntimeError: there was no reset, or with ``DISABLED`` some episodes are over.
        """
        return self.step_joint(np.concatenate([self._numbers(name, actions) for name in self.possible_agents], axis=1))

    def step_joint(self, numbers: Array) -> tuple[Observations, dict[str, Array], dict[str, Flags], dict[str, Flags], Infos]:
        """As :meth:`step`, with the numbers of all agents' actions side by side, ``(B, A)``, as :attr:`joint` counts them."""
        if self._over is None:
            raise RuntimeError("there was no reset yet: call reset() before step()")
        before = self._over
        if before.any() and self.autoreset_mode is AutoresetMode.DISABLED:
            raise RuntimeError(
                f"{int(before.sum())} episodes are over: reset them, with options={{'reset_mask': …}}, or choose another autoreset_mode"
            )
        looks = self._first_looks(before, numbers) if before.any() else self._many.advance(self.joint.scaled(numbers))
        self._over = looks.truncated
        final: Looks | None = None
        if looks.truncated.any() and self.autoreset_mode is AutoresetMode.SAME_STEP:
            final, looks = looks, self._renewed(looks)
            self._over = np.zeros(self.num_envs, dtype=bool)
        told = final or looks
        rewards, over = self.places.columns(told.report.reward), dict.fromkeys(self.possible_agents, told.truncated)
        infos = self._infos(looks, final)
        return self._observed(looks), rewards, dict.fromkeys(self.possible_agents, np.zeros(self.num_envs, dtype=bool)), over, infos

    def close(self) -> None:
        """End it; doing so twice is harmless."""
        self._many.close()

    def _first_looks(self, over: Flags, numbers: Array) -> Looks:
        """A step in which some environments start their next episode instead."""
        which = np.flatnonzero(over)
        if over.all():
            looks = self._many.reset(None, None)
            return _placed(looks, which, looks, resets=True)
        stepped = self._many.advance(self.joint.scaled(numbers))
        return _placed(stepped, which, self._many.restart(which, None, None), resets=True)

    def _renewed(self, looks: Looks) -> Looks:
        """The looks after the episodes that are over have given way to the next ones; rewards stay those of the step."""
        which = np.flatnonzero(looks.truncated)
        fresh = self._many.reset(None, None) if looks.truncated.all() else self._many.restart(which, None, None)
        return _placed(looks, which, fresh, resets=False)

    def _reset_some(self, which: Index, seeds: Sequence[int] | None, starts: Sequence[Any] | None) -> tuple[Observations, Infos]:
        chosen = [None if given is None else [given[b] for b in which] for given in (seeds, starts)]
        fresh = self._many.restart(which, *chosen)
        assert self._over is not None
        self._over = self._over.copy()
        self._over[which] = False
        observations = {name: np.zeros((self.num_envs, *space.shape), dtype=np.float32) for name, space in self.single_observation_spaces.items()}
        for name, seen in self._observed(fresh).items():
            observations[name][which] = seen
        return observations, self._infos(fresh)

    def _seeds(self, seed: int | Sequence[int] | None) -> list[int] | None:
        if seed is None:
            return None if self._over is not None else list(range(self._seed, self._seed + self.num_envs))
        if isinstance(seed, int | np.integer):
            return [int(seed) + b for b in range(self.num_envs)]
        return [int(one) for one in self._each("seed", seed)]

    def _each(self, what: str, given: Any) -> list[Any]:
        """One for each environment."""
        values = [given] * self.num_envs if isinstance(given, str | int) else list(given)
        if len(values) != self.num_envs:
            raise ValueError(f"{what} has {len(values)} entries, expected one for each of {self.num_envs} environments")
        return values

    def _numbers(self, name: str, actions: Mapping[str, Any]) -> Array:
        if name not in actions:
            raise ValueError(f"no actions for {name}: every agent acts in every step")
        try:
            return self.actions[name].flat_batch(actions[name], self.num_envs)
        except (ValueError, TypeError) as error:
            raise ValueError(f"actions of agent {name!r}: {error}") from error

    def _observed(self, looks: Looks) -> Observations:
        joint = looks.report.observation.astype(np.float32)
        return {name: joint[:, at] for name, at in self.places.sees.items()}

    def _infos(self, looks: Looks, final: Looks | None = None) -> Infos:
        """What concerns each agent; with ``final`` costs are those of the step, and what it last saw is there too."""
        told = (final or looks).report
        named = {"cost": told.cost, "violation": told.violation, **told.details}
        converged = (final or looks).converged
        infos: Infos = {
            name: {**{what: values[:, i] for what, values in named.items()}, "converged": converged, "row": looks.rows}
            for i, name in enumerate(self.possible_agents)
        }
        if final is not None:
            for name, seen in self._observed(final).items():
                infos[name] |= {"final_obs": seen, "_final_obs": final.truncated}
        if looks.report.mask is not None:
            low, high = looks.report.mask
            for name, at in self.places.acts.items():
                infos[name] |= {"mask_low": low[:, at], "mask_high": high[:, at]}
        return infos


def make_vec(
    spec: str | PathLike[str] | Mapping[str, Any] | Spec,
    num_envs: int,
    *,
    processes: int = 0,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    sets: Sequence[str] | Mapping[str, Any] = (),
    catalog: Catalog | None = None,
    **overrides: Any,
) -> VectorEnv:
    """Make many environments of one spec that are stepped together.

    Args:
        spec, sets, catalog, overrides: as for :func:`pgcore.make_env`.
        num_envs: how many.
        processes: share them out to so many processes of their own, which answer through shared memory; 0 keeps them all in this one.
        autoreset_mode: one of Gymnasium's, see :class:`VectorEnv`; also as text, such as ``"SameStep"``.

    Raises:
        SpecError: the spec has problems; the message lists all of them with their places.
        ValueError: there are fewer environments than processes, or the spec's agents are reached by messages.

    >>> envs = make_vec("three_microgrids", 64)  # doctest: +SKIP
    """
    if num_envs < max(processes, 1):
        raise ValueError(f"num_envs is {num_envs}, expected at least {max(processes, 1)}: one for each process")
    read = read_spec(spec, sets, catalog, overrides)
    if read.run.mode != "centralized":
        raise ValueError("run.mode is distributed: vectorised environments call their agents directly; set run.mode to centralized")
    grid = assemble(link(read))
    many: Many = Here(grid)
    if processes:
        from pgcore.adapters.workers import Workers

        example = grid.reset([read.run.seed]).report
        grid.close()
        many = Workers(read, num_envs, processes, grid.roles, example)
    return VectorEnv(many, grid.roles, read.run.actions == "normalized", num_envs, AutoresetMode(autoreset_mode), read.run.seed)


def _placed(looks: Looks, which: Index, fresh: Looks, *, resets: bool) -> Looks:
    """Looks in which some environments show the first of their next episode; where it ``resets``, the step brought those nothing."""
    report, new = looks.report, fresh.report
    observation, rows = report.observation.copy(), looks.rows.copy()
    observation[which], rows[which] = new.observation, fresh.rows
    mask = None if report.mask is None or new.mask is None else tuple(_with(*pair, which) for pair in zip(report.mask, new.mask, strict=True))
    cost, violation, reward = report.cost, report.violation, report.reward
    details, truncated, converged = report.details, looks.truncated, looks.converged
    if resets:
        nothing = np.zeros((len(which), reward.shape[1]))
        cost, violation, reward = (_with(values, nothing, which) for values in (cost, violation, reward))
        details = {name: _with(values, new.details[name], which) for name, values in details.items()}
        truncated, converged = _with(truncated, np.zeros(len(which), dtype=bool), which), _with(converged, fresh.converged, which)
    return Looks(Report(observation, cost, violation, reward, mask, details), truncated, converged, rows)


def _with(values: Any, new: Any, which: Index) -> Any:
    changed = values.copy()
    changed[which] = new
    return changed
