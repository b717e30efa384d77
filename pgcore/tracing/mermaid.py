"""Mermaid: a scene as a Mermaid sequence diagram."""

import re
from collections.abc import Iterator

from pgcore.tracing.scene import Scene


def mermaid(scene: Scene) -> str:
    """A scene as text that Mermaid draws; silences are dashed and end in a cross."""
    return "\n".join(_lines(scene)) + "\n"


def _lines(scene: Scene) -> Iterator[str]:
    yield "---"
    yield f'title: "{_plain(scene.title)}"'
    yield "---"
    yield "sequenceDiagram"
    yield from _participants(scene)
    for arrow in scene.arrows:
        line = "--x" if arrow.silent else "->>"
        yield f"    a{arrow.start}{line}a{arrow.end}: {_plain(arrow.label)}"
    if scene.names and scene.notes:
        yield f"    note over a0: {'<br/>'.join(map(_plain, scene.notes))}"


def _participants(scene: Scene) -> Iterator[str]:
    starts = {first: group for group, first, _ in scene.spans()}
    ends = {last for _, _, last in scene.spans()}
    for i, name in enumerate(scene.names):
        if i in starts:
            yield f"    box {_plain(starts[i])}"
        yield f"    participant a{i} as {_plain(name)}"
        if i in ends:
            yield "    end"


def _plain(text: str) -> str:
    """Text in which nothing means something to Mermaid."""
    return re.sub(r"[^\w .,:()*/+-]", lambda found: f"#{ord(found[0])};", text)
