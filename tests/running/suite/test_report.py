import attrs
import pytest

from pgcore.running.suite.figures import Check, Figure, Finding, summed_up
from pgcore.running.suite.machine import Machine
from pgcore.running.suite.report import filled, number, parts, whole
from pgcore.running.suite.rows.table import ROWS
from pgcore.running.suite.run import Run

MACHINE = Machine("a processor", 2, "Linux x86_64", "3.11.7", {"numpy": "2.4.6"})
SINGLE = Finding(
    "single",
    (summed_up("loop : env", "×", [99.0, 100.0, 101.0]), Figure("env step", 250.0, "µs")),
    (Check("voltages", 2e-9, 1e-6, "pu"),),
)
SIZED = [Figure("step", 1.0, "µs", at="n = 3"), Figure("reset", 2.0, "ms", at="n = 3"), Figure("step", 4.5, "µs", at="n = 10")]
SIZES = Finding("sizes", (*SIZED, Figure("all", 7.0)))
LACKING, BROKEN = Finding("grid2op", missing="grid2op is not installed"), Finding("modes", failed="it broke\nin line 3")
RUN = Run(MACHINE, "full", "2026-11-23", (SINGLE, SIZES, LACKING, BROKEN))


def test_marked_parts_are_written_anew_and_the_rest_stays() -> None:
    page = "# Mine\n<!-- suite: headline -->\nold\n<!-- end of suite -->\nafter"
    once = filled(page, RUN)
    assert once.startswith("# Mine\n<!-- suite: headline -->\nOne step of `three_microgrids` takes 250 µs")
    assert once.endswith("takes 100 times as long.\n<!-- end of suite -->\nafter")
    assert filled(once, RUN) == once


def test_a_mark_that_names_nothing_is_refused_with_what_is_known() -> None:
    with pytest.raises(ValueError, match=r"'sngle'; known are headline, targets"):
        filled("<!-- suite: sngle -->\n<!-- end of suite -->", RUN)


def test_a_new_page_has_every_part() -> None:
    assert all(f"<!-- suite: {name} -->" in whole(RUN) for name in ("targets", "machine", *ROWS))


def test_sizes_are_lines_and_labels_are_columns() -> None:
    text = parts(RUN)["sizes"]
    assert "|  | step, µs | reset, ms |" in text
    assert "| n = 3 | 1 | 2 |\n| n = 10 | 4.50 | – |" in text
    assert "| all | 7 |" in text


def test_what_agreed_stands_below_the_figures() -> None:
    assert "voltages differ by 2.0e-09 pu." in parts(RUN)["single"]


@pytest.mark.parametrize(("row", "said"), [("grid2op", "grid2op is not installed"), ("modes", "it broke"), ("batches", "Not measured.")])
def test_a_row_without_figures_says_why(row: str, said: str) -> None:
    assert said in parts(RUN)[row]


@pytest.mark.parametrize(("value", "said"), [(401.0, "aim reached"), (100.0, "| reached"), (99.0, "**not reached**")])
def test_a_target_is_judged_by_its_median(value: float, said: str) -> None:
    run = attrs.evolve(RUN, findings=(Finding("single", (Figure("loop : env", value),)),))
    assert said in parts(run)["targets"].splitlines()[2]


@pytest.mark.parametrize(("value", "said"), [(0.15, "aim reached"), (0.4, "| reached"), (0.6, "**not reached**")])
def test_a_target_may_be_an_upper_bound(value: float, said: str) -> None:
    run = attrs.evolve(RUN, findings=(Finding("sizes", (Figure("cost of a microgrid at n = 100 : n = 3", value),)),))
    assert said in parts(run)["targets"].splitlines()[5]


def test_a_quick_run_is_called_one() -> None:
    quick = attrs.evolve(RUN, effort="quick")
    assert all("too short to quote" in parts(quick)[name] for name in ("headline", "machine"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (12.0, "12"), (12.34, "12.3"), (0.05123, "0.0512"), (999.4, "999"), (9999.6, "10,000"), (31.004, "31.0")],
)
def test_numbers_have_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text
