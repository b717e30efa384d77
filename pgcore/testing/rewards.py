"""Checks for rewards: an agent's grade is its own, follows from what it is shown, and punishes what is bad.

In a test module of the plugin::

    from pgcore.testing import RewardChecks

    class TestMine(RewardChecks):
        reward = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import frozen

from pgcore.columns import Array, Flags
from pgcore.contracts.reward import Grade, Outcome, Reward
from pgcore.testing import making
from pgcore.testing.checks import Breach, Check, NotAsked, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.devices.watch import watched
from pgcore.testing.making import check_made_from_its_options
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "RewardChecks", "RewardSubject", "subject"]

ROWS = 5
BUSES = (6, 4, 3, 1)
"""Buses of each agent's area: those of the smaller ones have places left over."""
BRANCHES = (5, 3, 2, 0)
"""Lines and transformers of each area."""


@frozen
class RewardSubject(Subject[Reward]):
    """A reward to be examined."""


def outcome(seed: int = 0, calm: bool = False) -> Outcome:
    """What a step came to for agents with areas of different sizes; arrays are read-only.

    Args:
        seed: of the numbers.
        calm: whether nothing is wrong: no violation, voltages of 1 pu, loadings of 10 %.
    """
    rng = np.random.default_rng(seed)
    agents, buses, branches = len(BUSES), max(BUSES), max(BRANCHES)
    own = np.arange(buses) < np.array(BUSES)[:, None]
    energised = own & (calm | (rng.uniform(size=(ROWS, agents, buses)) > 0.15))
    vm_pu = np.where(energised, 1.0 if calm else rng.uniform(0.8, 1.2, energised.shape), np.where(own, 0.0, 1.0))
    has = np.broadcast_to(np.arange(branches) < np.array(BRANCHES)[:, None], (ROWS, agents, branches))
    loading = np.where(has, 10.0 if calm else rng.uniform(0.0, 180.0, has.shape), 0.0)
    broken = np.maximum(rng.uniform(-0.3, 0.5, (ROWS, agents)), 0.0) * (not calm)
    return _locked(Outcome(rng.uniform(-5.0, 20.0, (ROWS, agents)), broken, vm_pu, np.array(energised), loading, 0.25))


@after(check_made_from_its_options)
def check_shapes(subject: RewardSubject) -> None:
    """A grade has a reward and a violation for every environment and agent, as float64."""
    for reward in subject.drawn():
        grade = _graded(reward, outcome())
        for name in ("reward", "violation"):
            value = getattr(grade, name)
            if not isinstance(value, np.ndarray) or value.shape != (ROWS, len(BUSES)) or value.dtype != np.float64:
                found = f"{type(value).__name__} of shape {np.shape(value)} and type {getattr(value, 'dtype', '?')}"
                mend = "sum over the last axis of voltages and loadings with pgcore.columns.total"
                raise Breach(f"{name} is {found}, expected float64 of shape {(ROWS, len(BUSES))}, (environments, agents); from {reward!r}", mend)


@after(check_shapes)
def check_grades_are_finite(subject: RewardSubject) -> None:
    """No grade is NaN or infinite: not at voltages of zero, nor where an area has no branches, nor where nothing happened."""
    dark = outcome(1)
    nothing = attrs.evolve(dark, vm_pu=0.0 * dark.vm_pu, energised=np.zeros_like(dark.energised), loading_percent=0.0 * dark.loading_percent)
    bare = attrs.evolve(dark, loading_percent=dark.loading_percent[:, :, :0])
    for reward in subject.drawn():
        for when, seen in (("a usual step", dark), ("a blackout", nothing), ("areas without branches", bare), ("a calm step", outcome(2, calm=True))):
            grade = _graded(reward, seen)
            if not (np.isfinite(grade.reward).all() and np.isfinite(grade.violation).all()):
                raise Breach(f"a grade is not finite in {when}, from {reward!r}", "guard divisions and logarithms with np.where and np.maximum")


