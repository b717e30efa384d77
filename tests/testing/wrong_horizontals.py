"""Horizontal protocols that are right, and ones with one mistake each, by the check that names it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from pgcore.columns import Array, total
from pgcore.contracts.protocol import Award, Deal, Horizontal, Offer, Peer, Trade
from pgcore.quantity import Slot, quantity

Awards = dict[str, dict[str, Array]]


@frozen
class Pool(Horizontal):
    """Trades at one price among those to whom energy is worth 100, and who ask for 50 at least."""

    type = "pool"
    slots = (Slot("sold_mw", "MW", -1e6, 1e6, "power sold"),)
    shows = (Slot("traded_mw", "MW", 0.0, 1e6, "power traded"),)
    price_per_mwh: float = quantity("currency/MWh", "price", default=80.0, ge=50, le=100)

    def offer(self, peer: Peer) -> Offer:
        return {"p_mw": peer.p_mw}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        p_mw = np.stack([offer["p_mw"] for offer in offers.values()], axis=-1)
        sides = [total(np.sort(np.maximum(sign * p_mw, 0.0), axis=-1)) for sign in (1.0, -1.0)]
        traded = np.minimum(*sides)
        shares = [traded / np.where(side > 0.0, side, 1.0) for side in sides]
        sold = p_mw * np.where(p_mw > 0.0, shares[0][:, None], shares[1][:, None])
        return self.awarded({name: {"p_mw": sold[:, i], "price": np.full(len(sold), self.price_per_mwh)} for i, name in enumerate(offers)})

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return awards

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Deal(-award["price"] * award["p_mw"] * dt_h, {"sold_mw": award["p_mw"]})

    def trade(self, offer: Offer, award: Award) -> Trade | None:
        p_mw = award["p_mw"]
        most = (np.maximum(sign * offer["p_mw"], 0.0) for sign in (1.0, -1.0))
        return Trade(p_mw, -award["price"] * p_mw, np.where(p_mw > 0.0, -50.0, -100.0) * p_mw, *most)

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        return {"traded_mw": total(np.sort(np.maximum(np.stack([award["p_mw"] for award in awards.values()], axis=-1), 0.0), axis=-1))}


@frozen
class Ring(Horizontal):
    """Averages with the next on a ring, round after round."""

    type = "ring"
    ordered = True
    slots = (Slot("x", "MW", -1e9, 1e9, "what was agreed on"),)
    rounds: int = quantity("1", "most rounds", default=20, ge=1, le=100)
    tolerance: float = quantity("MW", "largest spread", default=1e-3, gt=0)

    def offer(self, peer: Peer) -> Offer:
        return {"x": peer.p_mw}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        names = list(offers)
        return {name: {"x": (offers[name]["x"] + offers[after]["x"]) / 2.0} for name, after in zip(names, names[1:] + names[:1], strict=True)}

    def revise(self, peer: Peer, offer: Offer, award: Award) -> Offer:
        return award

    def residual(self, offers: Mapping[str, Offer]) -> Array:
        x = np.stack([offer["x"] for offer in offers.values()])
        return np.asarray(x.max(axis=0) - x.min(axis=0))

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Deal(np.zeros(len(peer.p_mw)), {"x": offer["x"]})


RIGHT = (Pool, Ring)


def each(awards: Awards, change: Any) -> Awards:
    """Every award with what ``change(award)`` gives for it."""
    return {name: {**award, **change(award)} for name, award in awards.items()}


@frozen
class Undocumented(Pool):
    """An option says nothing of itself."""

    spare: float = 1.0


@frozen
class Refusing(Pool):
    """Takes no value of an option."""

    def __attrs_post_init__(self) -> None:
        raise ValueError("never")


@frozen
class Forgetful(Pool):
    """Does not keep what it is given."""

    share: float = quantity("1", "a share", default=0.5, ge=0)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "share", self.share / 2.0)


def _made_here() -> type[Horizontal]:
    @frozen
    class Hidden(Pool):
        """Of a class that no other process finds."""

    return Hidden


@frozen
class Unsaid(Pool):
    """One of its slots says nothing of itself."""

    slots = (Slot("sold_mw", "MW", -1e6, 1e6),)


@frozen
class Endless(Ring):
    """Has rounds in which nobody changes an offer."""

    revise = Horizontal.revise


@frozen
class Unexplained(Pool):
    """Waives a law, and does not say why."""

    def waives(self) -> Mapping[str, str]:
        return {"budget_is_balanced": ""}


@frozen
class Silencing(Pool):
    """Answers only those who trade."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return {name: award for name, award in awards.items() if (award["p_mw"] != 0.0).any()}


@frozen
class InPlace(Pool):
    """Writes into offers."""

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        for offer in offers.values():
            offer["p_mw"][:] = np.round(offer["p_mw"], 6)
        return Pool.clear(self, offers)


