"""Bounds: what a device gives stays finite and where it was declared to be, whatever it is told."""

from collections.abc import Mapping

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.device import Control
from pgcore.quantity import bound
from pgcore.testing.checks import NotAsked, after
from pgcore.testing.devices.blame import blame, value_of
from pgcore.testing.devices.episode import Episode
from pgcore.testing.devices.laws import LAWS
from pgcore.testing.devices.ledger import LONG
from pgcore.testing.devices.play import play, played
from pgcore.testing.devices.subject import DeviceSubject

FAR = (-1e9, -1.0, -0.0, 1e-9, 1e9)
"""Settings and signals far outside of most bounds, or close to where something is divided by zero."""
ROUNDING = 1e-9
"""How far a power may be beyond the rating, per unit of it."""
CONTROLS: Mapping[Control | None, tuple[float, float, bool]] = {
    None: (0.0, 0.0, False),
    Control.TAP: (-1e4, 1e4, True),
    Control.CLOSED: (0.0, 1.0, True),
    Control.SHUNT_MVAR: (-1e6, 1e6, False),
    Control.VM_PU: (0.0, 2.0, False),
}
"""For each control the lowest and highest value that means something, and whether it is a whole number."""


@after(*LAWS)
def check_results_are_finite(subject: DeviceSubject) -> None:
    """Everything is a finite number: for actions and inputs within their bounds, at them, and for actions far outside."""

    def look_far(episode: Episode) -> None:
        for far in FAR:
            action, signal = ({name: np.full_like(values, far) for name, values in told.items()} for told in (episode.action, episode.signal))
            _finite(attrs.evolve(episode, action=action), f", with all knobs at {far:g}")
            _finite(attrs.evolve(episode, signal=signal), f", with all signals at {far:g}")

    subject.each(_finite)
    subject.each(look_far, examples=8)


@after(check_results_are_finite)
def check_observations_stay_in_bounds(subject: DeviceSubject) -> None:
    """Over long episodes, what observe gives stays within the bounds of its slots."""
    if not subject.kind.slots:
        raise NotAsked("it has no slots")
    mend = "cut it to the slot's bounds in observe, or declare the bounds that it really has"

    def look(episode: Episode) -> None:
        for slot in episode.kind.slots:
            seen, low, high = played(episode)[f"sees {slot.name}"], _resolved(episode, slot.low), _resolved(episode, slot.high)
            blame(episode, (seen < low) | (seen > high), value_of(slot.name, seen, f"outside of its slot's {slot.low} ... {slot.high}"), mend)

    subject.each(look, **LONG)


@after(check_results_are_finite)
def check_power_stays_within_rating(subject: DeviceSubject) -> None:
    """p_mw and q_mvar are no larger than rating_mva, which bounds what agents observe of them."""
    if subject.kind.metered or subject.kind.control not in (None, Control.VM_PU):
        raise NotAsked("agents observe no power of a meter, nor of what acts on the solver")
    mend = "define rating_mva: it bounds the apparent power for any inputs within the needs' bounds; or cut the power to it"

    def look(episode: Episode) -> None:
        rating = np.array([device.rating_mva() for device in episode.devices])
        said = "beyond rating_mva(), which is " + ", ".join(f"{value:g}" for value in rating)
        for name in ("p_mw", "q_mvar"):
            power = played(episode)[name]
            blame(episode, np.abs(power) > rating * (1.0 + ROUNDING), value_of(name, power, said), mend)

    subject.each(look, **LONG)


@after(check_results_are_finite)
def check_control_is_in_range(subject: DeviceSubject) -> None:
    """The value for the solver is one that its control can take; a device without a control gives none."""
    control = subject.kind.control
    low, high, whole = CONTROLS[control]
    said = f"which {control} cannot be" if control else "though no control is declared"

    def look(episode: Episode) -> None:
        value = played(episode)["control"]
        wrong = (value < low) | (value > high) | (whole & (value != np.rint(value)))
        blame(episode, wrong, value_of("control", value, said), "declare the control that it acts by, and give a value in its range")

    subject.each(look)


def _finite(episode: Episode, how: str = "") -> None:
    mend = "look for a division by zero, the root or logarithm of a negative number, 0 · inf; cut actions to their bounds before they are used"
    for name, values in (play(episode) if how else played(episode)).items():
        if not name.startswith("allows "):  # a free knob may be allowed anything
            blame(episode, ~np.isfinite(values), value_of(name, values, f"which is not a finite number{how}"), mend)


def _resolved(episode: Episode, ref: float | str) -> Array:
    return np.array([float(bound(device, ref)) for device in episode.devices])


CHECKS = (check_results_are_finite, check_observations_stay_in_bounds, check_power_stays_within_rating, check_control_is_in_range)