@after(check_shapes)
def check_inputs_stay_unchanged(subject: RewardSubject) -> None:
    """What it is shown is not changed."""
    for reward in subject.drawn():
        seen = outcome()
        copies: dict[str, Any] = {f.name: np.array(getattr(seen, f.name)) for f in attrs.fields(Outcome) if f.name != "dt_h"}
        given = attrs.evolve(seen, **copies)
        reward.grade(given)
        changed = [f.name for f in attrs.fields(Outcome) if not np.array_equal(getattr(given, f.name), getattr(seen, f.name))]
        if changed:
            raise Breach(f"grade() changed {', '.join(changed)}, from {reward!r}", "make new arrays: x = x + 1, not x += 1")


@after(check_inputs_stay_unchanged)
def check_is_deterministic(subject: RewardSubject) -> None:
    """Law 5: the same step has the same grade, bit for bit; no random number and no clock is asked."""
    for reward in subject.drawn():
        with watched() as used:
            first = _graded(reward, outcome())
        if used:
            raise Breach(f"it used {', '.join(sorted(used))}, from {reward!r}", "a grade follows from the outcome and the options alone")
        _require_same(reward, _graded(reward, outcome()), first, "when the same step is graded again", "keep nothing between calls")


@after(check_is_deterministic)
def check_environments_do_not_influence_each_other(subject: RewardSubject) -> None:
    """Law 2: environments graded together are each as graded alone, bit for bit."""
    mend = "no mean, sum or maximum over the first axis"
    for reward in subject.drawn():
        together = _graded(reward, outcome())
        for row in range(ROWS):
            alone = _graded(reward, _part(outcome(), slice(row, row + 1), slice(None)))
            _require_same(reward, alone, _cut(together, slice(row, row + 1), slice(None)), "among other environments", mend)


@after(check_is_deterministic)
def check_agents_do_not_influence_each_other(subject: RewardSubject) -> None:
    """Law 1: agents graded together are each as graded alone, bit for bit."""
    mend = "no mean, sum or maximum over the second axis; what agents share is the field `shared`, and the environment deals it out"
    for reward in subject.drawn():
        together = _graded(reward, outcome())
        for agent in range(len(BUSES)):
            alone = _graded(reward, _part(outcome(), slice(None), slice(agent, agent + 1)))
            _require_same(reward, alone, _cut(together, slice(None), slice(agent, agent + 1)), "among other agents", mend)


@after(check_agents_do_not_influence_each_other)
def check_places_left_over_count_nothing(subject: RewardSubject) -> None:
    """A small area among larger ones has places left over, and is graded as without them, bit for bit."""
    mend = "count buses that are energised only, and add up with pgcore.columns.total, to whose sums zeros at the end make no difference"
    for reward in subject.drawn():
        together = _graded(reward, outcome())
        for agent, (buses, branches) in enumerate(zip(BUSES, BRANCHES, strict=True)):
            seen = _part(outcome(), slice(None), slice(agent, agent + 1))
            own = attrs.evolve(
                seen, vm_pu=seen.vm_pu[..., :buses], energised=seen.energised[..., :buses], loading_percent=seen.loading_percent[..., :branches]
            )
            _require_same(reward, _graded(reward, own), _cut(together, slice(None), slice(agent, agent + 1)), "with places left over", mend)


@after(check_is_deterministic)
def check_buses_without_voltage_do_not_count(subject: RewardSubject) -> None:
    """The number that stands for the voltage of a bus without any makes no difference."""
    for reward in subject.drawn():
        seen = outcome()
        other = attrs.evolve(seen, vm_pu=np.where(seen.energised, seen.vm_pu, 0.5))
        mend = "look at energised buses only: a dead one has no voltage that could be too low"
        _require_same(reward, _graded(reward, other), _graded(reward, seen), "with another number at buses without voltage", mend)


