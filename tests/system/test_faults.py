"""Distributed mode on a bad network: what is lost, late, doubled or out of order is held, marked, counted, and never makes things look better."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.barrier import AgentSilent
from pgcore.brokered import BrokeredTeam
from pgcore.brokers.wrapped import wrapped
from pgcore.columns import Array
from pgcore.contracts.broker import MessageBroker
from pgcore.env import GridEnv, Transition
from pgcore.messages import ENVIRONMENT, Action, Message
from pgcore.spec.links import link
from pgcore.streams import stream
from tests.teams import spec_of

ACTORS = ["agents", "devices"]
HOUR_S = 3600.0
STORM = [
    {"type": "loss", "rate": 0.05},
    {"type": "burst_loss", "p_good_to_bad": 0.02, "p_bad_to_good": 0.4},
    {"type": "duplication", "rate": 0.1},
    {"type": "reordering", "rate": 0.1, "hold_ms": 5e6},
    {"type": "lognormal_latency", "floor_ms": 100.0, "median_ms": 2000.0, "sigma": 2.0},
]


def lost(*links: str, tick: int | None = None, last: int | None = None, rate: float = 1.0) -> dict[str, Any]:
    """Loss on some links, in one tick or in several, or always."""
    window = {} if tick is None else {"from_s": tick * HOUR_S, "until_s": ((last or tick) + 0.5) * HOUR_S}
    return {"type": "loss", "rate": rate, "links": list(links or ["* -> *"]), **window}


class Bad:
    """An environment of one of the documents, distributed, on a network with faults."""

    def __init__(self, name: str, *faults: Mapping[str, Any], actors: str = "devices", steps: int = 8, **run: Any) -> None:
        broker = {"type": "in_memory", "faults": list(faults)}
        how = {"backend": {"type": "toy"}, "actions": "physical", "mode": "distributed", "actors": actors, "broker": broker, "seed": 11, **run}
        spec = spec_of(name, run=how, episode={"steps": steps, "step_min": 60})
        assert spec.run.broker is not None
        self.broker: MessageBroker = wrapped(spec.run.broker, spec.run, 60.0)
        self.env: GridEnv = assemble(link(spec), self.broker)
        self.seen: list[Transition] = []

    @property
    def team(self) -> BrokeredTeam:
        assert isinstance(self.env.team, BrokeredTeam)
        return self.env.team

    def reset(self, seed: int | None = 5) -> "Bad":
        self.seen.append(self.env.reset(None if seed is None else [seed]))
        return self

    def act(self, **actions: list[float]) -> Transition:
        """One step; agents that are not named leave their devices alone."""
        idle = {name: np.array([[dial.default for dial in role.actions]], dtype=float) for name, role in self.env.roles.items()}
        self.seen.append(self.env.step({**idle, **{name: np.array([values]) for name, values in actions.items()}}))
        return self.seen[-1]

    def play(self, steps: int) -> "Bad":
        """Random actions, the same in every run."""
        for _ in range(steps):
            self.seen.append(self.env.step(drawn(self.env)))
        return self

    def effect(self, device: str, what: int = 0) -> float:
        """What the solver was last given of a device, by default its power."""
        return float(self.team._effects[what, 0, self.env.world.wiring.names.index(device)])

    def slot(self, agent: str, name: str) -> float:
        names = [slot.name for slot in self.env.roles[agent].slots]
        return float(self.seen[-1].observations[agent][0, names.index(name)])

    def age(self, agent: str) -> float:
        return float(self.seen[-1].infos[agent]["age"][0])


def drawn(env: GridEnv) -> dict[str, Array]:
    rng = stream(*env.seeds[0], f"actions.{env.tick}")
    return {name: np.array([[rng.uniform(dial.low, dial.high) for dial in role.actions]]) for name, role in env.roles.items()}


def trajectory(seen: list[Transition]) -> list[bytes]:
    parts = [(s.report.observation, s.report.reward, s.report.violation, s.report.details["age"]) for s in seen]
    return [b"".join(part.tobytes() for part in step) for step in parts]


def assert_sound(seen: Transition) -> None:
    """No number is missing, and every one is within its bounds."""
    report = seen.report
    for values in (report.observation, report.cost, report.violation, report.reward, *report.details.values()):
        assert np.isfinite(values).all()
    assert (report.violation >= 0).all()
    assert (report.details["age"] >= 0).all()


# --- silence of a device -------------------------------------------------------------------------------------------------------------------


def test_hold_takes_a_silent_device_to_do_what_was_last_heard() -> None:
    bad = Bad("nothing to do", lost("M.ess -> environment", tick=2)).reset()
    for p_mw, held_mw, age in ((0.1, 0.1, 0.0), (-0.2, 0.1, 1.0), (0.05, 0.05, 0.0)):
        bad.act(M=[p_mw, 0.0])
        assert (bad.effect("M.ess"), bad.age("M")) == (held_mw, age)


def test_drop_takes_a_silent_device_to_do_nothing() -> None:
    bad = Bad("nothing to do", lost("M.ess -> environment", tick=2), on_silence="drop").reset()
    powers = []
    for p_mw in (0.1, -0.2, 0.05):
        bad.act(M=[p_mw, 0.0])
        powers.append(bad.effect("M.ess"))
    assert powers == [0.1, 0.0, 0.05]


def test_raise_names_who_was_silent_and_in_which_step() -> None:
    bad = Bad("nothing to do", lost("M.ess -> environment", tick=2), on_silence="raise").reset()
    bad.act(M=[0.1, 0.0])
    with pytest.raises(AgentSilent, match=r"step 2: no StateUpdate from M\.ess, asked 3 times within 10 s; run\.on_silence is raise"):
        bad.act(M=[0.1, 0.0])


def test_after_an_error_a_reset_starts_as_if_nothing_had_been() -> None:
    bad = Bad("three deep", lost("M1.ess -> environment", tick=2), on_silence="raise").reset().play(1)
    with pytest.raises(AgentSilent):
        bad.play(1)
    bad.reset().play(1)
    assert trajectory(bad.seen)[:2] == trajectory(bad.seen)[2:]


@pytest.mark.parametrize("actors", ACTORS)
def test_a_device_that_was_never_heard_is_taken_to_be_as_it_starts(actors: str) -> None:
    bad = Bad("three deep", lost("M1* -> environment"), actors=actors).reset().play(3)
    fair = Bad("three deep", actors=actors).reset()
    assert bad.effect("M1.ess") == 0.0
    assert bad.age("M1") == 4.0
    assert bad.team.states()["M1.ess"]["energy_mwh"] == fair.team.states()["M1.ess"]["energy_mwh"]
    assert_sound(bad.seen[-1])


def test_an_episode_that_starts_without_a_word_from_an_actor_says_so(caplog: pytest.LogCaptureFixture) -> None:
    Bad("neighbours").reset()
    assert not caplog.records
    Bad("neighbours", lost("N.s -> environment")).reset()
    assert "episode 0 starts without a word from N.s" in caplog.text


def test_an_agent_that_was_never_heard_may_choose_anything() -> None:
    bad = Bad("masks", lost()).reset()
    low, high = bad.seen[-1].masks["M2"]
    assert np.isneginf(low).all()
    assert np.isposinf(high).all()


@pytest.mark.parametrize("actors", ACTORS)
def test_one_device_of_several_of_its_type_that_is_not_heard_leaves_the_others_in_place(actors: str) -> None:
    bad = Bad("dispatch", lost("M2.gen -> environment"), lost("M1.gen -> environment"), actors=actors).reset().play(3)
    assert list(bad.team.states()) == list(bad.env.world.wiring.names)
    assert_sound(bad.seen[-1])


# --- results and reports -------------------------------------------------------------------------------------------------------------------


def storm_in_the_area(*faults: Mapping[str, Any], **run: Any) -> Bad:
    """N pushes the voltage of M's area over its limit in steps 2 and 3."""
    bad = Bad("neighbours", *faults, **run).reset()
    for p_mw in (0.0, 8.0, 8.0, 0.0):
        bad.act(N=[p_mw])
    return bad


