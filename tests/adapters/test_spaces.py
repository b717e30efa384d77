"""Spaces: between what a policy chooses and physical settings."""

import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, MultiDiscrete

from pgcore.adapters.spaces import ActionSpace, observation_space
from pgcore.contracts.protocol import Dial
from pgcore.quantity import Slot

POWER = Dial("ess.p_mw", "MW", -0.5, 0.5)
LEVEL = Dial("heat.level", "1", 0.0, 4.0)
TAP = Dial("oltc.tap", "1", -2, 3, discrete=True)


def test_continuous_dials_make_a_box() -> None:
    assert ActionSpace((POWER, LEVEL), normalized=True).space == Box(-1.0, 1.0, (2,), np.float32)


def test_physical_actions_have_the_dials_own_bounds() -> None:
    space = ActionSpace((POWER, LEVEL), normalized=False).space
    assert isinstance(space, Box)
    assert (space.low.tolist(), space.high.tolist()) == ([-0.5, 0.0], [0.5, 4.0])


def test_mixed_dials_make_a_dict() -> None:
    space = ActionSpace((POWER, TAP), normalized=True).space
    assert space == Dict({"continuous": Box(-1.0, 1.0, (1,), np.float32), "discrete": MultiDiscrete([6])})


def test_discrete_dials_alone_leave_the_continuous_part_out() -> None:
    assert ActionSpace((TAP,), normalized=True).space == Dict({"discrete": MultiDiscrete([6])})


@pytest.mark.parametrize(("action", "setting"), [(-1.0, 0.0), (0.0, 2.0), (1.0, 4.0), (7.0, 4.0)])
def test_normalized_actions_map_linearly_and_are_cut(action: float, setting: float) -> None:
    assert ActionSpace((LEVEL,), normalized=True).to_physical(np.array([action])) == [setting]


def test_a_discrete_action_counts_up_from_the_lowest_setting() -> None:
    space = ActionSpace((POWER, TAP), normalized=False)
    assert space.to_physical({"continuous": [0.25], "discrete": [1]}).tolist() == [0.25, -1.0]


@pytest.mark.parametrize("normalized", [True, False])
def test_settings_come_back_from_the_action_that_stands_for_them(normalized: bool) -> None:
    space = ActionSpace((POWER, TAP, LEVEL), normalized)
    settings = np.array([0.25, 2.0, 3.0])
    action = space.from_physical(settings)
    assert space.space.contains(action)
    assert space.to_physical(action) == pytest.approx(settings, abs=1e-6)


def test_a_mask_flags_the_allowed_settings_and_fits_sample() -> None:
    space = ActionSpace((POWER, TAP), normalized=True)
    mask = space.mask(np.array([-np.inf, -1.0]), np.array([np.inf, 1.0]))
    assert mask["discrete"][0].tolist() == [0, 1, 1, 1, 0, 0]
    drawn = {int(space.space.sample(mask)["discrete"][0]) for _ in range(50)}
    assert drawn <= {1, 2, 3}


def test_an_action_without_its_parts_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="no part 'discrete'"):
        ActionSpace((POWER, TAP), normalized=True).to_physical({"continuous": [0.0]})


def test_an_action_of_the_wrong_length_names_the_dials() -> None:
    with pytest.raises(ValueError, match=r"has 3 numbers, expected 1: ess.p_mw"):
        ActionSpace((POWER,), normalized=True).to_physical(np.zeros(3))


def test_an_action_of_the_wrong_length_names_no_dials_of_the_other_part() -> None:
    with pytest.raises(ValueError, match=r"continuous part has 2 numbers, expected 1: ess.p_mw$"):
        ActionSpace((POWER, TAP), normalized=True).to_physical({"continuous": [0.0, 0.0], "discrete": [0]})


@pytest.mark.parametrize("normalized", [True, False])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_action_that_is_not_finite_is_refused(bad: float, normalized: bool) -> None:
    with pytest.raises(ValueError, match="expected finite numbers"):
        ActionSpace((POWER,), normalized).to_physical(np.array([bad]))


def test_an_observation_space_has_every_slots_bounds() -> None:
    space = observation_space((Slot("a", "pu", 0, 2), Slot("b", "1", -1, 1)))
    assert (space.low.tolist(), space.high.tolist(), space.dtype) == ([0, -1], [2, 1], np.float32)
