"""Time: what a device does scales with the length of the step, and where it promises so, an hour comes out the same however it is cut."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.device import Device, Effect, State
from pgcore.testing.checks import NotAsked, after
from pgcore.testing.devices.blame import At, blame
from pgcore.testing.devices.bounds import check_results_are_finite
from pgcore.testing.devices.calls import call
from pgcore.testing.devices.episode import Episode, Step
from pgcore.testing.devices.ledger import check_energy_ledger_closes
from pgcore.testing.devices.play import stepped
from pgcore.testing.devices.subject import DeviceSubject

CALM: Mapping[str, Any] = {"steps": (2, 4), "beyond": False}
SHORT_H = (1e-4, 1e-5, 1e-6)
"""Steps so short that a device hardly does anything in them."""
INSTANT = 0.5
"""What is still more than this share of itself in steps ten and a hundred times shorter happens in no time at all."""
LEAST_MWH = 1e-7
"""Losses below this are left alone."""
PACES = (4, 20, 60)
"""Into how many steps an hour is cut to see whether powers are in proportion to the step."""
LEAST_MW = 1e-6
"""Powers below this are left alone."""
CUTS = (1, 2, 5, 12)
"""Into how many steps an hour is cut to see whether it comes out the same."""
CLOSE = 1e-9
"""How far the outcome of an hour may depend on that, per unit."""
SUMMED = ("stored_mwh", "loss_mwh", "useful_mwh", "unserved_mwh", "cost", "violation")


@after(check_energy_ledger_closes, check_results_are_finite)
def check_losses_scale_with_time(subject: DeviceSubject) -> None:
    """In a short step little is lost: losses go to zero with the length of the step, so that nothing fades per step instead of per hour."""
    mend = "something fades per step: a share that is kept per hour goes to the power of dt_h, a rate is multiplied by dt_h"

    def look(episode: Episode) -> None:
        stack, state, now = _warmed_up(episode)
        lost = [np.abs(_values(stepped(stack, state, now, dt_h)[1], episode.shape)["loss_mwh"]) for dt_h in SHORT_H]
        wrong = (lost[2] > LEAST_MWH) & (lost[2] > INSTANT * lost[0]) & (lost[1] > INSTANT * lost[0])
        blame(episode, wrong, lambda at: f"loss_mwh does not depend on the length of the step: {_listed(lost, at, SHORT_H)} h", mend)

    subject.each(look, **CALM)


@after(check_energy_ledger_closes, check_results_are_finite)
def check_power_does_not_scale_with_time(subject: DeviceSubject) -> None:
    """p_mw and q_mvar are powers: held for an hour, they are not in proportion to the length of the step, as energies would be."""

    def look(episode: Episode) -> None:
        stack, state, now = _warmed_up(episode)
        ends = [_hour(stack, state, now, cuts, episode.shape)["last"] for cuts in PACES]
        for name in ("p_mw", "q_mvar"):
            sizes = [np.abs(effect[name]) for effect in ends]
            wrong = sizes[-1] > LEAST_MW
            for one, other, cuts, more in zip(sizes, sizes[1:], PACES, PACES[1:], strict=False):
                wrong &= np.abs(one * cuts - other * more) < 1e-6 * one * cuts
            blame(episode, wrong, _proportional(name, sizes), "it holds an energy: divide by dt_h")

    subject.each(look, examples=10, **CALM)


@after(check_losses_scale_with_time, check_power_does_not_scale_with_time)
def check_an_hour_is_the_same_however_it_is_cut(subject: DeviceSubject) -> None:
    """Law 4: an hour of constant action and inputs comes to the same in 1, 2, 5 and 12 steps; asked where `dt_invariant` promises it."""
    if not subject.kind.dt_invariant:
        raise NotAsked("it does not promise dt_invariant")
    mend = "solve the step exactly (in closed form), or promise nothing: dt_invariant = False"

    def look(episode: Episode) -> None:
        stack, state, now = _warmed_up(episode)
        whole, *others = (_outcome(_hour(stack, state, now, cuts, episode.shape)) for cuts in CUTS)
        for cuts, other in zip(CUTS[1:], others, strict=True):
            for name, values in whole.items():
                wrong = np.abs(other[name] - values) > CLOSE * np.maximum(1.0, np.abs(values))
                blame(episode, wrong, _differing(name, values, other[name], cuts), mend)

    subject.each(look, **CALM)


def _warmed_up(episode: Episode) -> tuple[Device, State, Step]:
    """The state after an episode whose last step was made twice, and what was told in it: what only begins has happened."""
    stack = episode.stack()
    state: State = call(stack, "initial", episode.shape, episode.draw())
    for t in (*range(episode.steps), episode.steps - 1):
        state, _ = stepped(stack, state, episode.step(t), episode.dt_h)
    return stack, state, episode.step(episode.steps - 1)


def _hour(stack: Device, state: State, now: Step, cuts: int, shape: tuple[int, ...]) -> dict[str, Mapping[str, Array]]:
    """An hour with everything held, cut into steps: the effect of the ``last`` step, what the ``sum`` came to, and the ``state`` after it."""
    total = {name: np.zeros(shape) for name in (*SUMMED, "p_mw", "q_mvar")}
    effect: dict[str, Array] = {}
    for _ in range(cuts):
        state, made = stepped(stack, state, now, 1.0 / cuts)
        effect = _values(made, shape)
        total = {name: value + (effect[name] if name in SUMMED else effect[name] / cuts) for name, value in total.items()}
    return {"last": effect, "sum": total, "state": state}


def _outcome(hour: Mapping[str, Mapping[str, Array]]) -> dict[str, Array]:
    return {**hour["sum"], **{f"state {name}": value for name, value in hour["state"].items()}}


def _values(effect: Effect, shape: tuple[int, ...]) -> dict[str, Array]:
    return {field.name: np.broadcast_to(np.asarray(getattr(effect, field.name), dtype=float), shape) for field in attrs.fields(Effect)}


def _listed(values: Sequence[Array], at: At, lengths: Sequence[float]) -> str:
    return ", ".join(f"{float(value[at]):.4g} in {length:g}" for value, length in zip(values, lengths, strict=True))


def _proportional(name: str, sizes: list[Array]) -> Callable[[At], str]:
    minutes = [60.0 / cuts for cuts in PACES]
    return lambda at: f"{name} is in proportion to the length of the step: {_listed(sizes, at, minutes)} min"


def _differing(name: str, whole: Array, parts: Array, cuts: int) -> Callable[[At], str]:
    return lambda at: f"{name!r} is {float(whole[at])!r} after one step of an hour, {float(parts[at])!r} after {cuts}"


CHECKS = (check_losses_scale_with_time, check_power_does_not_scale_with_time, check_an_hour_is_the_same_however_it_is_cut)