@pytest.mark.parametrize("actors", ACTORS)
@pytest.mark.parametrize("link_", ["environment -> M", "M -> environment"])
def test_a_lost_result_or_report_never_makes_a_violation_look_like_zero(link_: str, actors: str) -> None:
    fair, bad = storm_in_the_area(actors=actors), storm_in_the_area(lost(link_, tick=2, last=3), actors=actors)
    said = [[float(s.violations["M"][0]) for s in one.seen] for one in (fair, bad)]
    assert said[0][3] > 0.1
    assert said[1] == said[0]
    assert [float(s.rewards["M"][0]) for s in bad.seen] == [float(s.rewards["M"][0]) for s in fair.seen]
    assert [float(s.infos["M"]["age"][0]) for s in bad.seen] == [0.0, 0.0, 1.0, 2.0, 0.0]


def test_an_agent_that_hears_nothing_from_the_first_moment_on_has_its_violations_graded_by_the_environment() -> None:
    fair, bad = storm_in_the_area(), storm_in_the_area(lost("environment -> M"))
    assert [s.violations["M"].tolist() for s in bad.seen] == [s.violations["M"].tolist() for s in fair.seen]
    assert bad.age("M") == 5.0


@pytest.mark.parametrize("link_", ["environment -> M", "M -> environment"])
def test_stale_data_say_their_age_in_the_observation(link_: str) -> None:
    bad = Bad("neighbours", lost(link_, tick=2, last=3)).reset()
    ages = []
    for _ in range(4):
        bad.act()
        ages.append((bad.slot("M", "grid.age"), bad.age("M")))
    assert ages == [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (0.0, 0.0)]


