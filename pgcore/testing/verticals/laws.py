"""Laws: agents do not influence each other, nor do environments; the same comes out however often it is asked."""

from collections.abc import Mapping

import attrs
import numpy as np

from pgcore.columns import Array
from pgcore.contracts.protocol import Orders, Vertical
from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.watch import watched
from pgcore.testing.subject import Subject
from pgcore.testing.verticals.scenes import Scene, numbers, ordered, scenes
from pgcore.testing.verticals.shapes import check_directives_are_those_declared, check_inputs_stay_unchanged


@after(check_directives_are_those_declared, check_inputs_stay_unchanged)
def check_draws_nothing_at_random(subject: Subject[Vertical]) -> None:
    """No random number is drawn and no clock read: what an agent chooses at random is its policy's matter."""
    for scene in scenes(subject):
        with watched() as used:
            ordered(scene)
        if used:
            raise Breach(f"coordinate used {', '.join(sorted(used))}, {scene.where(0)}", "use nothing but what is handed in")


@after(check_draws_nothing_at_random)
def check_keeps_nothing_between_calls(subject: Subject[Vertical]) -> None:
    """Law 1: agents do not influence each other. What was asked before, of it or of another instance, changes no bit of an answer."""
    mend = "keep nothing between calls, neither on the instance nor on its class or module: all that it may use is handed in"
    asked = scenes(subject)
    firsts = [numbers(ordered(attrs.evolve(scene, protocol=attrs.evolve(scene.protocol)))) for scene in asked]  # type: ignore[misc]
    for scene, first in zip(reversed(asked), reversed(firsts), strict=True):
        _same(scene, first, ordered(scene), "after other agents were served", mend)


@after(check_keeps_nothing_between_calls)
def check_environments_do_not_influence_each_other(subject: Subject[Vertical]) -> None:
    """Law 2: a batch of environments is a loop over them, bit for bit."""
    mend = "no arithmetic between rows: no mean, sum or maximum over the first axis; add with pgcore.columns.total over the last"
    for scene in scenes(subject):
        together = numbers(ordered(scene))
        for env in range(len(scene.action)):
            part = scene.only([env])
            _same(
                part, {name: value[[env]] for name, value in together.items()}, ordered(part), f"without the others; it was environment {env}", mend
            )


def _same(scene: Scene, expected: Mapping[str, Array], orders: Orders, when: str, mend: str) -> None:
    found = numbers(orders)
    if list(found) != list(expected):
        raise Breach(f"coordinate gives {', '.join(found)} {when}, and otherwise {', '.join(expected)}, {scene.where(0)}", mend)
    for name, value in expected.items():
        wrong = np.argwhere((value != found[name]) & ~(np.isnan(value) & np.isnan(found[name])))
        if len(wrong):
            at = tuple(int(i) for i in wrong[0])
            said = f"{name!r} is {float(value[at])!r}, but {float(found[name][at])!r} {when}"
            raise Breach(f"{said}, {scene.where(at[0])}", mend)


CHECKS = (check_draws_nothing_at_random, check_keeps_nothing_between_calls, check_environments_do_not_influence_each_other)
