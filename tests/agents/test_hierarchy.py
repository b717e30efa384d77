"""SystemAgents: their directives reach the agents below, in what these see and in what they do."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from attrs import frozen

import pgcore.builtin
from pgcore.assembly import assemble
from pgcore.builtin.protocols.setpoint import Setpoint
from pgcore.catalog import Catalog
from pgcore.columns import Array
from pgcore.env import GridEnv, Transition
from pgcore.hookspecs import hookimpl
from pgcore.quantity import Slot
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from tests.toys import Toys, toy_catalog, toy_spec

GEN = {"type": "generator", "bus": "B", "p_max_mw": 1.0, "b_per_mwh": 40.0, "c_per_mw2h": 10.0}
HOUSE = {"type": "load", "bus": "C", "p_mw": 0.5, "curtailable": 0.4, "value_of_lost_load_per_mwh": 900.0}


def operator(parent: dict[str, Any], child: dict[str, Any]) -> GridEnv:
    agents = {
        "DSO": {
            "area": "all",
            "vertical": parent,
            "agents": {"M": {"area": ["B", "C"], "vertical": child, "devices": {"gen": GEN, "house": HOUSE}}},
        }
    }
    env = assemble(link(load_spec(toy_spec(agents), catalog=toy_catalog())))
    env.reset([0])
    return env


def seen(env: GridEnv, transition: Transition, agent: str, name: str) -> float:
    return float(transition.observations[agent][0, [s.name for s in env.roles[agent].slots].index(name)])


def test_bounds_of_a_directive_may_be_named_after_the_parents_options() -> None:
    @frozen
    class Near(Setpoint):
        type = "near"
        gives = (Slot("p_target_mw", "MW", "-target_max_mw", "target_max_mw", "power wanted"),)

    near = SimpleNamespace(pgcore_protocols=hookimpl(lambda: [Near]))
    parent = {"area": "all", "vertical": {"type": "near", "target_max_mw": 0.25}, "agents": {"M": {"devices": {"gen": GEN}}}}
    spec = load_spec(toy_spec({"DSO": parent}), catalog=Catalog.of(pgcore.builtin, Toys(), near))
    slot = next(slot for slot in assemble(link(spec)).roles["M"].slots if slot.name == "directive.p_target_mw")
    assert (slot.low, slot.high) == (-0.25, 0.25)


def act(env: GridEnv, **actions: list[float]) -> Transition:
    settings: dict[str, Array] = {name: np.array([values]) for name, values in actions.items()}
    return env.step(settings)


def test_levels_tell_a_system_agent_from_a_grid_agent() -> None:
    env = operator({"type": "setpoint"}, {"type": "setpoint"})
    assert {name: role.level for name, role in env.roles.items()} == {"DSO": 3, "M": 2}


def test_a_price_reaches_the_childs_observation_and_its_devices() -> None:
    env = operator({"type": "price_signal", "price": 50.0}, {"type": "price_signal"})
    transition = act(env, DSO=[4.0], M=[0.0])
    assert seen(env, transition, "M", "directive.price") == 54.0
    assert seen(env, transition, "M", "gen.p_mw") == pytest.approx((54.0 - 40.0) / (2 * 10.0))


def test_the_childs_own_addition_counts_on_top_of_the_parents_price() -> None:
    env = operator({"type": "price_signal", "price": 50.0}, {"type": "price_signal"})
    transition = act(env, DSO=[0.0], M=[2.0])
    assert seen(env, transition, "M", "gen.p_mw") == pytest.approx((52.0 - 40.0) / (2 * 10.0))


def test_a_call_for_demand_response_curtails_the_childs_loads_whatever_its_protocol() -> None:
    env = operator({"type": "demand_response"}, {"type": "setpoint"})
    transition = act(env, DSO=[0.5], M=[0.0, 0.0])
    assert seen(env, transition, "M", "directive.curtail") == 0.5
    assert seen(env, transition, "M", "house.p_mw") == pytest.approx(-0.5 * (1 - 0.5 * 0.4))


def test_a_target_is_shown_to_the_child_which_sets_its_devices_itself() -> None:
    env = operator({"type": "setpoint", "target_max_mw": 2.0}, {"type": "setpoint"})
    transition = act(env, DSO=[1.5], M=[0.3, 0.0])
    assert seen(env, transition, "M", "directive.p_target_mw") == 1.5
    assert seen(env, transition, "M", "gen.p_mw") == pytest.approx(0.3)


def test_a_demand_response_agent_sets_its_other_devices_as_usual() -> None:
    env = operator({"type": "setpoint"}, {"type": "demand_response"})
    assert [dial.name for dial in env.roles["M"].actions] == ["level", "gen.p_mw"]
    transition = act(env, DSO=[0.0], M=[1.0, 0.7])
    assert seen(env, transition, "M", "gen.p_mw") == pytest.approx(0.7)
    assert seen(env, transition, "M", "house.p_mw") == pytest.approx(-0.5 * 0.6)