@pytest.mark.parametrize("actors", ACTORS)
def test_where_everything_is_a_step_late_agents_act_on_what_has_arrived(actors: str) -> None:
    late = {"type": "latency", "latency_ms": 0.9 * HOUR_S * 1e3}
    bad = Bad("neighbours", late, actors=actors).reset()
    powers = []
    for p_mw in (1.0, 2.0, 3.0, 4.0, 5.0):
        bad.act(N=[p_mw])
        powers.append(bad.effect("N.s"))
    on_the_way = 2 if actors == "agents" else 3  # environment → N (→ N.s) → environment
    assert powers == [0.0] * on_the_way + [1.0, 2.0, 3.0][: 5 - on_the_way]
    assert bad.slot("N", "grid.age") == bad.age("N") == 2.0  # results come a step late, and the report that is made of them another
    assert_sound(bad.seen[-1])


def test_a_report_that_comes_late_is_newer_than_the_one_held() -> None:
    late = {"type": "latency", "latency_ms": 0.9 * HOUR_S * 1e3, "links": ["M -> environment"]}
    bad = Bad("neighbours", late).reset()
    seen = []
    for p_mw in (1.0, 2.0, 3.0):
        bad.act(N=[p_mw])
        seen.append((bad.slot("M", "B.vm_pu"), bad.age("M")))
    fair = Bad("neighbours").reset()
    shown = [fair.slot("M", "B.vm_pu")]
    for p_mw in (1.0, 2.0):
        fair.act(N=[p_mw])
        shown.append(fair.slot("M", "B.vm_pu"))
    assert seen == [(vm_pu, 1.0) for vm_pu in shown]


# --- what else may be lost -----------------------------------------------------------------------------------------------------------------


def test_a_lost_action_leaves_the_last_one_in_force() -> None:
    bad = Bad("neighbours", lost("environment -> N", tick=2)).reset()
    powers = []
    for p_mw in (1.0, 2.0, 3.0):
        bad.act(N=[p_mw])
        powers.append(bad.effect("N.s"))
    assert powers == [1.0, 1.0, 3.0]


def test_a_lost_order_leaves_the_device_at_the_last_one() -> None:
    bad = Bad("neighbours", lost("N -> N.s", tick=2)).reset()
    powers = []
    for p_mw in (1.0, 2.0, 3.0):
        bad.act(N=[p_mw])
        powers.append(bad.effect("N.s"))
    assert powers == [1.0, 1.0, 3.0]


@pytest.mark.parametrize("actors", ACTORS)
def test_a_lost_directive_leaves_the_parents_last_one_in_force(actors: str) -> None:
    bad = Bad("three deep", lost("TSO -> M3", tick=2), actors=actors).reset()
    told = []
    for price in (1.0, 2.0, 3.0):
        bad.act(TSO=[price])
        told.append(bad.slot("M3", "directive.price"))
    assert told == [51.0, 51.0, 53.0]


@pytest.mark.parametrize("link_", ["environment -> M3", "M3 -> environment", "* -> environment", "environment -> *"])
@pytest.mark.parametrize("tick", [1, 2])
@pytest.mark.parametrize("name", ["dispatch", "two protocols"])
def test_a_bargain_goes_on_without_those_who_are_not_heard(name: str, tick: int, link_: str) -> None:
    bad = Bad(name, lost(link_, tick=tick)).reset().play(3)
    for seen in bad.seen:
        assert_sound(seen)
    assert bad.age("M3") == 0.0


@pytest.mark.parametrize("actors", ACTORS)
@pytest.mark.parametrize("name", ["three deep", "two protocols", "masks", "background", "divergence"])
@pytest.mark.parametrize("on_silence", ["hold", "drop"])
def test_where_everything_is_lost_every_step_is_made_all_the_same(on_silence: str, name: str, actors: str) -> None:
    bad = Bad(name, lost(), actors=actors, on_silence=on_silence).reset().play(4).reset(None).play(2)
    for seen in bad.seen:
        assert_sound(seen)
    assert bad.broker.counts()["lost"] > 0
    assert not any(kind in name for name in bad.broker.counts() for kind in ("lost/control", "lost/presence"))


