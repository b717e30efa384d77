"""The fault AcmeFault: pgcore's own checks, and when messages are lost."""

import pytest
from pgcore.contracts.fault import LOST, Link, Passage
from pgcore.draws import Draws
from pgcore.quantity import QuantityError
from pgcore.testing.faults import FaultChecks

from pgcore_acme.fault import AcmeFault


class TestAcmeFault(FaultChecks):
    """Every check that pgcore has for faults; `pgcore plugins check acme --kind fault` runs the same."""

    fault = AcmeFault


def lost(fault: AcmeFault, sent_s: float) -> bool:
    passage = Passage(Link("MG1", "environment"), sent_s, lambda: 100)
    return fault.fate(passage, Draws(1), fault.memory())[0] == LOST


def test_messages_are_lost_at_the_beginning_of_every_period() -> None:
    fault = AcmeFault(period_s=60.0, out_s=10.0)
    assert [lost(fault, sent_s) for sent_s in (0.0, 9.9, 10.0, 59.9, 60.0, 69.9, 70.0)] == [True, True, False, False, True, True, False]


def test_periods_are_counted_from_when_it_begins() -> None:
    fault = AcmeFault(period_s=60.0, out_s=10.0, from_s=100.0)
    assert [lost(fault, sent_s) for sent_s in (100.0, 115.0, 165.0)] == [True, False, True]


def test_the_share_of_losses_is_that_of_the_outages() -> None:
    fault = AcmeFault(period_s=8.0, out_s=2.0)
    assert sum(lost(fault, second + 0.5) for second in range(800)) == 800 * 2 / 8


def test_an_outage_longer_than_the_period_is_refused() -> None:
    with pytest.raises(QuantityError, match="<= period_s"):
        AcmeFault(period_s=5.0, out_s=6.0)
