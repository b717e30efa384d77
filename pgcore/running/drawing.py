"""Drawing: actions drawn at random, the same wherever they are drawn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.random import Generator

from pgcore.adapters.spaces import ActionSpace
from pgcore.columns import Array
from pgcore.contracts.protocol import Dial
from pgcore.streams import stream


def drawn(name: str, space: ActionSpace, seed: tuple[int, int], tick: int, mask: Any) -> Any:
    """An action of ``space``, uniform over what ``mask`` allows: the same for the same agent, seed, episode and tick, whatever was drawn before."""
    rng = stream(*seed, f"policy.random.{name}.{tick}")
    flags: Iterator[Array] = iter(mask["discrete"]) if mask is not None else iter(())
    settings = [_setting(dial, rng, next(flags, None)) if dial.discrete else rng.uniform(dial.low, dial.high) for dial in space.dials]
    return space.from_physical(np.array(settings, dtype=float))


def _setting(dial: Dial, rng: Generator, flags: Array | None) -> float:
    free = np.arange(dial.high - dial.low + 1) if flags is None else np.flatnonzero(flags)
    return dial.low + float(rng.choice(free))
