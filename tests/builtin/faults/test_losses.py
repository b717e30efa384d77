"""Faults that lose or double messages, against the closed forms of their distributions."""

import math
from itertools import groupby
from statistics import fmean

import pytest

from pgcore.builtin.faults.burst_loss import BurstLoss
from pgcore.builtin.faults.duplication import Duplication
from pgcore.builtin.faults.loss import Loss
from pgcore.builtin.faults.partition import Partition
from pgcore.contracts.fault import LOST, PROMPT, Link
from tests.links import fates

N = 40_000


def test_loss_takes_its_share() -> None:
    lost = fates(Loss(rate=0.05), [0.0] * N).count(LOST)
    assert abs(lost - 0.05 * N) < 4 * math.sqrt(N * 0.05 * 0.95)


def test_losses_come_in_no_longer_rows_than_by_chance() -> None:
    """The length of a row of independent losses is geometric: mean 1/(1 − rate), variance rate/(1 − rate)²."""
    rows = [len(list(row)) for lost, row in groupby(fate == LOST for fate in fates(Loss(rate=0.3), [0.0] * N)) if lost]
    assert abs(fmean(rows) - 1 / 0.7) < 4 * math.sqrt(0.3 / 0.7**2 / len(rows))


def test_a_rate_of_nothing_or_everything_is_exact() -> None:
    assert set(fates(Loss(rate=0.0), [0.0] * 1000)) == {PROMPT}
    assert set(fates(Loss(rate=1.0), [0.0] * 1000)) == {LOST}


def test_burst_loss_takes_the_share_of_its_stationary_state() -> None:
    """π = p/(p + r); the variance of a mean over n steps of the chain is π(1 − π)/n · (1 + λ)/(1 − λ) with λ = 1 − p − r."""
    p, r = 0.02, 0.25
    share, memory = p / (p + r), 1 - p - r
    lost = fates(BurstLoss(p_good_to_bad=p, p_bad_to_good=r), [0.0] * N).count(LOST) / N
    assert abs(lost - share) < 4 * math.sqrt(share * (1 - share) / N * (1 + memory) / (1 - memory))


def test_bursts_are_as_long_as_bad_spells() -> None:
    """With loss_bad = 1 and loss_good = 0, a row of losses is a bad spell: geometric, mean 1/r, variance (1 − r)/r²."""
    r = 0.25
    rows = [len(list(row)) for lost, row in groupby(f == LOST for f in fates(BurstLoss(p_good_to_bad=0.02, p_bad_to_good=r), [0.0] * N)) if lost]
    assert abs(fmean(rows) - 1 / r) < 4 * math.sqrt((1 - r) / r**2 / len(rows))


def test_both_states_may_lose_some() -> None:
    """Share π · loss_bad + (1 − π) · loss_good = 0.5 · 0.6 + 0.5 · 0.2; with p = r = 0.5 the states are independent of one another."""
    lost = fates(BurstLoss(p_good_to_bad=0.5, p_bad_to_good=0.5, loss_good=0.2, loss_bad=0.6), [0.0] * N).count(LOST)
    assert abs(lost - 0.4 * N) < 4 * math.sqrt(N * 0.4 * 0.6)


def test_duplication_doubles_its_share() -> None:
    doubled = fates(Duplication(rate=0.1), [0.0] * N)
    assert set(doubled) == {PROMPT, (0.0, 0.0)}
    assert abs(doubled.count((0.0, 0.0)) - 0.1 * N) < 4 * math.sqrt(N * 0.1 * 0.9)


@pytest.mark.parametrize(
    ("groups", "link", "fate"),
    [
        ((), Link("a", "b"), LOST),
        ((("MG1", "MG1.*"),), Link("MG1", "environment"), LOST),
        ((("MG1", "MG1.*"),), Link("environment", "MG1"), LOST),
        ((("MG1", "MG1.*"),), Link("MG1", "MG1.ess"), PROMPT),
        ((("MG1", "MG1.*"),), Link("MG2", "environment"), PROMPT),
        ((("MG1",), ("MG2",)), Link("MG1", "MG2"), LOST),
        ((("MG1",), ("MG1", "MG2")), Link("MG1", "MG2"), LOST),
    ],
)
def test_a_partition_loses_what_passes_between_groups(groups: tuple[tuple[str, ...], ...], link: Link, fate: tuple[float, ...]) -> None:
    assert fates(Partition(groups=groups), [0.0, 1.0], link=link) == [fate, fate]
