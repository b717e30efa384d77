"""Vertical protocols that are right, and ones with one mistake each, by the check that names it."""

from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import Slot, quantity


def spread(level: Array, crew: Crew) -> Array:
    """Every dial that far from its default to its highest or lowest setting, ``(B, D)``."""
    settings = np.empty((len(level), len(crew.dials)))
    for column, dial in enumerate(crew.dials):
        moved = dial.default + np.where(level > 0.0, dial.high - dial.default, dial.default - dial.low) * level
        settings[:, column] = np.rint(moved) if dial.discrete else moved
    return settings


@frozen
class Level(Vertical):
    """One number for all, added to the parent's."""

    type = "level"
    gives = (Slot("level", "1", "-most", "most", "level that the parent asks for"),)
    most: float = quantity("1", "largest level", default=1.0, gt=0, le=1)

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        return (Dial("level", "1", -self.most, self.most, doc="how far to move every dial"),)

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        asked = np.clip(directive.get("level", np.zeros(len(action))), -1.0, 1.0)
        level = np.clip(action[:, 0] + asked, -self.most, self.most)
        return self.orders(level, crew)

    def orders(self, level: Array, crew: Crew) -> Orders:
        return Orders(spread(level, crew), {}, {agent: {"level": level} for agent in crew.agents})


@frozen
class Direct(Vertical):
    """Hands the dials on, and takes devices alone."""

    type = "direct"

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        if crew.agents:
            raise ValueError("it serves devices only")
        return crew.dials

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        return Orders(action, dict(directive))


RIGHT = (Level, Direct)


@frozen
class Undocumented(Level):
    """An option says nothing of itself."""

    most: float = 1.0


@frozen
class Refusing(Level):
    """Takes no value of an option."""

    share: float = quantity("1", "a share", default=0.5, ge=0, le=1)

    def __attrs_post_init__(self) -> None:
        raise ValueError("never")


@frozen
class Forgetful(Level):
    """Reads half of what was written."""

    share: float = quantity("1", "a share", default=0.5, ge=0)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "share", self.share / 2.0)


def _made_here() -> type[Vertical]:
    @frozen
    class Hidden(Level):
        """Of a class that no other process finds."""

    return Hidden


@frozen
class Unbounded(Level):
    """What it gives has its bounds the wrong way round."""

    gives = (Slot("level", "1", 1.0, -1.0, "level"),)


@frozen
class Unnamed(Level):
    """Its number says nothing of itself."""

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        return (Dial("level", "1", -self.most, self.most),)


@frozen
class Narrow(Level):
    """Leaves out the dials of all devices but the first."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        return Orders(spread(level, crew)[:, :1], {}, {agent: {"level": level} for agent in crew.agents})


@frozen
class Secretive(Level):
    """Tells agents below what it does not declare."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        return Orders(spread(level, crew), {}, {agent: {"hint": level} for agent in crew.agents})


@frozen
class InPlace(Level):
    """Writes into the action that it was handed."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        action[:, 0] *= 0.5
        return super().coordinate(action, crew, directive)


@frozen
class Dithering(Level):
    """Draws from the generator of the whole process."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        return Level.orders(self, level * np.random.uniform(0.9, 1.0), crew)  # noqa: NPY002  that is the mistake


@frozen
class Remembering(Level):
    """Adds what it was told last, on the instance."""

    seen: list[float] = field(factory=list, init=False, eq=False, repr=False)

    def orders(self, level: Array, crew: Crew) -> Orders:
        last = self.seen[-1] if self.seen else 0.0
        self.seen.append(float(level[-1]))
        return Level.orders(self, np.clip(level + 0.1 * last, -self.most, self.most), crew)


_COUNT: dict[str, int] = {}


@frozen
class Shared(Level):
    """Counts its calls in its module: an agent's answer depends on how often others asked."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        _COUNT["calls"] = _COUNT.get("calls", 0) + 1
        return Level.orders(self, level * (1.0 - 1e-6 * _COUNT["calls"]), crew)


@frozen
class Averaging(Level):
    """Takes the mean over environments."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        return Level.orders(self, 0.5 * level + 0.5 * level.mean(), crew)


@frozen
class Dividing(Level):
    """Divides by the level."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        with np.errstate(all="ignore"):
            return Level.orders(self, level * (level / level), crew)


@frozen
class Reaching(Level):
    """Sets dials as far as action and directive ask together."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        level = action[:, 0] + np.clip(directive.get("level", np.zeros(len(action))), -1.0, 1.0)
        told = np.clip(level, -self.most, self.most)
        return Orders(spread(level, crew), {}, {agent: {"level": told} for agent in crew.agents})


@frozen
class Fractional(Level):
    """Leaves switches half closed."""

    def orders(self, level: Array, crew: Crew) -> Orders:
        plain = Crew(tuple(Dial(d.name, d.unit, d.low, d.high, d.default, doc=d.doc) for d in crew.dials), crew.agents)
        return Level.orders(self, level, plain)


@frozen
class Escalating(Level):
    """Tells agents below more than it declares once a parent asks for much."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        level = action[:, 0] + np.clip(directive.get("level", np.zeros(len(action))), -1.0, 1.0)
        return Orders(spread(np.clip(level, -1.0, 1.0), crew), {}, {agent: {"level": level} for agent in crew.agents})


@frozen
class Restless(Direct):
    """Doing nothing moves its devices."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        high = np.array([dial.high for dial in crew.dials])
        whole = np.array([dial.discrete for dial in crew.dials], dtype=bool)
        moved = 0.9 * action + 0.1 * high
        return Orders(np.where(whole, np.rint(moved), moved))


@frozen
class Credulous(Level):
    """Acts on whatever it is told, under any name."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        push = sum((np.tanh(value) for value in directive.values()), np.zeros(len(action)))
        return self.orders(np.clip(action[:, 0] + 0.1 * push, -self.most, self.most), crew)


@frozen
class Aware(Level):
    """Treats what came in a message otherwise: such arrays cannot be written to."""

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        orders = super().coordinate(action, crew, directive)
        return Orders(orders.dials * (1.0 if action.flags.writeable else 1.0 - 1e-12), {}, orders.directives)


WRONG: dict[Any, str] = {
    Undocumented: "every_option_is_documented",
    Refusing: "made_from_its_options",
    Forgetful: "options_travel_through_a_spec",
    _made_here(): "pickles",
    Unbounded: "what_it_gives_is_declared",
    Unnamed: "knobs_are_documented_and_bounded",
    Narrow: "orders_have_a_number_for_each_dial",
    Secretive: "directives_are_those_declared",
    InPlace: "inputs_stay_unchanged",
    Dithering: "draws_nothing_at_random",
    Remembering: "keeps_nothing_between_calls",
    Shared: "keeps_nothing_between_calls",
    Averaging: "environments_do_not_influence_each_other",
    Dividing: "orders_are_finite",
    Reaching: "dials_stay_in_their_bounds",
    Fractional: "dials_stay_in_their_bounds",
    Escalating: "directives_stay_in_their_bounds",
    Restless: "doing_nothing_leaves_devices_alone",
    Credulous: "unknown_signals_change_no_dial",
    Aware: "both_modes_are_equal",
}
"""For each wrong protocol the one check that it fails."""
