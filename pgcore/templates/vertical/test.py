"""The vertical protocol AcmeVertical: pgcore's own checks, and what its one number does."""

import numpy as np
from pgcore.contracts.protocol import Crew, Dial
from pgcore.testing.verticals import VerticalChecks

from pgcore_acme.vertical import AcmeVertical


class TestAcmeVertical(VerticalChecks):
    """Every check that pgcore has for vertical protocols; `pgcore plugins check acme --kind vertical` runs the same."""

    vertical = AcmeVertical


CREW = Crew((Dial("ess.p_mw", "MW", -0.5, 1.0), Dial("oltc.tap", "1", -8, 8, default=2, discrete=True)), ("Below",))


def test_an_agent_chooses_one_number() -> None:
    (dial,) = AcmeVertical(reach=0.5).knobs(CREW)
    assert (dial.name, dial.low, dial.high) == ("level", -0.5, 0.5)


def test_the_ends_and_the_middle_are_lowest_highest_and_default() -> None:
    orders = AcmeVertical().coordinate(np.array([[-1.0], [0.0], [1.0]]), CREW, {})
    assert orders.dials.tolist() == [[-0.5, -8.0], [0.0, 2.0], [1.0, 8.0]]


def test_what_the_parent_asks_for_is_added_and_passed_on() -> None:
    orders = AcmeVertical().coordinate(np.array([[0.25]]), CREW, {"level": np.array([0.5])})
    assert orders.dials[0, 0] == 0.75
    assert orders.directives["Below"]["level"].tolist() == [0.75]
