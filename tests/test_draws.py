"""Draws: numbers from a key and a counter, against published values and the moments of their distributions."""

import math
from itertools import pairwise
from statistics import NormalDist, fmean

import pytest

from pgcore.draws import Draws, _mixed, key, words

N = 40_000


def test_the_mixing_is_that_of_splitmix64() -> None:
    """First outputs of the generator from seed 0, as published with its reference implementation (Vigna, prng.di.unimi.it)."""
    golden = 0x9E3779B97F4A7C15
    assert [_mixed(n * golden % 2**64) for n in (1, 2, 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def drawn(counter: int) -> Draws:
    return Draws(words(key("test"), counter)[0])


def test_the_same_key_and_counter_give_the_same_numbers() -> None:
    first, again = drawn(3), drawn(3)
    assert [first.uniform() for _ in range(5)] == [again.uniform() for _ in range(5)]


def test_there_are_as_many_words_as_asked_for_and_asking_for_more_changes_none() -> None:
    many = words(1, 2, 20)
    assert len(set(many)) == len(many) >= 20
    assert many[:8] == words(1, 2, 3)


def test_other_parts_give_another_key() -> None:
    assert len({key(7, 0, "MG1"), key(7, 1, "MG1"), key(8, 0, "MG1"), key(7, 0, "MG2"), key(70, "MG1")}) == 5


@pytest.mark.parametrize("step", [1, 1 << 16, 1 << 40], ids=["places", "ticks", "episodes"])
def test_first_draws_of_successive_counters_are_uniform_and_independent(step: int) -> None:
    u = [drawn(n * step).uniform() for n in range(N)]
    assert abs(fmean(u) - 0.5) < 4 * math.sqrt(1 / 12 / N)
    assert abs(fmean((x - 0.5) ** 2 for x in u) - 1 / 12) < 4 * math.sqrt(1 / 180 / N)
    assert abs(fmean((x - 0.5) * (y - 0.5) for x, y in pairwise(u)) * 12) < 4 / math.sqrt(N)


def test_first_and_second_draws_are_independent() -> None:
    pairs = [(draws.uniform() - 0.5, draws.uniform() - 0.5) for draws in map(drawn, range(N))]
    assert abs(fmean(x * y for x, y in pairs) * 12) < 4 / math.sqrt(N)


def test_normal_draws_lie_as_often_below_each_quantile_as_they_should() -> None:
    z = [drawn(n).normal() for n in range(N)]
    for p in (0.001, 0.1, 0.5, 0.9, 0.999):
        below = sum(x < NormalDist().inv_cdf(p) for x in z)
        assert abs(below - p * N) < 4 * math.sqrt(N * p * (1 - p))


def test_what_has_no_chance_never_happens_and_what_is_certain_always_does() -> None:
    assert not any(drawn(n).chance(0.0) for n in range(1000))
    assert all(drawn(n).chance(1.0) for n in range(1000))
