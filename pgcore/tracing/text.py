"""Text: a scene as a sequence diagram for a terminal."""

from collections.abc import Iterator

from pgcore.tracing.scene import Arrow, Scene

_NARROWEST = 12
_TIMES = 9
"""Columns for the time at the left."""
_COMFORTABLE = 14
_WIDEST = 40
"""A lifeline gets no more columns than this, however long the labels; what does not fit is cut."""


def text(scene: Scene, columns: int = 0) -> str:
    """A scene as lines of text: time in ms since the first message at the left, silences dotted.

    Args:
        columns: the width to keep to if names can still be told apart in it, at the cost of cutting labels; 0 for as much as it takes.
    """
    return "\n".join(line.rstrip() for line in _lines(scene, _spacing(scene, columns))) + "\n"


def lifelines_in(columns: int) -> int:
    """How many lifelines fit well into so many columns of a terminal."""
    return max(2, (columns - _TIMES) // _COMFORTABLE)


def _lines(scene: Scene, apart: int) -> Iterator[str]:
    yield scene.title
    yield ""
    if scene.spans():
        yield _group_row(scene, apart)
    yield _name_row(scene, apart)
    yield "".join(_stems(scene, apart))
    for arrow in scene.arrows:
        yield _self_row(scene, arrow, apart) if arrow.start == arrow.end else _arrow_row(scene, arrow, apart)
    yield from ("", *(f"({note})" for note in scene.notes)) if scene.notes else ()


def _spacing(scene: Scene, columns: int) -> int:
    """Columns from one lifeline to the next, so that names and labels fit."""
    between = [-(-(len(arrow.label) + 6) // abs(arrow.end - arrow.start)) for arrow in scene.arrows if arrow.end != arrow.start]
    wanted = min(_WIDEST, max([_NARROWEST, *(len(name) + 3 for name in scene.names), *between]))
    room = (columns - _TIMES) // max(1, len(scene.names))
    return max(_NARROWEST, min(wanted, room)) if columns else wanted


def _place(i: int, apart: int) -> int:
    return _TIMES + apart // 2 + i * apart


def _stems(scene: Scene, apart: int) -> list[str]:
    row = [" "] * (_place(len(scene.names) - 1, apart) + 1 if scene.names else 0)
    for i in range(len(scene.names)):
        row[_place(i, apart)] = "│"
    return row


def _group_row(scene: Scene, apart: int) -> str:
    row = [" "] * (_TIMES + apart * len(scene.names))
    for group, first, last in scene.spans():
        left, right = _place(first, apart) - apart // 2 + 1, _place(last, apart) + apart // 2 - 2
        row[left : right + 1] = f"┌{f' {group} ':─^{right - left - 1}}┐"
    return "".join(row)


def _name_row(scene: Scene, apart: int) -> str:
    cells = (f"{name if len(name) < apart else name[: apart - 2] + '…':^{apart}}" for name in scene.names)
    return " " * _TIMES + "".join(cells)


def _arrow_row(scene: Scene, arrow: Arrow, apart: int) -> str:
    row = _timed(scene, arrow, apart)
    left, right = sorted((_place(arrow.start, apart), _place(arrow.end, apart)))
    line, room = "·" if arrow.silent else "─", right - left - 1
    for x in range(left + 1, right):
        row[x] = "┼" if row[x] == "│" and not arrow.silent else line
    row[right - 1 if arrow.end > arrow.start else left + 1] = ">" if arrow.end > arrow.start else "<"
    label = f" {arrow.label} " if len(arrow.label) <= room - 4 else f" {arrow.label[: room - 5]}… "
    at = left + 1 + (room - len(label)) // 2
    row[at : at + len(label)] = label
    return "".join(row)


def _self_row(scene: Scene, arrow: Arrow, apart: int) -> str:
    row = _timed(scene, arrow, apart)
    at = _place(arrow.start, apart) + 1
    room = apart - 2 if arrow.start < len(scene.names) - 1 else _WIDEST
    label = f"⟲ {arrow.label}"
    label = label if len(label) <= room else label[: room - 1] + "…"
    row[at : at + len(label)] = label
    return "".join(row)


def _timed(scene: Scene, arrow: Arrow, apart: int) -> list[str]:
    """A row of stems with the time of an arrow."""
    row = _stems(scene, apart)
    time = f"{arrow.t_us / 1000:{_TIMES - 2}.2f}"
    row[: len(time)] = time
    return row