@pytest.mark.parametrize("name", ["three deep", "two protocols"])
def test_what_is_lost_on_the_way_to_the_environment_is_said_again_and_nothing_changes(name: str) -> None:
    fair, bad = (Bad(name, *faults, retries=20).reset().play(5) for faults in ((), (lost("* -> environment", rate=0.4),)))
    assert bad.broker.counts()["lost"] > 20
    assert trajectory(bad.seen) == trajectory(fair.seen)


@pytest.mark.parametrize("actors", ACTORS)
def test_duplicates_are_counted_and_change_nothing(actors: str) -> None:
    doubled = {"type": "duplication", "rate": 1.0}
    fair, bad = (Bad("two protocols", *faults, actors=actors).reset().play(4) for faults in ((), (doubled,)))
    assert trajectory(bad.seen) == trajectory(fair.seen)
    counts = bad.team.counts()
    duplicates = counts["duplicate"] + counts["actors_duplicate"]
    assert duplicates == bad.broker.counts()["duplicated"] > 100


def test_messages_of_strangers_are_counted_and_change_nothing() -> None:
    fair, bad = Bad("three deep").reset(), Bad("three deep").reset()
    order = Action(np.array([[9.0]]))
    for sender, recipient, episode in (("M3", "M1", 0), (ENVIRONMENT, "M1", 7)):
        channel = f"env_0__action__{ENVIRONMENT}_to_{recipient}"
        bad.broker.publish(channel, Message("0", episode, 1, sender, recipient, 0, 1, order))
    assert trajectory(bad.play(4).seen) == trajectory(fair.play(4).seen)
    assert bad.team.counts()["actors_foreign"] == 2


def test_news_from_the_future_are_not_believed() -> None:
    fair, bad = Bad("nothing to do").reset(), Bad("nothing to do").reset()
    update = bad.team._updates["M.ess"]
    bad.broker.publish("env_0__state_updates", Message("0", 0, 99, "M.ess", ENVIRONMENT, 0, 2, update))
    assert trajectory(bad.play(3).seen) == trajectory(fair.play(3).seen)


@pytest.mark.parametrize("actors", ACTORS)
@pytest.mark.parametrize("links", [["* -> *"], ["environment -> *"], ["* -> environment"]])
def test_nobody_waits_for_what_was_lost_in_simulated_time(links: list[str], actors: str) -> None:
    bad = Bad("two protocols", lost(*links), actors=actors, deadline_s=60.0, retries=1)
    vars(bad.team.hosting).update(remote=True)  # as if the actors were elsewhere: the barrier waits for them
    start = perf_counter()
    bad.reset().play(2)
    assert perf_counter() - start < 10.0


# --- long runs -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actors", ACTORS)
@pytest.mark.parametrize("name", ["three deep", "two protocols"])
def test_in_a_storm_every_step_is_sound_and_every_message_is_accounted_for(name: str, actors: str) -> None:
    bad = Bad(name, *STORM, actors=actors, steps=20)
    for _ in range(3):
        bad.reset(None if bad.seen else 5).play(20)
    for seen in bad.seen:
        assert_sound(seen)
    team, broker = bad.team.counts(), bad.broker.counts()
    assert all(team[name] > 0 for name in ("silences", "duplicate", "actors_late", "actors_missed"))
    assert all(broker[name] > 0 for name in ("lost", "late", "duplicated", "reordered", "silences"))
    assert broker["published"] + broker["duplicated"] == broker["delivered"] + broker["lost"] + broker["in_flight"] + broker["dropped"]
    handed_on = broker["delivered"] + broker["silences"]
    read = sum(team.get(f"{side}{what}", 0) for side in ("", "actors_") for what in ("accepted", "duplicate", "reordered", "stale", "foreign"))
    assert handed_on == read + broker["waiting"]


@pytest.mark.parametrize("actors", ACTORS)
def test_in_a_storm_one_seed_gives_one_trajectory_whatever_was_before(actors: str) -> None:
    once, again, other = (Bad("two protocols", *STORM, actors=actors, steps=12) for _ in range(3))
    once.reset(7).play(12)
    again.reset(3).play(7).reset(None).play(3).seen.clear()
    again.reset(7).play(12)
    other.reset(8).play(12)
    assert trajectory(again.seen) == trajectory(once.seen)
    assert trajectory(other.seen) != trajectory(once.seen)


def test_both_kinds_of_actors_are_sound_but_meet_different_faults() -> None:
    agents, devices = (Bad("three deep", *STORM, actors=actors, steps=20).reset().play(20) for actors in ACTORS)
    assert trajectory(agents.seen) != trajectory(devices.seen)
