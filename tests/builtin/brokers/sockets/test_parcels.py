"""Frames of the socket broker."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcore.builtin.brokers.sockets.parcels import CLAIM, MESSAGE, REFUSED, TAKEN, MalformedFrame, Parcel, pack, unpack

texts = st.text(st.characters(codec="utf-8"), max_size=20)
parcels = st.builds(Parcel, st.sampled_from([MESSAGE, CLAIM, TAKEN, REFUSED]), texts, texts, st.binary(max_size=40))


@given(st.lists(parcels, max_size=5))
def test_parcels_come_out_of_a_frame_as_they_went_in(several: list[Parcel]) -> None:
    assert unpack(pack(several)) == several


@given(st.lists(parcels, min_size=1, max_size=3), st.data())
def test_a_frame_that_was_cut_short_is_refused_or_holds_the_first_parcels(several: list[Parcel], data: st.DataObject) -> None:
    frame = pack(several)
    cut = frame[: data.draw(st.integers(0, len(frame) - 1))]
    try:
        found = unpack(cut)
    except MalformedFrame:
        return
    assert found == several[: len(found)]


@given(st.binary(max_size=60))
def test_any_bytes_are_parcels_or_malformed(frame: bytes) -> None:
    try:
        found = unpack(frame)
    except MalformedFrame:
        return
    assert pack(found) == frame


def test_a_pickle_is_malformed() -> None:
    with pytest.raises(MalformedFrame):
        unpack(pickle.dumps({"a": [1, 2, 3]}))
