"""Spaces: an agent's dials and slots as Gymnasium spaces, and actions of those spaces as physical settings."""

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from attrs import field, frozen
from gymnasium.spaces import Box, Dict, MultiDiscrete

from pgcore.columns import Array, Index
from pgcore.contracts.protocol import Dial
from pgcore.quantity import Slot


def observation_space(slots: Sequence[Slot]) -> Box:
    """A float32 ``Box`` with the bounds of every slot."""
    low, high = (np.array([getattr(slot, end) for slot in slots], dtype=np.float32) for end in ("low", "high"))
    return Box(low, high, dtype=np.float32)


@frozen(eq=False)
class ActionSpace:
    """An agent's action space, and the way between it and physical settings.

    ``space`` is a ``Box`` when every dial is continuous, else a ``Dict`` of ``continuous`` (left out when there is none) and ``discrete``. Continuous
    parts are −1…1 when ``normalized``, else in the dial's own unit; discrete ones count up from the dial's lowest setting.
    """

    dials: tuple[Dial, ...]
    normalized: bool
    space: gym.Space[Any] = field(init=False)
    _low: Array = field(init=False)
    _high: Array = field(init=False)
    _half: Array = field(init=False)
    _continuous: Index = field(init=False)
    _discrete: Index = field(init=False)

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        kinds = np.array([dial.discrete for dial in self.dials], dtype=bool)
        put(self, "_low", np.array([dial.low for dial in self.dials], dtype=float))
        put(self, "_high", np.array([dial.high for dial in self.dials], dtype=float))
        put(self, "_half", (self._high - self._low) / 2.0)
        put(self, "_continuous", np.flatnonzero(~kinds))
        put(self, "_discrete", np.flatnonzero(kinds))
        put(self, "space", self._space())

    def to_physical(self, action: Any) -> Array:
        """The settings ``(A,)`` that an action of the space stands for.

        Raises:
            ValueError: the action does not have the space's parts or shape.
        """
        return self.scaled(self.flat(action))

    def flat(self, action: Any) -> Array:
        """The numbers of an action in the order of the dials, still as the space counts them, ``(A,)``.

        Raises:
            ValueError: the action does not have the space's parts or shape.
        """
        if not len(self._discrete) and isinstance(action, np.ndarray) and action.shape == (len(self.dials),):
            return action
        parts = action if hasattr(action, "keys") else {"continuous": action}
        c, d = self._continuous, self._discrete
        numbers = np.zeros(len(self.dials))
        if len(d):
            numbers[d] = self._part(parts, "discrete", len(d))
        if len(c) or not len(d):
            numbers[c] = self._part(parts, "continuous", len(c))
        return numbers

    def flat_batch(self, actions: Any, batch: int) -> Array:
        """As :meth:`flat` for a batch of actions, ``(B, A)``: an array, or a mapping of arrays with a row for each environment.

        Raises:
            ValueError: the actions do not have the space's parts, or not a row for each environment.
        """
        parts = actions if hasattr(actions, "keys") else {"continuous": actions}
        numbers = np.zeros((batch, len(self.dials)))
        for name, columns in (("continuous", self._continuous), ("discrete", self._discrete)):
            if not len(columns):
                continue
            if name not in parts:
                raise ValueError(f"they have no part {name!r}; expected a mapping with {' and '.join(self._parts())}")
            part = np.asarray(parts[name], dtype=float)
            if part.shape != (batch, len(columns)):
                wanted = ", ".join(self.dials[k].name for k in columns)
                raise ValueError(
                    f"their {name} part has shape {part.shape}, expected {(batch, len(columns))}: a row for each environment with {wanted}"
                )
            numbers[:, columns] = part
        return numbers

    def _parts(self) -> list[str]:
        return [name for name, columns in (("continuous", self._continuous), ("discrete", self._discrete)) if len(columns)]

    def scaled(self, numbers: Array) -> Array:
        """Settings ``(…, A)`` from the numbers of an action as the space counts them.

        Raises:
            ValueError: one of them is not finite.
        """
        settings = np.asarray(numbers, dtype=np.float64)
        if not np.isfinite(settings).all():
            dial = self.dials[int(np.argwhere(~np.isfinite(settings))[0][-1])].name
            raise ValueError(f"the action sets {dial} to {settings}: expected finite numbers")
        if self.normalized:
            settings = self._low + (np.minimum(np.maximum(settings, -1.0), 1.0) + 1.0) * self._half
        if len(self._discrete):
            settings[..., self._discrete] = np.asarray(numbers)[..., self._discrete] + self._low[self._discrete]
        return settings

    def from_physical(self, settings: Array) -> Any:
        """The action of the space that stands for settings ``(A,)``; settings outside the bounds are cut to them."""
        cut = np.clip(settings, self._low, self._high)
        c, d = self._continuous, self._discrete
        width = np.where(self._high > self._low, self._high - self._low, 1.0)
        continuous = (2.0 * (cut[c] - self._low[c]) / width[c] - 1.0 if self.normalized else cut[c]).astype(np.float32)
        if not len(d):
            return continuous
        discrete = np.rint(cut[d] - self._low[d]).astype(np.int64)
        return {"continuous": continuous, "discrete": discrete} if len(c) else {"discrete": discrete}

    def mask(self, low: Array, high: Array) -> Any:
        """The settings allowed now, in the form that ``space.sample(mask)`` takes; ``None`` when every dial is continuous."""
        if not len(self._discrete):
            return None
        flags = tuple(self._flags(d, low[d], high[d]) for d in self._discrete)
        return {"continuous": None, "discrete": flags} if len(self._continuous) else {"discrete": flags}

    def _space(self) -> gym.Space[Any]:
        c, d = self._continuous, self._discrete
        ends = (-np.ones(len(c)), np.ones(len(c))) if self.normalized else (self._low[c], self._high[c])
        box = Box(ends[0].astype(np.float32), ends[1].astype(np.float32), dtype=np.float32)
        if not len(d):
            return box
        choices = MultiDiscrete(np.rint(self._high[d] - self._low[d]).astype(np.int64) + 1)
        return Dict({"continuous": box, "discrete": choices} if len(c) else {"discrete": choices})

    def _flags(self, dial: int, low: float, high: float) -> np.ndarray[Any, np.dtype[np.int8]]:
        settings = np.arange(self._low[dial], self._high[dial] + 1)
        return np.asarray((settings >= low) & (settings <= high), dtype=np.int8)

    def _part(self, parts: Mapping[str, Any], name: str, length: int) -> Array:
        if name not in parts:
            wanted = " and ".join(self.space.spaces) if isinstance(self.space, Dict) else "continuous"
            raise ValueError(f"the action has no part {name!r}; expected a mapping with {wanted}, for example {self.space.sample()}")
        part = np.asarray(parts[name], dtype=float).reshape(-1)
        if part.shape != (length,):
            wanted = ", ".join(dial.name for dial in self.dials if dial.discrete == (name == "discrete"))
            raise ValueError(f"the action's {name} part has {part.size} numbers, expected {length}: {wanted}")
        return part