@after(check_is_deterministic)
def check_cost_is_not_rewarded(subject: RewardSubject) -> None:
    """A step that costs more, all else equal, is graded no better."""
    for reward, seen, grade in _graded_all(subject):
        dearer = _graded(reward, attrs.evolve(seen, cost=seen.cost + 1.0))
        if (dearer.reward > grade.reward).any():
            raise Breach(f"a step that costs 1 more has a higher reward, from {reward!r}", "cost is what is paid: take it off")


@after(check_is_deterministic)
def check_violations_count(subject: RewardSubject) -> None:
    """The violation is no less than zero, zero in a calm step, and grows with that of the agent's devices."""
    for reward, seen, grade in _graded_all(subject):
        worse = _graded(reward, attrs.evolve(seen, violation=seen.violation + 1.0))
        if (grade.violation < 0.0).any():
            raise Breach(f"a violation is {float(grade.violation.min()):g}, from {reward!r}", "count what is beyond a limit, and nothing else")
        if not (worse.violation > grade.violation).all():
            raise Breach(f"the violation is no larger when devices break their limits by 1 pu·h more, from {reward!r}", "add outcome.violation")
    for reward in subject.drawn():
        if _graded(reward, outcome(3, calm=True)).violation.any() and _holds(reward, 1.0, 10.0):
            raise Breach(f"there is a violation at 1 pu and 10 % loading, from {reward!r}", "count what is beyond a limit, and nothing else")


@after(check_violations_count)
def check_violations_are_not_rewarded(subject: RewardSubject) -> None:
    """A step in which more limits are broken, all else equal, is graded no better."""
    for reward, seen, grade in _graded_all(subject):
        worse = _graded(reward, attrs.evolve(seen, violation=seen.violation + 1.0))
        if (worse.reward > grade.reward).any():
            raise Breach(f"a step with 1 pu·h more of violation has a higher reward, from {reward!r}", "violations are taken off")


@after(check_violations_count)
def check_limits_are_those_it_grades_by(subject: RewardSubject) -> None:
    """limits() are in order, and what lies a little beyond one of them is a violation, and no better graded than what does not."""
    asked = 0
    for reward in subject.usual():  # with other options a limit may weigh nothing
        limits, calm = reward.limits(), outcome(4, calm=True)
        for what, beyond in _beyond(reward, calm):
            asked += 1
            grade = _graded(reward, beyond)
            inside = _cut(_graded(reward, calm), slice(None), slice(0, grade.reward.shape[1]))
            if not (grade.violation > inside.violation).all():
                mend = "say in limits() what grade() counts as a violation, and nothing else"
                raise Breach(f"{what} is beyond {limits!r}, and no violation, from {reward!r}", mend)
            if (grade.reward > inside.reward).any():
                raise Breach(f"{what} is beyond {limits!r}, and better graded than 1 pu, from {reward!r}", "violations are taken off")
    if not asked:
        raise NotAsked("its limits() are none")


CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    check_shapes,
    check_grades_are_finite,
    check_inputs_stay_unchanged,
    check_is_deterministic,
    check_environments_do_not_influence_each_other,
    check_agents_do_not_influence_each_other,
    check_places_left_over_count_nothing,
    check_buses_without_voltage_do_not_count,
    check_cost_is_not_rewarded,
    check_violations_count,
    check_violations_are_not_rewarded,
    check_limits_are_those_it_grades_by,
)
"""Every reward passes each of these that it is asked."""


class RewardChecks(Conformance, checks=CHECKS):
    """All checks for a reward, as a test class: derive ``TestMine`` from it and say ``reward = Mine``."""

    reward: ClassVar[type[Reward]]
    examples: ClassVar[Sequence[Reward]] = ()
    """Rewards to check beside those drawn from the declared bounds; needed where a required option is text, a list or a file."""

    @classmethod
    def subject(cls) -> RewardSubject:
        if not hasattr(cls, "reward"):
            raise TypeError(f"{cls.__name__} does not say which reward it checks; add to it: reward = MyReward")
        return RewardSubject(cls.reward, tuple(cls.examples))


