"""A scene is drawn as text, as Mermaid and as SVG; each shows every actor and message."""

from xml.etree import ElementTree

import pytest

from pgcore.tracing.mermaid import mermaid
from pgcore.tracing.scene import Arrow, Scene
from pgcore.tracing.svg import svg
from pgcore.tracing.text import lifelines_in, text

SCENE = Scene(
    "Episode 0, step 1: 5 messages",
    ("environment", "MG1", "MG1.ess", "MG2"),
    ("", "MG1", "MG1", "MG2"),
    (
        Arrow(0, 1, "Action", 0, 150, False),
        Arrow(1, 2, "Action", 20, 150, False),
        Arrow(2, 0, "StateUpdate", 1500, 300, False),
        Arrow(0, 3, "Silence", 1510, 100, True),
        Arrow(3, 3, "Action to MG2.pv", 2000, 150, False),
    ),
    ("something was left out",),
)
NASTY = Scene("a<b>&\"c';#", ("x;y#z\n<i>",), ("",), (Arrow(0, 0, "end; note --> <script>", 0, 1, False),), ('"]]>',))


def test_text_draws_lifelines_groups_arrows_and_notes() -> None:
    assert text(SCENE).splitlines() == [
        "Episode 0, step 1: 5 messages",
        "",
        "                        ┌───────── MG1 ──────────┐",
        "          environment       MG1         MG1.ess         MG2",
        "                │             │             │             │",
        "   0.00         │── Action ──>│             │             │",
        "   0.02         │             │── Action ──>│             │",
        "   1.50         │<────── StateUpdate ───────│             │",
        "   1.51         │················ Silence ···············>│",
        "   2.00         │             │             │             │⟲ Action to MG2.pv",
        "",
        "(something was left out)",
    ]


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_text_keeps_to_the_width_of_a_terminal(columns: int) -> None:
    assert max(map(len, text(Scene(SCENE.title, SCENE.names, SCENE.groups, SCENE.arrows[:4], ()), columns).splitlines())) <= columns


def test_text_cuts_what_does_not_fit() -> None:
    long = Scene("t", ("environment", "A" * 100), ("", "A"), (Arrow(0, 1, "B" * 100, 0, 1, False),), ())
    drawn = text(long)
    assert "A…" in drawn
    assert "B… " in drawn
    assert max(map(len, drawn.splitlines())) < 100


def test_a_narrow_terminal_has_room_for_two_lifelines_at_least() -> None:
    assert [lifelines_in(columns) for columns in (20, 80, 120)] == [2, 5, 7]


def test_mermaid_names_every_actor_and_message() -> None:
    assert mermaid(SCENE) == (
        '---\ntitle: "Episode 0, step 1: 5 messages"\n---\nsequenceDiagram\n'
        "    participant a0 as environment\n"
        "    box MG1\n    participant a1 as MG1\n    participant a2 as MG1.ess\n    end\n"
        "    participant a3 as MG2\n"
        "    a0->>a1: Action\n    a1->>a2: Action\n    a2->>a0: StateUpdate\n    a0--xa3: Silence\n    a3->>a3: Action to MG2.pv\n"
        "    note over a0: something was left out\n"
    )


def test_mermaid_takes_nothing_in_a_trace_for_a_command() -> None:
    lines = mermaid(NASTY).splitlines()
    assert len(lines) == 7
    assert not any(sign in line.replace("#59;", "").split(": ", 1)[-1] for line in lines[5:] for sign in '<>"')
    assert lines[4] == "    participant a0 as x#59;y#35;z#10;#60;i#62;"


def test_svg_holds_every_name_label_and_note_and_an_arrow_for_each_message() -> None:
    tree = ElementTree.fromstring(svg(SCENE))
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert set(texts) >= {SCENE.title, *SCENE.names, *(arrow.label for arrow in SCENE.arrows), *SCENE.notes}
    kinds = [element.get("class", "") for element in tree.iter()]
    assert (kinds.count("arrow"), kinds.count("arrow silent"), kinds.count("stem"), kinds.count("group")) == (4, 1, 4, 1)


def test_everything_in_an_svg_lies_inside_it() -> None:
    tree = ElementTree.fromstring(svg(SCENE))
    width, height = float(tree.get("width", 0)), float(tree.get("height", 0))
    for element in tree.iter():
        for name, limit in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("y2", height)):
            assert 0 <= float(element.get(name, 0)) <= limit


def test_svg_takes_nothing_in_a_trace_for_markup() -> None:
    tree = ElementTree.fromstring(svg(NASTY))
    assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= {"svg", "title", "style", "defs", "marker", "path", "rect", "text", "line"}
    assert NASTY.title in [element.text for element in tree.iter()]


def test_an_empty_scene_can_be_drawn() -> None:
    empty = Scene("nothing", (), (), (), ())
    assert text(empty).startswith("nothing")
    assert "sequenceDiagram" in mermaid(empty)
    assert ElementTree.fromstring(svg(empty)).tag.endswith("svg")