@frozen
class Lottery(Pool):
    """Draws from the generator of the whole process."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        price = np.random.uniform(60.0, 90.0)  # noqa: NPY002  that is the mistake
        return each(awards, lambda award: {"price": 0.0 * award["price"] + price})


@frozen
class Drifting(Pool):
    """Keeps the last price on the instance."""

    last: list[float] = field(factory=lambda: [80.0], init=False, eq=False, repr=False)

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        price = self.last[-1]
        self.last.append(50.0 + (price - 49.0) * 0.5)
        return each(awards, lambda award: {"price": 0.0 * award["price"] + price})


@frozen
class Averaging(Pool):
    """Its price depends on the mean over environments."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        mean = sum(np.abs(award["p_mw"]).mean() for award in awards.values())
        return each(awards, lambda award: {"price": 60.0 + 0.0 * award["price"] + 30.0 * np.tanh(mean)})


@frozen
class FirstCome(Pool):
    """The first in the list fixes the price for all."""

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        first = next(iter(offers.values()))["p_mw"]
        price = np.where(first > 0.0, 90.0, 60.0)
        return {name: {**award, "price": price} for name, award in Pool.clear(self, offers).items()}


@frozen
class Bare(Pool):
    """Divides by what nobody offered."""

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        asked = total(np.sort(np.stack([np.abs(offer["p_mw"]) for offer in offers.values()], axis=-1), axis=-1))
        with np.errstate(all="ignore"):
            price = 60.0 + 20.0 * (asked / asked)
        return {name: {**award, "price": price} for name, award in Pool.clear(self, offers).items()}


@frozen
class Tight(Pool):
    """Shows more than it declares."""

    shows = (Slot("traded_mw", "MW", 0.0, 0.1, "power traded"),)


@frozen
class Signed(Ring):
    """Is nearer than agreement where offers rise along the list."""

    def residual(self, offers: Mapping[str, Offer]) -> Array:
        x = [offer["x"] for offer in offers.values()]
        return np.asarray(x[0] - x[-1])


@frozen
class Needy(Pool):
    """Takes it that the meters of all peers say the same: who was never heard has none."""

    def offer(self, peer: Peer) -> Offer:
        return {"p_mw": peer.p_mw, "import": peer.tariff(np.ones(len(peer.p_mw)))}

    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        imports = np.stack([offer["import"] for offer in offers.values()])
        with np.errstate(all="ignore"):
            price = self.price_per_mwh + np.sqrt(imports.min(axis=0) - imports.max(axis=0))
        return {name: {**award, "price": price} for name, award in Pool.clear(self, offers).items()}


@frozen
class Inventive(Pool):
    """Sells less than is bought."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return each(awards, lambda award: {"p_mw": np.where(award["p_mw"] > 0.0, 0.9, 1.0) * award["p_mw"]})


@frozen
class Pushy(Pool):
    """Trades twice what was offered."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return each(awards, lambda award: {"p_mw": 2.0 * award["p_mw"]})


@frozen
class Generous(Pool):
    """Pays sellers more than buyers pay."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return each(awards, lambda award: {"price": award["price"] + np.where(award["p_mw"] > 0.0, 5.0, 0.0)})


@frozen
class Dear(Pool):
    """Charges more than was bid."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        return each(awards, lambda award: {"price": award["price"] + 60.0})


@frozen
class Scrupulous(Pool):
    """Waives a law that it keeps."""

    def waives(self) -> Mapping[str, str]:
        return {"is_individually_rational": "a pool may not be"}


@frozen
class Partial(Pool):
    """Charges one name more than the others."""

    def awarded(self, awards: Awards) -> Mapping[str, Award]:
        def charged(name: str, award: Mapping[str, Array]) -> Array:
            dear = np.minimum(award["price"] + 5.0, 100.0)
            return np.where((name == "P1") & (award["p_mw"] < 0.0), dear, award["price"])

        return {name: {**award, "price": charged(name, award)} for name, award in awards.items()}


@frozen
class Hourly(Pool):
    """Forgets the length of a step."""

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        return Pool.settle(self, peer, offer, award, 1.0)


@frozen
class Aware(Pool):
    """Treats what came in a message otherwise: such arrays cannot be written to."""

    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        deal = Pool.settle(self, peer, offer, award, dt_h)
        return deal if award["p_mw"].flags.writeable else evolve(deal, cost=deal.cost + 1e-9)


WRONG: dict[Any, str] = {
    Undocumented: "every_option_is_documented",
    Refusing: "made_from_its_options",
    Forgetful: "options_travel_through_a_spec",
    _made_here(): "pickles",
    Unsaid: "what_it_shows_is_declared",
    Endless: "rounds_are_bounded",
    Unexplained: "waived_laws_have_reasons",
    Silencing: "everyone_gets_named_numbers",
    InPlace: "inputs_stay_unchanged",
    Lottery: "draws_nothing_at_random",
    Drifting: "keeps_nothing_between_calls",
    Averaging: "environments_do_not_influence_each_other",
    FirstCome: "order_of_peers_does_not_matter",
    Bare: "results_are_finite",
    Tight: "shown_numbers_stay_in_bounds",
    Signed: "residual_is_a_distance",
    Needy: "silent_peers_do_no_harm",
    Inventive: "power_is_conserved",
    Pushy: "trades_are_within_offers",
    Generous: "budget_is_balanced",
    Dear: "is_individually_rational",
    Scrupulous: "is_individually_rational",
    Partial: "names_do_not_matter",
    Hourly: "settles_what_was_agreed",
    Aware: "both_modes_are_equal",
}
"""For each wrong protocol the one check that it fails."""
