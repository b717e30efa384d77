"""Network sources that are wrong on purpose, each in one way, beside the right one that they are made from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen

from pgcore.contracts.network import Case, Network, NetworkSource
from pgcore.quantity import quantity
from pgcore.testing.backends import networks


@frozen
class Right(NetworkSource):
    """A transformer and a line."""

    type = "right"
    load_mw: float = quantity("MW", "load at its end", default=0.6, ge=0, le=1)

    def load(self) -> Network:
        made = networks.transformer()
        return attrs.evolve(made, case=self.changed(made.case), topology=attrs.evolve(made.topology, **self.topology(made)))

    def changed(self, case: Case) -> Case:
        return case

    def topology(self, network: Network) -> dict[str, Any]:
        return {}


WRONG: dict[type[NetworkSource], str] = {}
HINTS: dict[type[NetworkSource], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[NetworkSource]]:
    """A wrong source, by the check that names its mistake."""

    def noted(thing: type) -> type[NetworkSource]:
        made = attrs.frozen(thing)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


def locked(values: Any) -> Any:
    """A read-only array."""
    made = np.array(values)
    made.setflags(write=False)
    return made


def broken(check: str, hint: str, **entries: Callable[[Case], Any]) -> type[NetworkSource]:
    """A source whose case has other entries."""

    def changed(self: Right, case: Case) -> Case:
        return attrs.evolve(case, **{name: make(case) for name, make in entries.items()})

    name = f"Broken{''.join(part.capitalize() for part in hint.split()[:4] if part.isalpha())}{len(WRONG)}"
    return wrong(check, hint)(type(name, (Right,), {"changed": changed, "__doc__": "Its case is wrong.", "__module__": __name__}))


@wrong("every_option_is_documented", "'place'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    place: str = field(default="here")


@wrong("made_from_its_options", "raised ArithmeticError")
class RefusesItsBounds(Right):
    """It takes none of its options."""

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("no")


@wrong("options_travel_through_a_spec")
class Halves(Right):
    """It keeps another number than it was given."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "load_mw", self.load_mw / 2.0)


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    rule: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("loads_a_network", "the case is a NoneType")
class WithoutCase(Right):
    """It gives a topology only."""

    def load(self) -> Network:
        return attrs.evolve(super().load(), case=None)


broken("tables_hold_together", "case.to_bus has 7, expected 0 to 2", to_bus=lambda case: locked([2, 7]))
broken("tables_hold_together", "case.p_mw has shape (2,), expected (3,)", p_mw=lambda case: case.p_mw[:2])
broken("tables_hold_together", "case.r_pu has values that are not finite", r_pu=lambda case: locked([np.nan, 0.01]))
broken("tables_hold_together", "neither resistance nor reactance", r_pu=lambda case: 0.0 * case.r_pu, x_pu=lambda case: 0.0 * case.x_pu)
broken("topology_and_case_agree", "vn_kv of some buses differ", vn_kv=lambda case: case.vn_kv[::-1])
broken("topology_and_case_agree", "begins at another bus", from_bus=lambda case: case.to_bus, to_bus=lambda case: case.from_bus)
broken("topology_and_case_agree", "the sources of topology and case differ", slack_bus=lambda case: locked([2]))
broken("has_a_source", "pu, from", slack_vm_pu=lambda case: locked([110.0]))
broken("loads_are_in_the_case", "draw power", p_mw=lambda case: -case.p_mw)
broken("power_flow_has_a_solution", "no solution", p_mw=lambda case: 1e3 * case.p_mw, q_mvar=lambda case: 1e3 * case.q_mvar)
broken("arrays_are_read_only", "case.p_mw can be written to", p_mw=lambda case: np.array(case.p_mw))


@wrong("has_a_source", "no external grid")
class WithoutSource(Right):
    """Nothing holds its voltage."""

    def changed(self, case: Case) -> Case:
        none = np.zeros(0)
        return attrs.evolve(case, slack_bus=none.astype(np.intp), slack_vm_pu=none, slack_va_deg=none)

    def topology(self, network: Network) -> dict[str, Any]:
        return {"slack_buses": ()}


@wrong("loads_the_same_again", "the second time")
class Grows(Right):
    """Its load grows each time that it is loaded."""

    loads: ClassVar[list[int]] = []

    def changed(self, case: Case) -> Case:
        self.loads.append(1)
        return attrs.evolve(case, p_mw=locked(case.p_mw * (1.0 + 0.001 * len(self.loads))))


@wrong("loads_the_same_again", "global generator of numpy")
class Draws(Right):
    """It draws its load from the generator of the process."""

    def changed(self, case: Case) -> Case:
        return attrs.evolve(case, p_mw=locked(case.p_mw * np.random.uniform(0.5, 1.0)))  # noqa: NPY002  that is the mistake


@wrong("network_pickles", "cannot be pickled")
class HoldsAReader(Right):
    """Its data has a function in it."""

    def load(self) -> Network:
        return attrs.evolve(super().load(), data={"reader": lambda: None})


@wrong("files_are_named_when_they_are_wrong", "KeyError")
class Reads(Right):
    """It says nothing of the file that it cannot read."""

    file: Path = field(default=Path(__file__))

    def load(self) -> Network:
        if self.file.name not in ("wrong_networks.py",):
            raise KeyError("bus")
        return super().load()
