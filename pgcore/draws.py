"""Draws: random numbers that depend on a key and a counter alone, and so on nobody's order of asking."""

import struct
from hashlib import blake2b
from statistics import NormalDist

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_TO_UNIT = 2.0**-52
_PACKED = struct.Struct("<QQQ").pack
_WORDS = struct.Struct("<8Q").unpack
_INVERSE_NORMAL = NormalDist().inv_cdf


def key(*parts: int | str) -> int:
    """A 64-bit key for a sequence of parts; other parts, another key.

    >>> key(7, 0, "MG1") == key(7, 0, "MG1"), key(7, 0, "MG1") == key(7, "0M", "G1")
    (True, False)
    """
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "little")


def words(key: int, counter: int, n: int = 1) -> tuple[int, ...]:
    """At least n independent 64-bit words that belong to one key and one counter (64 bits each): a hash of them (BLAKE2b, RFC 7693).

    >>> words(1, 2)[0] == words(1, 2, 20)[0]
    True
    """
    found: tuple[int, ...] = _WORDS(blake2b(_PACKED(key, counter, 0)).digest())
    for block in range(1, (n + 7) // 8):
        found += _WORDS(blake2b(_PACKED(key, counter, block)).digest())
    return found


class Draws:
    """The random numbers that come from one word: the word itself, then SplitMix64 from there.

    The generator is that of Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).

    >>> Draws(words(1, 2)[0]).uniform() == Draws(words(1, 2)[0]).uniform()
    True
    """

    __slots__ = ("_fresh", "_state")

    def __init__(self, word: int) -> None:
        self._state, self._fresh = word, True

    def uniform(self) -> float:
        """The next number, uniform in the open interval (0, 1)."""
        if self._fresh:
            self._fresh = False
            return ((self._state >> 12) + 0.5) * _TO_UNIT
        self._state = (self._state + _GOLDEN) & _MASK
        return ((_mixed(self._state) >> 12) + 0.5) * _TO_UNIT

    def normal(self) -> float:
        """The next number, normal with mean 0 and standard deviation 1."""
        return _INVERSE_NORMAL(self.uniform())

    def chance(self, rate: float) -> bool:
        """Whether something of probability ``rate`` happens: never for 0, always for 1."""
        return self.uniform() < rate


def _mixed(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _MASK
    return z ^ (z >> 31)
