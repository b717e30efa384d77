"""Bandwidth: transmission times and queues, against sums by hand and Lindley's recursion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.builtin.faults.bandwidth import Bandwidth
from pgcore.contracts.fault import LOST
from tests.links import fates


def test_a_message_on_an_idle_link_takes_its_bits() -> None:
    assert fates(Bandwidth(bit_per_s=9600.0), [0.0], size_bytes=300) == [(0.25,)]


def test_messages_wait_for_those_before_them() -> None:
    assert fates(Bandwidth(bit_per_s=800.0), [0.0, 0.0, 0.5, 9.0], size_bytes=100) == [(1.0,), (2.0,), (2.5,), (1.0,)]


def test_what_does_not_fit_into_the_queue_is_lost_and_takes_up_no_room() -> None:
    assert fates(Bandwidth(bit_per_s=800.0, queue_bytes=250.0), [0.0, 0.0, 0.0, 0.5], size_bytes=100) == [(1.0,), (2.0,), LOST, (2.5,)]


def test_an_empty_queue_takes_any_message() -> None:
    assert fates(Bandwidth(bit_per_s=800.0, queue_bytes=10.0), [0.0, 0.5, 2.0], size_bytes=100) == [(1.0,), LOST, (1.0,)]


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50), st.integers(1, 2000))
def test_waiting_times_follow_lindleys_recursion(gaps_s: list[float], size: int) -> None:
    """W' = max(W + S − T, 0), with S the time of transmission and T the time between two messages."""
    service_s = 8 * size / 4800.0
    times_s = [sum(gaps_s[: n + 1]) for n in range(len(gaps_s))]
    wait_s = 0.0
    for n, fate in enumerate(fates(Bandwidth(bit_per_s=4800.0, queue_bytes=1e9), times_s, size)):
        wait_s = max(wait_s + service_s - (times_s[n] - times_s[n - 1]), 0.0) if n else 0.0
        assert fate == pytest.approx((wait_s + service_s,), abs=1e-9)
