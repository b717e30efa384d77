"""What is drawn for a device lies within what the device declares."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from pgcore.builtin.devices.battery import Battery
from pgcore.builtin.devices.generator import Generator
from pgcore.builtin.devices.load import Load
from pgcore.builtin.devices.oltc import Oltc
from pgcore.contracts.device import Device
from pgcore.quantity import option, quantity
from pgcore.testing.devices.episode import Episode
from pgcore.testing.parameters import instances
from pgcore.testing.strategies import Undrawable, actions, devices, episodes, inputs

calm = settings(max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@frozen
class Named:
    """Something that cannot be made up."""

    name: str = option("what it is called")


@frozen
class Bounded:
    """Numbers of all sorts."""

    share: float = quantity("1", "a share", ge=0, le=1)
    below: float = quantity("1", "below ten", lt=10)
    count: int = quantity("1", "how many", default=3, ge=1, le=5)
    flag: bool = option("whether", default=False)
    color: str = option("which", default="red", choices=("red", "blue"))
    limit: float | None = quantity("MW", "a limit", default=None, gt=0)


@calm
@given(instances(Bounded))
def test_fields_lie_within_their_bounds(made: Bounded) -> None:
    assert 0 <= made.share <= 1
    assert made.below < 10
    assert made.count in range(1, 6)
    assert made.color in ("red", "blue")
    assert made.limit is None or made.limit > 0


@pytest.mark.parametrize(
    "wanted",
    [
        lambda b: b.share == 0,
        lambda b: b.share == 1,
        lambda b: b.count == 5,
        lambda b: b.flag,
        lambda b: b.color == "blue",
        lambda b: b.limit is not None,
    ],
)
def test_bounds_defaults_and_choices_are_all_met(wanted: Callable[[Bounded], bool]) -> None:
    assert wanted(find(instances(Bounded), wanted, settings=settings(derandomize=True, database=None)))


@pytest.mark.parametrize("kind", [Battery, Generator, Load, Oltc])
def test_fields_that_depend_on_each_other_are_mended(kind: type[Device]) -> None:
    made: list[Device] = []
    calm(given(devices(kind))(lambda device: made.append(device)))()
    assert len({repr(device) for device in made}) > 20


def test_what_cannot_be_drawn_says_so() -> None:
    with pytest.raises(Undrawable, match="name is .* cannot be drawn from a declaration"):
        instances(Named)


def test_examples_are_among_the_devices() -> None:
    mine = Load(p_mw=1.25)
    assert find(devices(Load, [mine]), lambda device: device is mine) is mine


@calm
@given(st.data())
def test_actions_and_inputs_lie_within_their_bounds(data: Any) -> None:
    load = data.draw(devices(Load))
    assert 0 <= data.draw(actions(load))["curtail"] <= load.curtailable
    fed = data.draw(inputs(load))
    assert fed.keys() == {"p_profile", "q_profile"}
    assert all(-10 <= value <= 10 for value in fed.values())


@calm
@given(episodes(Oltc, beyond=False, steps=(2, 9)))
def test_settings_of_an_episode_are_whole_numbers_within_the_knobs_bounds(episode: Episode) -> None:
    taps = episode.action["tap"]
    assert taps.shape == (episode.steps, *episode.shape)
    assert np.array_equal(taps, np.rint(taps))
    assert all(device.tap_min <= taps[..., j].min() and taps[..., j].max() <= device.tap_max for j, device in enumerate(episode.devices))


@calm
@given(episodes(Load, count=(2, 3), envs=(3, 3)))
def test_a_part_of_an_episode_holds_what_its_devices_were_told(episode: Episode) -> None:
    part = episode.part([2, 0], [1])
    assert part.devices == (episode.devices[1],)
    assert part.seeds == (episode.seeds[2], episode.seeds[0])
    assert np.array_equal(part.exo["p_profile"][:, :, 0], episode.exo["p_profile"][:, [2, 0], 1])
    assert part.signal["price"].shape == (episode.steps, 2, 1)
    assert part.draw().uniform()[0, 0] == episode.draw().uniform()[2, 1]
