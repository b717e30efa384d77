"""Protocol: how agents coordinate: vertically (parent → children, owned by the agent) or horizontally (peer ↔ peer, owned by the environment)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

import numpy as np
from attrs import field, frozen

from pgcore.columns import Array
from pgcore.quantity import Slot

Signals = Mapping[str, Array]
"""Named numbers for one recipient, one for each environment: arrays of shape ``(B,)``."""


@frozen
class Dial:
    """A knob with its bounds resolved to numbers and its owner in its name, for example ``ess.p_mw``."""

    name: str
    unit: str
    low: float
    high: float
    default: float = 0.0
    discrete: bool = False
    doc: str = ""


@frozen
class Crew:
    """Whom an agent coordinates: the dials of its own devices, in device order, and the agents below it."""

    dials: tuple[Dial, ...] = ()
    agents: tuple[str, ...] = ()


@frozen(eq=False)
class Orders:
    """What an agent tells its crew in one step."""

    dials: Array
    """A physical setting for each of the crew's dials, ``(B, D)``."""
    signal: Signals = field(factory=dict)
    """What all of its devices are told besides (``price``, ``curtail``): they answer with :meth:`Device.respond`."""
    directives: Mapping[str, Signals] = field(factory=dict)
    """What each agent below is told; its keys are among the crew's agents."""


class Vertical(ABC):
    """A way for a parent to coordinate its children. Its attrs fields are the options of an agent's ``vertical:`` entry."""

    type: ClassVar[str]
    gives: ClassVar[tuple[Slot, ...]] = ()
    """What a directive to an agent below holds: these become slots of that agent's observation."""

    @abstractmethod
    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        """The agent's own action space: one entry for each number that its policy chooses."""

    @abstractmethod
    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        """Turn the agent's flat action ``(B, len(knobs))``, in physical units, and its parent's directive into orders.

        ``directive`` is empty for an agent without a parent.
        """


def _free(p_mw: Array) -> Array:
    return np.zeros(len(p_mw))


@frozen(eq=False)
class Peer:
    """What a horizontal protocol is shown of one agent, at that agent: its own data only."""

    name: str
    p_mw: Array
    """Power that its devices inject together in this step, ``(B,)``."""
    supply: Callable[[Array], Array]
    """What its devices would inject together in this step if they answered a price ``(B,)`` per MWh: power ``(B,)``."""
    peers: int
    """How many take part, this one included."""
    settings: Mapping[str, Array]
    """The agent's own action by the name of its dial, each ``(B,)``."""
    tariff: Callable[[Array], Array] = _free
    """What the first of its meters would charge in this step for power ``(B,)`` into its area, negative is out of it: currency per hour ``(B,)``.

    Nothing is changed by asking. Zero for an agent without a meter.
    """


Offer = Mapping[str, Array]
"""What a peer hands to the environment: named arrays of shape ``(B,)``."""

Award = Mapping[str, Array]
"""What the environment hands back to a peer: named arrays of shape ``(B,)``."""


@frozen(eq=False)
class Deal:
    """What an award means to the agent after the power flow."""

    cost: Array
    """``(B,)`` in the spec's currency; negative is income."""
    slots: Mapping[str, Array] = field(factory=dict)
    """Values for the protocol's ``slots`` in the agent's observation, each ``(B,)``."""
    signal: Signals = field(factory=dict)
    """Joins the directive that the agent's vertical protocol sees in the next step."""


@frozen(eq=False)
class Trade:
    """What an award comes to for one peer of a market, as agreed on: every value is ``(B,)``."""

    p_mw: Array
    """Power that it sells to other peers (positive) or buys from them."""
    paid_per_h: Array
    """What it pays for that, fees included, in currency per hour; negative is income."""
    worth_per_h: Array
    """The most that it was ready to pay by its offer; negative: the least that it asked for."""
    sell_max_mw: Array | None = None
    """The most that its offer would sell; ``None`` where offers name no sizes."""
    buy_max_mw: Array | None = None
    """The most that its offer would buy, positive."""


class Horizontal(ABC):
    """A way for peers to coordinate. Its attrs fields are the options of an entry of a spec's ``horizontal:``."""

    type: ClassVar[str]
    slots: ClassVar[tuple[Slot, ...]] = ()
    """What it adds to each peer's observation."""
    shows: ClassVar[tuple[Slot, ...]] = ()
    """What :meth:`summary` returns: numbers that concern all peers, for ``infos`` and recordings."""
    ordered: ClassVar[bool] = False
    """Whether it matters in which order the peers are listed, as for neighbours on a ring; otherwise checks ask that it does not."""

    rounds: int = 1
    """Most rounds of offer and clearing within one step."""
    tolerance: float = 0.0
    """An environment's rounds end early once its residual is no larger."""

    @abstractmethod
    def offer(self, peer: Peer) -> Offer:
        """The peer's first offer, made from its own data."""

    @abstractmethod
    def clear(self, offers: Mapping[str, Offer]) -> Mapping[str, Award]:
        """Answer the offers of one round, at the environment: an award for every peer."""

    def revise(self, peer: Peer, offer: Offer, award: Award) -> Offer:
        """The peer's next offer, in protocols of several rounds."""
        return offer

    def residual(self, offers: Mapping[str, Offer]) -> Array:
        """How far from agreement the offers are, ``(B,)``, in the unit of ``tolerance``."""
        first = next(iter(next(iter(offers.values())).values()))
        return np.zeros(len(first))

    @abstractmethod
    def settle(self, peer: Peer, offer: Offer, award: Award, dt_h: float) -> Deal:
        """Compare the last award with what the peer really injected, at the peer, after the power flow."""

    def summary(self, offers: Mapping[str, Offer], awards: Mapping[str, Award]) -> Mapping[str, Array]:
        """How the last round ended, at the environment: a value ``(B,)`` for each of ``shows``."""
        return {}

    def trade(self, offer: Offer, award: Award) -> Trade | None:
        """What an award is worth to the peer that made the offer; ``None`` for a protocol that is no market, of which no law of markets is asked."""
        return None

    def waives(self) -> Mapping[str, str]:
        """Laws of markets that it breaks on purpose with these options, with the reason: ``budget_is_balanced``, ``is_individually_rational``."""
        return {}
