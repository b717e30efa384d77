"""Towns: peers of a horizontal protocol with random power and supply, for checks to let them bargain."""

from collections.abc import Callable, Mapping, Sequence

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Peer

NAMES = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8")
"""The peers of the largest town; smaller ones have the first of them."""

BATCH = 40
"""Environments of a town, unless said."""

_SIZES_MW = np.array([-2.0, -1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.0, 3.0])


@frozen(eq=False)
class Town:
    """Peers of B environments."""

    peers: Mapping[str, Peer]

    def only(self, b: int) -> "Town":
        """Environment ``b`` alone."""
        return Town({name: _one(peer, b) for name, peer in self.peers.items()})


def town(seed: int, count: int, batch: int = BATCH) -> Town:
    """Peers with random power and supply, half of them in steps that make ties; import prices are not below export prices."""
    rng = np.random.default_rng(seed)
    low, gap = np.round(rng.uniform(-20, 150, batch)), np.round(rng.uniform(0, 200, batch))
    return Town({name: _peer(name, count, rng, low, low + gap, batch) for name in NAMES[:count]})


def _peer(name: str, count: int, rng: np.random.Generator, low: Array, high: Array, batch: int) -> Peer:
    stepped = rng.uniform(size=batch) < 0.5
    p_mw = np.where(stepped, rng.choice(_SIZES_MW, batch), rng.normal(0.0, 1.0, batch))
    slope, middle = rng.choice([0.0, 0.01, 0.05], batch), np.round(rng.uniform(0, 250, batch))

    def supply(price: Array) -> Array:
        return np.asarray(p_mw + np.clip(slope * (price - middle), -1.0, 1.0))

    def tariff(drawn_mw: Array) -> Array:
        return np.asarray(drawn_mw * np.where(drawn_mw > 0.0, high, low))

    p_mw.flags.writeable = False
    return Peer(name, p_mw, supply, count, {}, tariff)


def _one(peer: Peer, b: int) -> Peer:
    """The peer in environment ``b`` alone: what it answers is read off what it answers there among the others."""
    batch = len(peer.p_mw)

    def alone(ask: Callable[[Array], Array]) -> Callable[[Array], Array]:
        return lambda value: ask(np.repeat(value, batch))[b : b + 1]

    settings = {name: value[b : b + 1] for name, value in peer.settings.items()}
    return attrs.evolve(peer, p_mw=peer.p_mw[b : b + 1], supply=alone(peer.supply), tariff=alone(peer.tariff), settings=settings)


def extremes(names: Sequence[str]) -> dict[str, Town]:
    """Towns at the edge of what may happen, in three environments each: nobody has power, all have the same, hardly any, or very much."""
    count = len(names)
    powers = {
        "a town where nobody has any power": np.zeros(count),
        "a town of sellers": np.full(count, 0.5),
        "a town of buyers": np.full(count, -0.5),
        "a town with hardly any power": np.where(np.arange(count) % 2 == 0, 1e-12, -1e-15),
        "a town with very much power": np.where(np.arange(count) % 2 == 0, 1e5, -2e5),
    }
    return {where: Town({name: steady(name, count, p_mw[i]) for i, name in enumerate(names)}) for where, p_mw in powers.items()}


def steady(name: str, count: int, p_mw: float, batch: int = 3) -> Peer:
    """A peer that injects the same whatever the price, and that the grid charges nothing."""
    power = np.full(batch, p_mw)
    power.flags.writeable = False
    return Peer(name, power, lambda price: np.full(len(price), p_mw), count, {})
