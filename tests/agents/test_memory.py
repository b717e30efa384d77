import numpy as np

from pgcore.agents.memory import kept, recalled
from pgcore.messages import Report


def test_a_report_is_recalled_from_what_is_kept_of_it() -> None:
    one = np.ones((2, 1))
    report = Report(one * 3, one * 4, one * 5, one * 6, (one * -1, one), {"age": one, "energised": one > 0}, {"vm_pu": one * 7})
    again = recalled(kept(report))
    assert again is not None
    for name in ("observation", "cost", "violation", "reward"):
        assert np.array_equal(getattr(again, name), getattr(report, name))
    assert again.mask is not None
    assert [part[0, 0] for part in again.mask] == [-1.0, 1.0]
    assert again.details["energised"].dtype == np.bool_
    assert list(again.memory) == ["vm_pu"]


def test_nothing_is_recalled_of_an_agent_that_never_reported() -> None:
    assert recalled({"vm_pu": np.ones((1, 1))}) is None
