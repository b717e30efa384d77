"""Sheets tell what a class of the catalog offers without making an instance."""

from pathlib import Path

from attrs import field, frozen

from pgcore.contracts.device import Device, Effect, Knob, Need, State, Values
from pgcore.plugins.sheets import Line, Option, sheet
from pgcore.quantity import Slot, option, quantity


@frozen
class Pump(Device):
    """Moves water.

    More about it.
    """

    type = "pump"
    p_max_mw: float = quantity("MW", "rated power", gt=0)
    mode: str = option("how it runs", default="slow", choices=("slow", "fast"))
    file: Path | None = None
    notes: tuple[str, ...] = field(factory=tuple)
    hidden: int = field(init=False, default=3)

    knobs = (Knob("p_mw", "MW", "-p_max_mw", 0.0, "set point"), Knob("stage", "1", 0, 2, "stage", discrete=True))
    needs = (Need("water", "m3", 0, 9, "inflow", default=1.0),)
    slots = (Slot("level", "m", 0, "p_max_mw", "water level"),)

    def step(self, state: State, action: Values, exo: Values, dt_h: float) -> tuple[State, Effect]:
        return state, Effect()


def test_options_carry_unit_bounds_default_and_doc() -> None:
    assert sheet("device", Pump).options == (
        Option("p_max_mw", "float", "MW", "> 0", "", True, "rated power"),
        Option("mode", "str", "", "one of slow, fast", "'slow'", False, "how it runs"),
        Option("file", "Path | None", "", "", "None", False, ""),
        Option("notes", "tuple[str, ...]", "", "", "()", False, ""),
    )


def test_the_first_line_of_the_docstring_is_the_summary() -> None:
    page = sheet("device", Pump)
    assert (page.summary, page.doc) == ("Moves water.", "Moves water.\n\nMore about it.")


def test_knobs_needs_and_slots_of_a_device_become_lines() -> None:
    page = sheet("device", Pump)
    assert page.knobs[0] == Line("p_mw", "MW", "-p_max_mw", 0.0, "set point", 0.0)
    assert page.knobs[1].doc == "stage (whole numbers)"
    assert page.needs == (Line("water", "m3", 0, 9, "inflow", 1.0),)
    assert page.slots == (Line("level", "m", 0, "p_max_mw", "water level"),)
