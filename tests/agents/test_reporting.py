"""Reporting: a report of many agents is that of each alone, side by side; an audit tells what an agent does not."""

from collections.abc import Mapping

import numpy as np

from pgcore.agents.charter import Area, Charter
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Readings, Reporting
from pgcore.builtin.protocols.setpoint import Setpoint
from pgcore.builtin.rewards.cost_and_violation import CostAndViolation
from pgcore.columns import Array
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer
from pgcore.feeds import Feeds
from pgcore.messages import NetworkState, Report, States
from pgcore.plant import EFFECTS, Plant
from tests.toys import Source


class Quiet(Horizontal):
    """Adds nothing to observations."""

    type = "quiet"

    def offer(self, peer: Peer) -> Offer:
        return {}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        return {}

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Deal(np.zeros(2))


BUSES = (3, 1, 4)
SOURCES = (2, 0, 3)


def agent(name: str, buses: int, sources: int, protocols: int) -> GridAgent:
    plant = Plant(tuple(f"s{i}" for i in range(sources)), (Source(),) * sources)
    area = Area(tuple(f"{name}{i}" for i in range(buses)), tuple(f"l{i}" for i in range(buses - 1)), ())
    charter = Charter(name, None, (), Setpoint(), CostAndViolation(), plant, area, np.zeros(sources, dtype=np.intp), (), (Quiet(),) * protocols)
    made = GridAgent(charter, 1.0)
    made.reset(2)
    return made


PROTOCOLS = (1, 0, 2)
AGENTS = [agent(f"M{i}", *sizes) for i, sizes in enumerate(zip(BUSES, SOURCES, PROTOCOLS, strict=True))]
NO_FEEDS = Feeds(np.zeros((1, 0)), np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp))


def reporting(agents: list[GridAgent]) -> Reporting:
    devices = tuple(device for one in agents for device in one.charter.plant.devices)
    plant = Plant(tuple(f"d{i}" for i in range(len(devices))), devices)
    return Reporting(agents, plant, NO_FEEDS, 60.0)


def scene(dead: bool = False) -> tuple[NetworkState, Array]:
    """What two environments show all agents, and what their devices did."""
    rng = np.random.default_rng(5)
    buses, lines = sum(BUSES), sum(BUSES) - len(BUSES)
    energised = rng.uniform(size=(2, buses)) > (0.3 if dead else -1.0)
    vm_pu, loading = rng.uniform(0.9, 1.1, (2, buses)) * energised, rng.uniform(0, 150, (2, lines))
    view = NetworkState(vm_pu, energised, loading, np.zeros((2, 0)), np.zeros((2, 0)), np.array([True, False]), np.array([0.0, 2.0]))
    return view, rng.normal(size=(len(EFFECTS), 2, sum(SOURCES)))


def part(view: NetworkState, i: int) -> NetworkState:
    at, lines = (slice(sum(n[:i]), sum(n[: i + 1])) for n in (BUSES, [b - 1 for b in BUSES]))
    return NetworkState(
        view.vm_pu[:, at], view.energised[:, at], view.line_loading_percent[:, lines], view.trafo_loading_percent, view.metered_mw,
        view.converged, view.age,
    )  # fmt: skip


def reported(agents: list[GridAgent], view: NetworkState, effects: Array, deals: list[list[Deal]]) -> Report:
    states: States = ({},) if effects.shape[2] else ()
    own = Readings(effects, states, np.zeros((2, 0)), np.zeros((2, 0)), np.array([7, 90]))
    return reporting(agents).report(view, own, deals)


def test_a_report_of_many_is_that_of_each_alone_to_the_last_bit() -> None:
    for dead in (False, True):
        view, effects = scene(dead)
        deals = [[Deal(np.array([1.5, -2.0]))], [], [Deal(np.array([0.1, 0.2])), Deal(np.array([0.3, 0.4]))]]
        together = reported(AGENTS, view, effects, deals)
        for i, one in enumerate(AGENTS):
            own = effects[:, :, sum(SOURCES[:i]) : sum(SOURCES[: i + 1])]
            alone = reported([one], part(view, i), own, [deals[i]])
            for name in ("cost", "violation", "reward"):
                assert np.array_equal(getattr(together, name)[:, i], getattr(alone, name)[:, 0])
            assert all(np.array_equal(together.details[name][:, i], alone.details[name][:, 0]) for name in together.details)
            sees = reporting(AGENTS).seats[i].sees
            assert np.array_equal(together.observation[:, sees], alone.observation)


def test_energy_drawn_at_a_dead_bus_is_unserved() -> None:
    view, effects = scene()
    dark = NetworkState(
        view.vm_pu, np.zeros_like(view.energised), view.line_loading_percent, view.trafo_loading_percent, view.metered_mw, view.converged, view.age
    )  # fmt: skip
    drawn_mwh = np.maximum(-effects[EFFECTS.index("p_mw")][:, :2], 0.0).sum(axis=1) * 1.0
    told_mwh = effects[EFFECTS.index("unserved_mwh")][:, :2].sum(axis=1)
    assert np.allclose(reported(AGENTS, dark, effects, [[], [], []]).details["unserved_mwh"][:, 0], told_mwh + drawn_mwh)


def test_an_audit_grades_what_the_environment_sees_itself() -> None:
    view, effects = scene()
    cost, grade = reporting(AGENTS).audit(view, effects, np.array([6, 89]))
    own = reported(AGENTS, view, effects, [[], [], []])
    assert np.array_equal(cost, own.cost)
    assert np.array_equal(grade.violation, own.violation)
