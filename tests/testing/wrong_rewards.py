"""Rewards that are wrong on purpose, each in one way, beside the right one that they are made from."""

import random
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.columns import total
from pgcore.contracts.reward import Grade, Limits, Outcome, Reward
from pgcore.quantity import quantity


@frozen
class Right(Reward):
    """Minus cost, minus what devices and voltages break."""

    type = "right"
    weight: float = quantity("1", "currency per unit of violation", default=10.0, ge=0)

    def limits(self) -> Limits:
        return Limits(vm_pu=(0.95, 1.05))

    def grade(self, outcome: Outcome) -> Grade:
        violation = outcome.violation + total(self.outside(outcome))
        return Grade(-outcome.cost - self.weight * violation, violation)

    def outside(self, outcome: Outcome) -> Any:
        return np.where(outcome.energised, np.maximum(np.abs(outcome.vm_pu - 1.0) - 0.05, 0.0), 0.0)


WRONG: dict[type[Reward], str] = {}
HINTS: dict[type[Reward], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[Reward]]:
    """A wrong reward, by the check that names its mistake."""

    def noted(thing: type) -> type[Reward]:
        made = attrs.frozen(thing)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


@wrong("every_option_is_documented", "'zeal'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    zeal: float = field(default=1.0)


@wrong("made_from_its_options", "raised ArithmeticError")
class RefusesItsBounds(Right):
    """It takes none of its options."""

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("no")


@wrong("options_travel_through_a_spec")
class Halves(Right):
    """It keeps another number than it was given."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "weight", self.weight / 2.0)


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    rule: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("shapes", "(environments, agents)")
class SumsOverAll(Right):
    """It grades all agents at once."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(grade.reward.sum(axis=1), grade.violation)


@wrong("grades_are_finite", "a grade is not finite")
class Logarithm(Right):
    """It grades by the logarithm of the voltage."""

    def outside(self, outcome: Outcome) -> Any:
        return np.abs(np.log(outcome.vm_pu.min(axis=-1, keepdims=True) + np.where(outcome.energised, 1.0, 0.0)))


@wrong("inputs_stay_unchanged", "vm_pu")
class Centres(Right):
    """It moves the voltages that it is shown."""

    def grade(self, outcome: Outcome) -> Grade:
        if outcome.vm_pu.flags.writeable:
            outcome.vm_pu[:] -= 1e-9
        return super().grade(outcome)


@wrong("is_deterministic", "global generator of Python")
class Noisy(Right):
    """It adds noise from the generator of the process."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(grade.reward + 1e-9 * random.random(), grade.violation)


@wrong("environments_do_not_influence_each_other", "among other environments")
class Standardises(Right):
    """It takes off the mean over all environments."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(grade.reward - grade.reward.mean(axis=0), grade.violation)


@wrong("agents_do_not_influence_each_other", "among other agents")
class Compares(Right):
    """It takes off the mean over all agents."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(grade.reward - grade.reward.mean(axis=1, keepdims=True), grade.violation)


@wrong("places_left_over_count_nothing", "with places left over")
class CountsDeadBuses(Right):
    """A bus without voltage is a violation of its own."""

    def outside(self, outcome: Outcome) -> Any:
        return super().outside(outcome) + ~outcome.energised


@wrong("buses_without_voltage_do_not_count", "at buses without voltage")
class BlamesDeadBuses(Right):
    """It takes the zero of a dead bus for a low voltage."""

    def outside(self, outcome: Outcome) -> Any:
        return np.maximum(np.abs(outcome.vm_pu - 1.0) - 0.05, 0.0)


@wrong("cost_is_not_rewarded", "costs 1 more")
class LikesCost(Right):
    """It adds what is paid."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(grade.reward + 2.0 * outcome.cost, grade.violation)


@wrong("violations_count", "add outcome.violation")
class VoltagesOnly(Right):
    """It forgets the limits that devices broke."""

    def grade(self, outcome: Outcome) -> Grade:
        violation = total(self.outside(outcome))
        return Grade(-outcome.cost - self.weight * violation, violation)


@wrong("violations_count", "at 1 pu and 10 % loading")
class NeverCalm(Right):
    """It counts a violation where there is none."""

    def outside(self, outcome: Outcome) -> Any:
        return super().outside(outcome) + 0.001 * outcome.energised


@wrong("violations_are_not_rewarded", "violations are taken off")
class LikesTrouble(Right):
    """It adds what is broken."""

    def grade(self, outcome: Outcome) -> Grade:
        grade = super().grade(outcome)
        return Grade(-outcome.cost + self.weight * grade.violation, grade.violation)


@wrong("limits_are_those_it_grades_by", "and no violation")
class SaysOtherwise(Right):
    """It names a narrower band than it grades by."""

    def limits(self) -> Limits:
        return Limits(vm_pu=(0.999, 1.001), loading_percent=100.0)


@wrong("limits_are_those_it_grades_by", "the lower end first")
class TurnedRound(Right):
    """It names its band the wrong way round."""

    def limits(self) -> Limits:
        return Limits(vm_pu=(1.05, 0.95))