def subject(kind: type[Reward], examples: tuple[Reward, ...] = (), module: str = "") -> RewardSubject:
    """What the checks are asked of: a class, rewards of it that its author gave, and the plugin's entry module, where it is known."""
    return RewardSubject(kind, examples, module)


def _graded(reward: Reward, seen: Outcome) -> Grade:
    try:
        with np.errstate(all="ignore"):
            return reward.grade(seen)
    except Exception as error:
        mend = "arrays are (environments, agents, buses or branches) and read-only; there may be no branches"
        raise Breach(f"grade() raised {type(error).__name__}: {error}, from {reward!r}", mend) from error


def _graded_all(subject: RewardSubject) -> Iterator[tuple[Reward, Outcome, Grade]]:
    for reward in subject.drawn():
        seen = outcome(5)
        yield reward, seen, _graded(reward, seen)


def _part(seen: Outcome, rows: slice, agents: slice) -> Outcome:
    return attrs.evolve(seen, **{f.name: getattr(seen, f.name)[rows, agents] for f in attrs.fields(Outcome) if f.name != "dt_h"})


def _cut(grade: Grade, rows: slice, agents: slice) -> Grade:
    return Grade(grade.reward[rows, agents], grade.violation[rows, agents])


def _require_same(reward: Reward, found: Grade, expected: Grade, when: str, mend: str) -> None:
    for name in ("reward", "violation"):
        one, other = getattr(found, name), getattr(expected, name)
        place = np.argwhere(one != other)
        if len(place):
            at = tuple(int(i) for i in place[0])
            raise Breach(f"{name} is {float(one[at])!r}, but {float(other[at])!r} {when}, from {reward!r}", mend)


def _holds(reward: Reward, vm_pu: float, loading_percent: float) -> bool:
    """Whether a voltage and a loading lie within the reward's limits."""
    limits = reward.limits()
    band = limits.vm_pu is None or limits.vm_pu[0] <= vm_pu <= limits.vm_pu[1]
    return band and (limits.loading_percent is None or loading_percent <= limits.loading_percent)


def _beyond(reward: Reward, calm: Outcome) -> Iterator[tuple[str, Outcome]]:
    """Steps in which one limit is broken, at the first bus or branch of every agent that has one."""
    limits = reward.limits()
    if limits.vm_pu is not None:
        low, high = limits.vm_pu
        if not 0.0 <= low < high:
            raise Breach(f"limits().vm_pu is {limits.vm_pu!r}, from {reward!r}", "give the lower end first")
        if _holds(reward, 1.0, 10.0):
            for vm_pu in (low - 0.05, high + 0.05):
                yield f"a voltage of {vm_pu:g} pu", attrs.evolve(calm, vm_pu=_first(calm.vm_pu, vm_pu))
    if limits.loading_percent is not None:
        if not limits.loading_percent > 0.0:
            raise Breach(f"limits().loading_percent is {limits.loading_percent!r}, from {reward!r}", "give a number above zero")
        agents = slice(0, sum(count > 0 for count in BRANCHES))
        percent = limits.loading_percent + 20.0
        if _holds(reward, 1.0, 10.0):
            yield f"a loading of {percent:g} %", _part(attrs.evolve(calm, loading_percent=_first(calm.loading_percent, percent)), slice(None), agents)


def _first(values: Array | Flags, value: float) -> Array:
    made = np.array(values, dtype=float)
    made[..., 0] = value
    return made


def _locked(seen: Outcome) -> Outcome:
    for field in attrs.fields(Outcome):
        if field.name != "dt_h":
            getattr(seen, field.name).setflags(write=False)
    return seen
