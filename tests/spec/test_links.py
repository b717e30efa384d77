from typing import Any

import numpy as np
import pytest

from pgcore.spec.linked import AgentPlan, Linked
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.problems import SpecError
from tests.spec.fakes import CATALOG, House


def linked(agents: dict[str, Any], **rest: Any) -> Linked:
    document = {"spec": 1, "network": {"type": "feeder"}, "agents": agents, "episode": {"steps": 2}, **rest}
    return link(load_spec(document, catalog=CATALOG))


def store(bus: object = 5) -> dict[str, Any]:
    return {"type": "battery", "bus": bus, "capacity_mwh": 1}


def plan(result: Linked, name: str) -> AgentPlan:
    return next(agent for agent in result.agents if agent.name == name)


def test_a_bus_is_found_by_its_number_and_by_its_name() -> None:
    result = linked({"A": {"devices": {"a": store(5), "b": store("north")}}})
    assert [device.target for device in result.devices] == [1, 1]


def test_devices_come_depth_first_and_the_background_last() -> None:
    result = linked(
        {"A": {"devices": {"a": store()}, "agents": {"B": {"devices": {"b": store()}}}}, "C": {"devices": {"c": store()}}},
        background={"d": store()},
    )
    assert [(device.name, device.owner) for device in result.devices] == [("A.a", "A"), ("B.b", "B"), ("C.c", "C"), ("d", "")]
    assert [(agent.name, agent.parent, agent.children, agent.devices) for agent in result.agents] == [
        ("A", None, ("B",), (0,)), ("B", "A", (), (1,)), ("C", None, (), (2,)),
    ]  # fmt: skip


def test_a_level_is_one_above_the_highest_below() -> None:
    result = linked({"top": {"agents": {"mid": {"agents": {"low": {}}}, "other": {}}}})
    assert {agent.name: agent.level for agent in result.agents} == {"top": 4, "mid": 3, "low": 2, "other": 2}


def test_an_area_holds_its_devices_buses_lines_within_and_trafos_at_its_edge() -> None:
    area = plan(linked({"A": {"area": [6], "devices": {"a": store(5)}}}), "A")
    assert [list(positions) for positions in (area.area_buses, area.area_lines, area.area_trafos)] == [[1, 2], [0], [0, 1]]


def test_a_line_with_one_end_outside_is_not_in_the_area() -> None:
    area = plan(linked({"A": {"area": [5]}}), "A")
    assert [list(positions) for positions in (area.area_buses, area.area_lines, area.area_trafos)] == [[1], [], [0]]


def test_the_area_all_holds_every_bus() -> None:
    assert list(plan(linked({"A": {"area": "all"}}), "A").area_buses) == [0, 1, 2, 3]


def test_a_list_of_buses_expands_to_devices_with_numbered_names() -> None:
    sun = {"type": "pv", "at": [5, 6, "grid"], "p_peak_mw": 1, "availability": ["sun", 0.5]}
    result = linked({"A": {"devices": {"pv": sun}}}, profiles={"sun": {"type": "values", "values": [0, 1]}})
    assert [(d.name, d.target, d.feeds) for d in result.devices] == [
        ("A.pv-1", 1, {"availability": "sun"}), ("A.pv-2", 2, {"availability": 0.5}), ("A.pv-3", 0, {"availability": "sun"}),
    ]  # fmt: skip


def test_loads_are_taken_over_with_their_power() -> None:
    result = linked({"A": {}}, background={"feeder": {"type": "load", "at": "loads", "p_profile": [1, 2]}})
    assert [(d.name, d.target, d.takes_load, d.feeds) for d in result.devices] == [
        ("feeder-1", 2, 0, {"p_profile": 1.0}), ("feeder-2", 3, 1, {"p_profile": 2.0}),
    ]  # fmt: skip
    assert [d.device for d in result.devices] == [House(p_mw=0.4, q_mvar=0.2), House(p_mw=-0.1, q_mvar=0.0)]


def test_a_meter_at_the_edge_of_its_area_is_placed() -> None:
    result = linked({"A": {"area": [5, 6], "devices": {"grid": {"type": "grid_connection", "trafo": "T1"}}}})
    assert [(d.place, d.target) for d in result.devices] == [("trafo", 0)]


def test_a_meter_at_an_external_grid_is_placed() -> None:
    assert linked({"A": {"devices": {"grid": {"type": "grid_connection", "bus": 0}}}}).devices[0].target == 0


def test_a_tap_changer_within_its_transformers_range_is_placed() -> None:
    assert linked({"A": {"devices": {"t": {"type": "oltc", "trafo": "T1", "tap_min": -1}}}}).devices[0].place == "trafo"


def test_a_switch_and_a_tap_changer_may_share_a_transformer() -> None:
    both = {"t": {"type": "oltc", "trafo": 0}, "s": {"type": "switch", "trafo": 0}}
    assert [d.name for d in linked({"A": {"devices": both}}).devices] == ["A.t", "A.s"]


def test_profiles_are_loaded() -> None:
    series = linked({"A": {}}, profiles={"p": {"type": "values", "values": [1, 2, 3]}}).series
    assert np.array_equal(series["p"].values, [1.0, 2.0, 3.0])


def test_a_constant_profile_is_as_long_as_any_episode() -> None:
    assert len(linked({"A": {}}, profiles={"p": {"type": "values", "values": [1]}}).series["p"].values) == 1


def test_linking_reports_all_problems_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        linked({"A": {"area": [77], "devices": {"a": store(8), "b": store("x")}}}, run={"backend": {"type": "pandapower", "refuse": True}})
    assert [problem.path for problem in caught.value.problems] == [
        ("agents", "A", "devices", "a", "bus"), ("agents", "A", "devices", "b", "bus"), ("agents", "A", "area", 0), ("run", "backend"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("profiles", "episode", "path", "message"),
    [
        ({"p": "2016-01-01", "q": "2016-07-01"}, {}, ("profiles", "q"), "begins on another day than p"),
        ({"p": "May Day"}, {}, ("profiles", "p"), "first day is 'May Day'"),
        ({"p": ""}, {"start": "2016-01-01"}, ("episode", "start"), "carry no date"),
        ({"p": "2016-01-01"}, {"start": "2017-01-01"}, ("episode", "start"), "cannot start at '2017-01-01'"),
        ({"p": "2016-01-01"}, {"part": "test"}, ("episode", "start"), "does not lie in the test weeks"),
        ({"p": "2016-01-01"}, {"part": "test", "start": "random"}, ("episode", "start"), "no episode of 2 steps"),
    ],
)
def test_profiles_and_starts_that_no_episode_can_have_are_found(
    profiles: dict[str, str], episode: dict[str, Any], path: tuple[str, ...], message: str
) -> None:
    given = {name: {"type": "values", "values": [1, 2, 3], "start": day} for name, day in profiles.items()}
    with pytest.raises(SpecError) as caught:
        linked({"A": {}}, profiles=given, episode={"steps": 2, **episode})
    assert [problem.path for problem in caught.value.problems] == [path]
    assert message in str(caught.value)
