"""Consensus: the mean by the Laplacian's spectrum, the dispatch by a published example."""

from typing import Any

import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.builtin.protocols.consensus import Consensus, metropolis
from pgcore.contracts.protocol import Peer
from pgcore.env import GridEnv
from pgcore.quantity import QuantityError
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from tests.toys import toy_catalog, toy_spec

UNITS = {
    "U1": {"p_min_mw": 150.0, "p_max_mw": 600.0, "a_per_h": 561.0, "b_per_mwh": 7.92, "c_per_mw2h": 0.001562},
    "U2": {"p_min_mw": 100.0, "p_max_mw": 400.0, "a_per_h": 310.0, "b_per_mwh": 7.85, "c_per_mw2h": 0.00194},
    "U3": {"p_min_mw": 50.0, "p_max_mw": 200.0, "a_per_h": 78.0, "b_per_mwh": 7.97, "c_per_mw2h": 0.00482},
}
"""Wood and Wollenberg, Power Generation, Operation, and Control, Example 3A."""
PUBLISHED = {"U1": 393.17, "U2": 334.60, "U3": 122.23}
PUBLISHED_PRICE = 9.1483


def dispatch(**options: Any) -> GridEnv:
    agents = {
        name: {"vertical": {"type": "price_signal"}, "devices": {"unit": {"type": "generator", "bus": "A", **unit}}} for name, unit in UNITS.items()
    }
    protocol = {"type": "consensus", "goal": "dispatch", "demand_mw": 850.0, "price_start": 8.0, "price_low": 0.0, "price_high": 20.0, **options}
    return assemble(link(load_spec(toy_spec(agents, horizontal=[protocol]), catalog=toy_catalog())))


def awarded(env: GridEnv) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Power and price that each unit agreed on in the first step, and how the rounds went."""
    env.reset([0])
    seen = env.step({name: np.zeros((1, 1)) for name in UNITS})
    at = {name: [s.name for s in env.roles[name].slots] for name in UNITS}
    power, price = (
        {name: float(seen.observations[name][0, at[name].index(slot)]) for name in UNITS} for slot in ("consensus.p_mw", "consensus.value")
    )
    rounds = seen.common["horizontal"]["consensus"]
    return power, price, {name: float(value[0]) for name, value in rounds.items()}


@pytest.mark.parametrize("graph", ["complete", "ring", "line"])
def test_dispatch_lands_on_wood_and_wollenberg_example_3a(graph: str) -> None:
    power, price, rounds = awarded(dispatch(graph=graph))
    assert power == pytest.approx(PUBLISHED, abs=0.01)
    assert price == pytest.approx(dict.fromkeys(UNITS, PUBLISHED_PRICE), abs=1e-4)
    assert rounds["rounds"] < 200
    assert rounds["residual"] <= 1e-6


def test_the_agreed_price_is_what_devices_answer_in_the_next_step() -> None:
    env = dispatch()
    awarded(env)
    settings = env.team.act(env.rows, np.zeros((1, 3)))
    assert settings[0, 0].tolist() == pytest.approx(list(PUBLISHED.values()), abs=0.01)


def test_too_few_rounds_leave_a_residual_that_is_reported() -> None:
    _, _, rounds = awarded(dispatch(rounds=3))
    assert rounds["rounds"] == 3
    assert rounds["residual"] > 1.0


def peers(values: list[float]) -> list[Peer]:
    return [Peer(f"P{i}", np.array([v]), lambda price: price, len(values), {}) for i, v in enumerate(values)]


def mix(protocol: Consensus, values: list[float], rounds: int) -> list[float]:
    offers = {peer.name: protocol.offer(peer) for peer in peers(values)}
    for _ in range(rounds):
        awards = protocol.clear(offers)
        offers = {peer.name: protocol.revise(peer, offers[peer.name], awards[peer.name]) for peer in peers(values)}
    return [float(offer["x"][0]) for offer in offers.values()]


def test_the_mean_is_approached_as_the_laplacians_spectrum_says() -> None:
    values, rounds = [1.0, -2.0, 4.0, 0.5, 3.0], 12
    eigenvalues, vectors = np.linalg.eigh(metropolis(len(values), "ring"))
    exact = vectors @ np.diag(eigenvalues**rounds) @ vectors.T @ np.array(values)
    assert mix(Consensus(), values, rounds) == pytest.approx(exact.tolist(), abs=1e-12)


def test_the_sum_is_kept_in_every_round() -> None:
    values = [1.0, -2.0, 4.0]
    assert [sum(mix(Consensus(graph="line"), values, k)) for k in (1, 5, 50)] == pytest.approx([3.0] * 3, abs=1e-12)


def test_peers_far_apart_in_line_still_reach_the_mean() -> None:
    assert mix(Consensus(graph="line"), [4.0, 0.0, 0.0, 0.0], 400) == pytest.approx([1.0] * 4, abs=1e-6)


@pytest.mark.parametrize("graph", ["complete", "ring", "line"])
@pytest.mark.parametrize("n", [1, 2, 3, 8])
def test_weights_are_doubly_stochastic(graph: str, n: int) -> None:
    weights = metropolis(n, graph)
    assert np.allclose(weights, weights.T)
    assert np.allclose(weights.sum(axis=1), 1.0)
    assert (weights >= 0).all()


def test_environments_that_agree_early_are_not_disturbed_by_those_that_go_on() -> None:
    env = dispatch(tolerance=1.0)
    together, alone = [], []
    for seeds, kept in (([0, 1], together), ([0], alone)):
        env.reset(seeds)
        seen = env.step({name: np.zeros((len(seeds), 1)) for name in UNITS})
        kept.append(seen.observations["U1"][0])
    assert np.array_equal(together[0], alone[0])


@pytest.mark.parametrize(("given", "field"), [({"price_low": 60.0, "price_high": 60.0}, "price_high"), ({"price_low": 60.0}, "price_start")])
def test_prices_that_leave_no_room_are_refused(given: dict[str, float], field: str) -> None:
    with pytest.raises(QuantityError, match=f"^{field} is "):
        Consensus(goal="dispatch", **given)  # type: ignore[arg-type]
