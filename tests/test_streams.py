"""Random streams: keyed by name, so that grouping cannot change a draw."""

import numpy as np

from pgcore.streams import Streams, stream


def test_a_stream_depends_on_seed_episode_and_name_alone() -> None:
    keys = [(7, 0, "ess"), (8, 0, "ess"), (7, 1, "ess"), (7, 0, "pv")]
    draws = [stream(*key).uniform() for key in keys]
    assert len(set(draws)) == len(keys)
    assert stream(7, 0, "ess").uniform() == draws[0]


def test_drawing_for_many_devices_gives_each_the_numbers_of_its_own_stream() -> None:
    drawn = Streams.of([(7, 0), (9, 2)], ["a", "b", "c"]).uniform(np.array([0.0, 1.0, 2.0]), 5.0)
    assert drawn.shape == (2, 3)
    assert drawn[1, 2] == stream(9, 2, "c").uniform(2.0, 5.0)


def test_whole_numbers_and_normal_draws_have_the_shape_of_the_fleet() -> None:
    streams = Streams.of([(7, 0)], ["a", "b"])
    assert set(streams.integers(3).ravel()) <= {0.0, 1.0, 2.0}
    assert streams.normal(10.0, 0.0).tolist() == [[10.0, 10.0]]


def test_a_draw_goes_on_where_the_last_one_ended() -> None:
    streams = Streams.of([(7, 0)], ["a"])
    rng = stream(7, 0, "a")
    assert [streams.uniform()[0, 0], streams.uniform()[0, 0]] == [rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0)]
