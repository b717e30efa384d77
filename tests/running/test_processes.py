from hypothesis import given
from hypothesis import strategies as st

from pgcore.running.processes import cores, dealt


def test_an_agent_and_its_devices_stay_together() -> None:
    assert dealt(["MG1", "MG1.ess", "MG1.pv", "MG2", "MG2.ess"], 2) == [("MG1", "MG1.ess", "MG1.pv"), ("MG2", "MG2.ess")]


def test_there_are_never_more_processes_than_agents() -> None:
    assert dealt(["MG1", "MG2", "MG2.ess"], 5) == [("MG1",), ("MG2", "MG2.ess")]


@given(st.integers(1, 30), st.integers(1, 40))
def test_agents_are_dealt_evenly_and_each_once(agents: int, count: int) -> None:
    names = [name for i in range(agents) for name in (f"A{i}", f"A{i}.d")]
    hands = dealt(names, count)
    assert sorted(name for hand in hands for name in hand) == sorted(names)
    assert max(map(len, hands)) - min(map(len, hands)) <= 2


def test_there_is_a_core_to_run_on() -> None:
    assert cores() >= 1
