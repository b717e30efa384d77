import json
import math

import pytest

from pgcore.results.summary import AgentSummary, DeviceSummary, Summary

A = Summary(
    (AgentSummary("East", cost=1.0, vm_min_pu=0.9, vm_max_pu=1.0),), (DeviceSummary("East.ess", "East", 1.0, 2.0),), 1, 4, 1, 0.5, 80.0, 0.9, 1.0
)
B = Summary(
    (AgentSummary("East", cost=2.0, vm_min_pu=0.95, vm_max_pu=1.1),), (DeviceSummary("East.ess", "East", 3.0, 0.0),), 1, 6, 0, 0.25, 90.0, 0.95, 1.1
)


def test_sums_add_up_and_extremes_stay_extremes() -> None:
    both = A.plus(B)
    assert (both.episodes, both.steps, both.diverged_steps, both.losses_mwh, both.loading_max_percent) == (2, 10, 1, 0.75, 90.0)
    assert both.agents == (AgentSummary("East", cost=3.0, vm_min_pu=0.9, vm_max_pu=1.1),)
    assert both.devices == (DeviceSummary("East.ess", "East", 4.0, 2.0),)


def test_summaries_of_other_agents_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="found name 'West', expected 'East'"):
        A.agents[0].plus(AgentSummary("West"))


def test_plain_data_is_json_without_infinities() -> None:
    plain = Summary((AgentSummary("East"),), ()).plain()
    assert json.loads(json.dumps(plain, allow_nan=False))["agents"]["East"]["vm_min_pu"] is None
    assert math.isinf(AgentSummary("East").vm_min_pu)
