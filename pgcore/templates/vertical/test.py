"""The vertical protocol AcmeVertical: what its one number does."""

import numpy as np
from pgcore.contracts.protocol import Crew, Dial

from pgcore_acme.vertical import AcmeVertical

CREW = Crew((Dial("ess.p_mw", "MW", -0.5, 1.0), Dial("oltc.tap", "1", -8, 8, default=2, discrete=True)), ("Below",))


def test_an_agent_chooses_one_number() -> None:
    (dial,) = AcmeVertical(reach=0.5).knobs(CREW)
    assert (dial.name, dial.low, dial.high) == ("level", -0.5, 0.5)


def test_the_ends_and_the_middle_are_lowest_highest_and_default() -> None:
    orders = AcmeVertical().coordinate(np.array([[-1.0], [0.0], [1.0]]), CREW, {})
    assert orders.dials.tolist() == [[-0.5, -8.0], [0.0, 2.0], [1.0, 8.0]]


def test_discrete_dials_get_whole_numbers_within_their_bounds() -> None:
    level = np.linspace(-1.0, 1.0, 101)[:, None]
    taps = AcmeVertical().coordinate(level, CREW, {}).dials[:, 1]
    assert (taps == np.rint(taps)).all()
    assert (taps.min(), taps.max()) == (-8.0, 8.0)


def test_what_the_parent_asks_for_is_added_and_passed_on() -> None:
    orders = AcmeVertical().coordinate(np.array([[0.25]]), CREW, {"level": np.array([0.5])})
    assert orders.dials[0, 0] == 0.75
    assert orders.directives["Below"]["level"].tolist() == [0.75]


def test_environments_do_not_influence_each_other() -> None:
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (7, 1))
    together = AcmeVertical().coordinate(actions, CREW, {}).dials
    alone = [AcmeVertical().coordinate(row[None], CREW, {}).dials[0] for row in actions]
    assert np.array_equal(together, alone)


def test_nothing_that_it_is_given_changes() -> None:
    action = np.array([[0.3]])
    action.flags.writeable = False
    AcmeVertical().coordinate(action, CREW, {})
    assert action.tolist() == [[0.3]]
