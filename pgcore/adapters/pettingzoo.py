"""The environment as a PettingZoo ParallelEnv, and the function that makes one from a spec."""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from numpy.typing import NDArray
from pettingzoo import ParallelEnv

from pgcore.adapters.spaces import ActionSpace, observation_space
from pgcore.assembly import assemble
from pgcore.catalog import Catalog
from pgcore.columns import Array
from pgcore.contracts.broker import MessageBroker
from pgcore.distribution import Hosts
from pgcore.env import GridEnv, Role, Transition
from pgcore.results.history import History
from pgcore.results.picture import draw, to_rgb
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.model import Spec

Observation = NDArray[np.float32]
Info = dict[str, Any]


class PgcoreEnv(ParallelEnv[str, Observation, Any]):  # type: ignore[misc]
    """One grid with many agents, all acting in every step.

    ``infos[agent]`` holds ``cost`` and ``violation`` (apart from the reward, for constrained RL), ``converged``, ``rung`` of the solver's ladder,
    ``suspects``, ``energised``, ``unserved_mwh``, ``age`` of the view in steps, ``time``, ``horizontal`` (rounds, residual and results of each
    protocol) and, for agents with discrete knobs, ``action_mask``.
    """

    metadata = {"name": "pgcore_v0", "render_modes": ["rgb_array", "figure"], "is_parallelizable": True}

    def __init__(self, spec: Spec, render_mode: str | None = None, broker: MessageBroker | None = None, hosts: Hosts | None = None) -> None:
        if render_mode not in (None, "rgb_array", "figure"):
            raise ValueError(f"render_mode is {render_mode!r}, expected None, 'rgb_array' or 'figure'")
        linked = link(spec)
        self.spec, self.render_mode = linked.spec, render_mode
        self.grid: GridEnv = assemble(linked, broker, hosts)
        self.possible_agents = list(self.grid.roles)
        self.agents: list[str] = []
        self.actions = {name: ActionSpace(role.actions, spec.run.actions == "normalized") for name, role in self.roles.items()}
        self._joint = ActionSpace(tuple(dial for role in self.roles.values() for dial in role.actions), spec.run.actions == "normalized")
        self.observation_spaces = {name: observation_space(role.slots) for name, role in self.roles.items()}
        self.action_spaces = {name: action.space for name, action in self.actions.items()}
        lows, highs = ([getattr(s, end) for s in self.observation_spaces.values()] for end in ("low", "high"))
        self.state_space = Box(np.concatenate(lows), np.concatenate(highs), dtype=np.float32)
        self._last: Transition | None = None
        self._history = History() if render_mode else None
        for observer in (*spec.run.observers, *([self._history] if self._history else [])):
            self.grid.watch(observer)

    @property
    def roles(self) -> Mapping[str, Role]:
        """What there is to know of each agent: its dials and the slots of its observation, with units and bounds."""
        return self.grid.roles

    def observation_space(self, agent: str) -> Box:
        """The agent's observation space; the same object every time."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """The agent's action space; the same object every time."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict[str, Observation], dict[str, Info]]:
        """Start an episode.

        Args:
            seed: root of all random numbers from now on; ``None`` goes on to the next episode (the first time: of ``run.seed``).
            options: ``{"start": …}`` overrides ``episode.start`` for this episode. Others are left to wrappers, as is PettingZoo's custom.

        Raises:
            ValueError: an option looks like a misspelt ``start``, or an episode does not fit where it should start.
        """
        start = _start(options or {})
        if seed is None and self._last is None:
            seed = self.spec.run.seed
        seen = self.grid.reset(None if seed is None else [int(seed)], None if start is None else [start])
        self.agents = self.possible_agents[:]
        self._last = seen
        return self._observations(seen), self._infos(seen)

    def step(self, actions: Mapping[str, Any]) -> tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Info]]:
        """Let every agent act; all of them truncate together at the end of the episode, none dies before.

        Raises:
            ValueError: an agent's action is missing or is not of its space.
            RuntimeError: the episode is over, or was never started.
        """
        if not self.agents:
            raise RuntimeError("the episode is over or was never started: call reset() before step()")
        missing = [name for name in self.agents if name not in actions]
        if missing:
            raise ValueError(f"no action for {', '.join(missing)}: every agent acts in every step")
        numbers = np.concatenate([self._numbers(name, actions[name]) for name in self.agents])
        seen = self._last = self.grid.advance(self._joint.scaled(numbers)[None])
        over = bool(seen.truncated[0])
        names = self.possible_agents
        if over:
            self.agents = []
        rewards = dict(zip(names, seen.report.reward[0].tolist(), strict=True))
        return self._observations(seen), rewards, dict.fromkeys(names, False), dict.fromkeys(names, over), self._infos(seen)

    def state(self) -> Observation:
        """All agents' observations side by side, for centralized critics; shape as ``state_space``.

        Raises:
            RuntimeError: there was no reset yet.
        """
        if self._last is None:
            raise RuntimeError("there is no state before the first reset()")
        joint: Observation = self._last.report.observation[0].astype(np.float32)
        return joint

    def answer(self, signals: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
        """The actions with which each agent's own devices would answer a signal, such as ``{"MG1": {"price": 80.0}}``: a base for rules.

        Raises:
            KeyError: there is no agent of that name.
        """
        told = {name: {signal: np.array([float(value)]) for signal, value in sent.items()} for name, sent in signals.items()}
        answers = self.grid.team.answer(self.grid.rows, told)
        return {name: self.actions[name].from_physical(settings[0]) for name, settings in answers.items()}

    def render(self) -> Any:
        """The episode so far: dispatch, state of charge and voltages with their limits, as an RGB array or a matplotlib figure.

        Raises:
            MissingExtra: matplotlib is not installed.
            RuntimeError: the environment was made without a ``render_mode``.
        """
        if self._history is None:
            raise RuntimeError("nothing was kept to draw: make the environment with render_mode='rgb_array' or 'figure'")
        figure = draw(self._history)
        return to_rgb(figure) if self.render_mode == "rgb_array" else figure

    def close(self) -> None:
        """Tell the observers that nothing more will come, and end what was started for the agents."""
        self.grid.close()

    def _numbers(self, name: str, action: Any) -> Array:
        try:
            return self.actions[name].flat(action)
        except (ValueError, TypeError) as error:
            raise ValueError(f"action of agent {name!r}: {error}") from error

    def _observations(self, seen: Transition) -> dict[str, Observation]:
        joint = seen.report.observation[0].astype(np.float32)
        return {name: joint[at] for name, at in seen.places.sees.items()}

    def _infos(self, seen: Transition) -> dict[str, Info]:
        report = seen.report
        common = {**_row(seen.common), "time": self.grid.calendar.label(int(self.grid.rows[0]))}
        named = {"cost": report.cost, "violation": report.violation, **report.details}
        by_agent = zip(*(values[0].tolist() for values in named.values()), strict=True)
        infos = {name: {**dict(zip(named, own, strict=True)), **common} for name, own in zip(self.possible_agents, by_agent, strict=True)}
        for name, (low, high) in seen.masks.items():
            mask = self.actions[name].mask(low[0], high[0])
            if mask is not None:
                infos[name]["action_mask"] = mask
        return infos


def make_env(
    spec: str | PathLike[str] | Mapping[str, Any] | Spec,
    *,
    sets: Sequence[str] | Mapping[str, Any] = (),
    catalog: Catalog | None = None,
    render_mode: str | None = None,
    broker: MessageBroker | None = None,
    hosts: Hosts | None = None,
    **overrides: Any,
) -> PgcoreEnv:
    """Make an environment.

    Args:
        spec: path of a YAML file, name of a scenario, a mapping as YAML would give, or a loaded ``Spec``.
        sets: overrides as on the command line, ``["episode.steps=4"]``, or as a mapping ``{"episode.steps": 4}``.
        catalog: the plugins to use; ``None`` discovers the installed ones.
        render_mode: ``"rgb_array"`` or ``"figure"`` to keep what :meth:`PgcoreEnv.render` draws.
        broker: moves the messages of distributed mode instead of the spec's own.
        hosts: where the agents live instead of this thread, such as :class:`pgcore.running.processes.Processes`.
        **overrides: overrides with ``__`` for the dot, ``episode__steps=4``; for a scenario also its parameters, ``n=10``.

    Raises:
        SpecError: the spec has problems; the message lists all of them with their places.

    >>> import pgcore
    >>> env = pgcore.make_env("three_microgrids", episode__steps=4)  # doctest: +SKIP
    """
    return PgcoreEnv(read_spec(spec, sets, catalog, overrides), render_mode, broker, hosts)


def read_spec(
    spec: str | PathLike[str] | Mapping[str, Any] | Spec,
    sets: Sequence[str] | Mapping[str, Any],
    catalog: Catalog | None,
    overrides: Mapping[str, Any],
) -> Spec:
    """The spec behind what :func:`make_env` is given.

    Raises:
        SpecError: the spec has problems; the message lists all of them with their places.
        ValueError: there are overrides for a spec that is loaded already.
    """
    if not isinstance(spec, Spec):
        given = dict(sets) if isinstance(sets, Mapping) else list(sets)
        named = {name.replace("__", "."): value for name, value in overrides.items()}
        source = Path(spec) if isinstance(spec, PathLike) else spec
        return load_spec(source, catalog=catalog or Catalog.discover(), sets=_joined(given, named))
    if sets or overrides:
        raise ValueError("overrides apply to a path, a scenario's name or a mapping; a loaded Spec is taken as it is")
    return spec


def _start(options: Mapping[str, Any]) -> str | int | None:
    misspelt = get_close_matches("start", [name for name in options if name != "start"], cutoff=0.7)
    if misspelt:
        raise ValueError(f"unknown reset option {misspelt[0]!r}: did you mean 'start'?")
    return options.get("start")


def _joined(given: dict[str, Any] | list[str], named: dict[str, Any]) -> dict[str, Any] | list[str]:
    if isinstance(given, dict):
        return {**given, **named}
    return given + [f"{path}={json.dumps(value)}" for path, value in named.items()]


def _row(info: Mapping[str, Any]) -> Info:
    """The first environment's part of batched infos, as plain Python values."""
    return {name: _first(value) for name, value in info.items()}


def _first(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.item(0)
    return _row(value) if isinstance(value, dict) else value[0]
