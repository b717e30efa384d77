"""What was accepted before is refused, in whatever order messages come; checked against a set of all numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.brokers.freshness import WINDOW, Freshness, Window
from pgcore.brokers.refusals import Refused
from tests.wire import REPORTS, letter


def reason(fresh: Freshness, channel: str = REPORTS, **envelope: int | str) -> str:
    try:
        fresh.add(channel, letter(**envelope))  # type: ignore[arg-type]
    except Refused as refused:
        return refused.reason
    return ""


def verdict(window: Window, number: int) -> str:
    try:
        window.add(number)
    except Refused as refused:
        return refused.reason
    return ""


@given(st.lists(st.integers(1, 3 * WINDOW), max_size=200))
def test_a_number_is_accepted_if_it_is_new_and_not_too_old(numbers: list[int]) -> None:
    window, accepted = Window(), set[int]()
    for number in numbers:
        old = number <= max(accepted, default=0) - WINDOW
        assert verdict(window, number) == ("stale" if old else "replayed" if number in accepted else "")
        accepted |= set() if old else {number}


def test_a_number_again_is_replayed() -> None:
    fresh = Freshness()
    assert [reason(fresh, seq=seq) for seq in (1, 3, 2, 3, 1)] == ["", "", "", "replayed", "replayed"]


def test_numbers_count_for_each_channel_sender_and_environment() -> None:
    fresh = Freshness()
    assert [reason(fresh), reason(fresh, "env_0__presence"), reason(fresh, sender="MG2"), reason(fresh, env_id="1")] == [""] * 4


def test_the_edge_of_the_window_is_where_it_is_said_to_be() -> None:
    fresh = Freshness()
    assert [reason(fresh, seq=seq) for seq in (WINDOW + 1, 2, 1)] == ["", "", "stale"]


def test_a_new_life_begins_anew_and_ends_the_old_on_every_channel() -> None:
    fresh = Freshness()
    assert reason(fresh, seq=7) == reason(fresh, "env_0__presence", seq=7) == ""
    assert reason(fresh, seq=1, epoch=1) == ""
    assert reason(fresh, "env_0__presence", seq=8) == "stale"
    assert reason(fresh, sender="MG2", seq=8) == ""


def test_a_window_holds_no_more_than_its_width() -> None:
    window = Window()
    for number in range(1, 5 * WINDOW):
        window.add(number)
    assert window._seen.bit_length() == WINDOW
    with pytest.raises(Refused, match="more than 1024 behind the newest"):
        window.add(5)
