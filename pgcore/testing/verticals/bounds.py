"""Bounds: orders are finite numbers that devices and agents below can take, whatever a parent says; doing nothing leaves devices alone."""

import numpy as np

from pgcore.columns import Array, Flags
from pgcore.contracts.protocol import Dial, Vertical
from pgcore.testing.checks import Breach, NotAsked, after
from pgcore.testing.slots import resolved
from pgcore.testing.subject import Subject
from pgcore.testing.verticals.laws import check_environments_do_not_influence_each_other
from pgcore.testing.verticals.scenes import UNKNOWN, Scene, numbers, ordered, scenes

ROUNDING = 1e-9
"""How far beyond its bounds rounding may bring a number, per unit of the larger one."""


@after(check_environments_do_not_influence_each_other)
def check_orders_are_finite(subject: Subject[Vertical]) -> None:
    """Everything in the orders is a finite number, for any action and directive within their bounds."""
    mend = "look for a division by zero, or the root or logarithm of a negative number; np.where over what is safe"
    for scene in scenes(subject):
        for name, value in numbers(ordered(scene)).items():
            _blame(scene, ~np.isfinite(value), name, value, "which is not a finite number", mend)


@after(check_orders_are_finite)
def check_dials_stay_in_their_bounds(subject: Subject[Vertical]) -> None:
    """Every dial is set within its own bounds, and a discrete one to a whole number, whatever action and directive ask for."""
    for scene in scenes(subject):
        dials = ordered(scene).dials
        for column, dial in enumerate(scene.crew.dials):
            value, slack = dials[:, column], ROUNDING * max(abs(dial.low), abs(dial.high))
            wrong = (value < dial.low - slack) | (value > dial.high + slack)
            _blame(scene, wrong, dial.name, value, f"outside of {dial.low:g} ... {dial.high:g}", "cut it to dial.low and dial.high")
            if dial.discrete:
                _blame(scene, value != np.rint(value), dial.name, value, "and is discrete", "give the nearest whole number: np.rint")


@after(check_orders_are_finite)
def check_directives_stay_in_their_bounds(subject: Subject[Vertical]) -> None:
    """What agents below are told lies within the bounds that `gives` declares, also where the agent itself was told the most that may be."""
    if not subject.kind.gives:
        raise NotAsked("it tells agents below nothing")
    for scene in scenes(subject):
        ends = resolved(scene.protocol, scene.protocol.gives)
        for agent, told in ordered(scene).directives.items():
            for name, value in told.items():
                (low, high), what = ends[name], f"{name} for {agent}"
                mend = "cut it to the slot's bounds, or declare the bounds that it really has"
                _blame(scene, (value < low) | (value > high), what, value, f"outside of its slot's {low:g} ... {high:g}", mend)


@after(check_dials_stay_in_their_bounds)
def check_doing_nothing_leaves_devices_alone(subject: Subject[Vertical]) -> None:
    """A number of the action that is named like a device's dial sets that dial: same kind, no wider bounds, and by default its default."""
    shared = [(scene, pair) for scene in scenes(subject) for pair in _shared(scene)]
    if not shared:
        raise NotAsked("no number of its action is named like a dial of a device")
    for scene, (column, knob) in shared:
        dial = scene.crew.dials[column]
        if knob.discrete != dial.discrete or knob.low < dial.low or knob.high > dial.high or knob.default != dial.default:
            found = f"knobs gave {knob} for a device's {dial}, {scene.where(0)}"
            raise Breach(found, "hand the crew's own dial on, or give the number another name: masks and answers to prices go by the name")
        if not scene.directive:  # the first environment idles
            value = ordered(scene).dials[:, column]
            wrong = np.arange(len(value)) == 0
            _blame(scene, wrong & (value != dial.default), dial.name, value, f"and its default is {dial.default:g}", "pass the setting on as it is")


@after(check_dials_stay_in_their_bounds)
def check_unknown_signals_change_no_dial(subject: Subject[Vertical]) -> None:
    """A signal that the protocol does not know changes no setting: parents and peers may say more than it understands."""
    mend = "read the signals that you know by name, and leave the others"
    for scene in scenes(subject):
        usual = ordered(scene).dials
        more = scene.told({**scene.directive, UNKNOWN: np.full(len(scene.action), 50.0)})
        _blame(more, (ordered(more).dials != usual).any(axis=1), "the setting of a dial", usual[:, :1], "and another with an unknown signal", mend)


def _shared(scene: Scene) -> list[tuple[int, Dial]]:
    """The agent's dials that have the name of a device's dial, with that one's place in the crew."""
    places = {dial.name: column for column, dial in enumerate(scene.crew.dials)}
    return [(places[knob.name], knob) for knob in scene.knobs if knob.name in places]


def _blame(scene: Scene, wrong: Flags, name: str, values: Array, rest: str, mend: str) -> None:
    """Raise for the first environment in which something is wrong."""
    places = np.argwhere(wrong)
    if len(places):
        at = tuple(int(i) for i in places[0])
        value = values[at] if len(at) == values.ndim else values[at][0]
        raise Breach(f"{name!r} is {float(value)!r}, {rest}, {scene.where(at[0])}", mend)


CHECKS = (
    check_orders_are_finite,
    check_dials_stay_in_their_bounds,
    check_directives_stay_in_their_bounds,
    check_doing_nothing_leaves_devices_alone,
    check_unknown_signals_change_no_dial,
)
