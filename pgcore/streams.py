"""Random streams, one for each environment and device name, drawn from a single seed tree."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.random import Generator, SeedSequence

from pgcore.columns import Array


def stream(seed: int, episode: int, name: str) -> Generator:
    """The random stream of ``name`` in one episode: the same numbers wherever and in whatever order it is asked for.

    >>> stream(7, 0, "MG1.ess").integers(1000) == stream(7, 0, "MG1.ess").integers(1000)
    np.True_
    """
    return _generator(seed, episode, _key(name))


def _key(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")


def _generator(seed: int, episode: int, key: int) -> Generator:
    return np.random.default_rng(SeedSequence((seed, episode, key)))


class Streams:
    """The streams of n devices in B environments, drawn together: every draw returns an array of shape ``(B, n)``.

    It stands in for :class:`numpy.random.Generator` when a whole fleet starts an episode (see
    :class:`pgcore.contracts.device.Draw`). Bounds may be numbers or arrays of shape ``(n,)``. Generators are made at the first draw: most devices
    never draw, and making one takes longer than stepping a device through an episode.
    """

    def __init__(self, seeds: Sequence[tuple[int, int]], names: Sequence[str]) -> None:
        self.seeds, self.names = tuple(seeds), tuple(names)

    @classmethod
    def of(cls, seeds: Sequence[tuple[int, int]], names: Sequence[str]) -> "Streams":
        """The streams of ``names`` for each environment's ``(seed, episode)``."""
        return cls(seeds, names)

    @cached_property
    def generators(self) -> tuple[tuple[Generator, ...], ...]:
        """One for each environment and name."""
        keys = [_key(name) for name in self.names]
        return tuple(tuple(_generator(seed, episode, key) for key in keys) for seed, episode in self.seeds)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Array:
        """Uniform in ``[low, high)``."""
        return self._draw("uniform", low, high)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Array:
        """Normal with mean ``loc`` and standard deviation ``scale``."""
        return self._draw("normal", loc, scale)

    def integers(self, low: Any, high: Any = None, size: Any = None) -> Array:
        """Whole numbers in ``[low, high)``; in ``[0, low)`` without ``high``."""
        return self._draw("integers", *((low, high) if high is not None else (0, low)))

    def _draw(self, method: str, first: Any, second: Any) -> Array:
        n = len(self.names)
        a, b = np.broadcast_to(first, n), np.broadcast_to(second, n)
        rows = [[getattr(rng, method)(a[j], b[j]) for j, rng in enumerate(row)] for row in self.generators]
        return np.array(rows, dtype=float)
