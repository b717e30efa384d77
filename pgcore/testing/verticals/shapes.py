"""Shapes: orders hold a number for each dial and each environment, what they name is there, and nothing that was handed in is changed."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pgcore.contracts.protocol import Orders, Vertical
from pgcore.testing.calls import call
from pgcore.testing.checks import Breach, after
from pgcore.testing.subject import Subject
from pgcore.testing.verticals.declaration import check_knobs_are_documented_and_bounded, check_what_it_gives_is_declared
from pgcore.testing.verticals.scenes import REMEDIES, Scene, numbers, ordered, scenes

DECLARED = (check_what_it_gives_is_declared, check_knobs_are_documented_and_bounded)


@after(*DECLARED)
def check_orders_have_a_number_for_each_dial(subject: Subject[Vertical]) -> None:
    """coordinate gives orders: dials (B, D) in the order of the crew, signals and directives (B,), all float64."""
    for scene in scenes(subject):
        for rows in (range(len(scene.action)), [0]):
            part = scene.only(rows)
            _look_at(part, ordered(part))


@after(check_orders_have_a_number_for_each_dial)
def check_directives_are_those_declared(subject: Subject[Vertical]) -> None:
    """Directives go to agents of the crew, and hold what `gives` declares and nothing else."""
    for scene in scenes(subject):
        declared = {slot.name for slot in scene.protocol.gives}
        for agent, told in ordered(scene).directives.items():
            if agent not in scene.crew.agents:
                found = f"{agent!r} is told something, who is not below the agent, {scene.where(0)}"
                raise Breach(found, f"the agents below are: {', '.join(scene.crew.agents) or 'none'}")
            strange = sorted(set(told) - declared)
            if strange:
                mend = f"declare it in gives, so that the agents below can see it; declared: {', '.join(sorted(declared)) or 'nothing'}"
                raise Breach(f"{agent!r} is told {', '.join(strange)}, {scene.where(0)}", mend)


@after(check_orders_have_a_number_for_each_dial)
def check_inputs_stay_unchanged(subject: Subject[Vertical]) -> None:
    """Nothing that is handed in is changed: neither the action nor the directive."""
    mend = "make new arrays and mappings: action + 1 instead of action += 1, {**directive, ...} instead of directive[...] = ..."
    for scene in scenes(subject):
        action, directive = scene.action.copy(), {name: value.copy() for name, value in scene.directive.items()}
        for array in (action, *directive.values()):
            array.setflags(write=False)
        call(scene.protocol, "coordinate", action, scene.crew, directive, remedies=REMEDIES)
        if list(directive) != list(scene.directive):
            raise Breach(f"coordinate changed the directive that it was handed, {scene.where(0)}", mend)


def _look_at(scene: Scene, orders: Orders) -> None:
    batch = len(scene.action)
    parts: Mapping[str, Any] = numbers(orders)
    for name, value in parts.items():
        shape = (batch, len(scene.crew.dials)) if name == "dials" else (batch,)
        if not isinstance(value, np.ndarray) or value.dtype != np.float64:
            found = f"of type {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
            raise Breach(f"coordinate gave {name!r}, {found}, {scene.where(0)}", "give float64 arrays of numpy")
        if value.shape != shape:
            mend = "give a number for each environment" + (
                " and each dial of the crew, its knobs left alone at dial.default" if name == "dials" else ""
            )
            raise Breach(f"coordinate gave {name!r} of shape {value.shape}, expected {shape}, {scene.where(0)}", mend)


CHECKS = (check_orders_have_a_number_for_each_dial, check_directives_are_those_declared, check_inputs_stay_unchanged)
