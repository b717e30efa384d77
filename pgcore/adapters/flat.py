"""Many environments with all their agents as one Gymnasium vector environment, for a policy that the agents share."""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorEnv as GymnasiumVectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from pgcore.adapters.vector import Infos, VectorEnv
from pgcore.columns import Array, Flags

Rows = NDArray[np.float32]


class SharedPolicyEnv(GymnasiumVectorEnv[Rows, Any, Any]):
    """B environments of n agents as B·n environments of one agent each: row ``b·n + i`` is agent ``i`` of environment ``b``.

    Observations are ``(B·n, slots)``; those of agents with fewer slots end in zeros. Where all actions are continuous and normalised they are
    ``(B·n, A)``, of which an agent with fewer numbers takes the first ones. ``infos`` hold arrays ``(B·n,)``.

    Args:
        envs: the environments; they are closed with this one.

    Raises:
        ValueError: the agents' action spaces differ, so that one policy cannot serve them all; the message shows them.
    """

    def __init__(self, envs: VectorEnv) -> None:
        self.envs, self.agents = envs, envs.possible_agents
        self.num_envs = envs.num_envs * len(self.agents)
        self.metadata = {"autoreset_mode": envs.autoreset_mode}
        self.single_action_space = self._action_for_all()
        self.single_observation_space = self._widest()
        self.action_space, self.observation_space = (batch_space(s, self.num_envs) for s in (self.single_action_space, self.single_observation_space))

    def reset(self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None) -> tuple[Rows, dict[str, Any]]:
        """See :meth:`~pgcore.adapters.vector.VectorEnv.reset`: seeds, starts and masks are one for each of the B environments."""
        observations, infos = self.envs.reset(seed=seed, options=options)
        return self._rows(observations), self._flat(infos)

    def step(self, actions: Any) -> tuple[Rows, Array, Flags, Flags, dict[str, Any]]:
        """See :meth:`~pgcore.adapters.vector.VectorEnv.step`; actions are a batch of ``single_action_space``, ``(B·n, …)``."""
        told = {name: self._own(i, name, actions) for i, name in enumerate(self.agents)}
        observations, rewards, terminations, truncations, infos = self.envs.step(told)
        reward, terminated, truncated = (self._column(values) for values in (rewards, terminations, truncations))
        return self._rows(observations), reward, terminated, truncated, self._flat(infos)

    def close(self, **kwargs: Any) -> None:
        """End the environments."""
        self.envs.close()

    def _action_for_all(self) -> gym.Space[Any]:
        """What every agent can act in: their common space, or the widest one where only the number of continuous actions differs."""
        spaces = [self.envs.single_action_spaces[name] for name in self.agents]
        first = spaces[0]
        if all(isinstance(space, Box) and space.is_bounded() and np.ptp(space.high) == np.ptp(space.low) == 0 for space in spaces):
            widest = max(spaces, key=lambda space: (space.shape or (0,))[0])
            odd = [name for name, space in zip(self.agents, spaces, strict=True) if not _like(space, widest)]
        else:
            widest, odd = first, [name for name, space in zip(self.agents, spaces, strict=True) if space != first]
        if odd:
            raise ValueError(
                f"one policy cannot serve all agents: {odd[0]} acts in {self.envs.single_action_spaces[odd[0]]}, {self.agents[0]} in {first}; "
                "use run.actions: normalized, give the agents the same devices, or train groups of agents apart"
            )
        return widest

    def _own(self, i: int, name: str, actions: Any) -> Any:
        """One agent's rows of a batch of actions, and as many of their numbers as it has."""
        if isinstance(actions, dict):
            return {part: values[i :: len(self.agents)] for part, values in actions.items()}
        width: int = (self.envs.single_action_spaces[name].shape or (0,))[0]
        return actions[i :: len(self.agents), :width]

    def _widest(self) -> Box:
        """The widest agent's number of slots, with bounds that hold for every agent."""
        spaces = [self.envs.single_observation_spaces[name] for name in self.agents]
        width = max(space.shape[0] for space in spaces)
        low, high = (np.stack([np.pad(getattr(s, end), (0, width - s.shape[0])) for s in spaces]) for end in ("low", "high"))
        return Box(low.min(axis=0), high.max(axis=0), dtype=np.float32)

    def _rows(self, observations: dict[str, Rows]) -> Rows:
        rows = np.zeros(self.observation_space.shape or (), dtype=np.float32)
        for i, name in enumerate(self.agents):
            rows[i :: len(self.agents), : observations[name].shape[1]] = observations[name]
        return rows

    def _column(self, values: dict[str, Any]) -> Any:
        return np.stack([values[name] for name in self.agents], axis=1).reshape(-1)

    def _flat(self, infos: Infos) -> dict[str, Any]:
        """What is one number for each agent of each environment, and the last observations."""
        first = infos[self.agents[0]]
        flat = {what: self._column({name: infos[name][what] for name in self.agents}) for what, values in first.items() if np.ndim(values) == 1}
        if "final_obs" in first and len(first["final_obs"]) == self.envs.num_envs:
            flat["final_obs"] = self._rows({name: infos[name]["final_obs"] for name in self.agents})
        return flat


def _like(space: gym.Space[Any], other: gym.Space[Any]) -> bool:
    """Whether two boxes have the same bounds, however many numbers they hold."""
    bounds = [(float(box.low.flat[0]), float(box.high.flat[0])) for box in (space, other) if isinstance(box, Box) and box.low.size]
    return len(set(bounds)) <= 1
