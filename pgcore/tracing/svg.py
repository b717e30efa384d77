"""SVG: a scene as a picture."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from pgcore.tracing.scene import Arrow, Scene

_LEFT, _TOP, _ROW = 70, 100, 26
"""Room for times, for the title and names, and for an arrow, in px."""
_LETTER = 7.0
"""Width of a letter at 12 px, roughly."""
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222} .title{font-size:15px;font-weight:600} .mid{text-anchor:middle}"
    " .time,.note{fill:#666;font-size:11px} .time{text-anchor:end} .stem{stroke:#aaa;stroke-dasharray:3 3}"
    " .arrow{stroke:#0072B2;stroke-width:1.4;fill:none;marker-end:url(#head)}"
    " .silent{stroke:#A50026;stroke-dasharray:4 4} .box{fill:#fff;stroke:#444} .group{fill:#F0F4F8}"
)
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="#333"/></marker></defs>'
)


def svg(scene: Scene) -> str:
    """A scene as an SVG document; silences are dashed and red."""
    apart = max([110.0, *(_LETTER * len(name) + 24 for name in scene.names), *_between(scene)])
    width = max(
        _LEFT + apart * len(scene.names) + _overhang(scene, apart), 24 + 9 * len(scene.title), *(30 + _LETTER * len(note) for note in scene.notes), 0
    )
    foot = _TOP + _ROW * (len(scene.arrows) + 1)
    height = foot + 20 * len(scene.notes) + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            f"<title>{escape(scene.title)}</title><style>{_STYLE}</style>{_HEAD}",
            '<rect width="100%" height="100%" fill="#fff"/>',
            f'<text x="12" y="26" class="title">{escape(scene.title)}</text>',
            *_groups(scene, apart, foot),
            *_stems(scene, apart, foot),
            *(line for row, arrow in enumerate(scene.arrows) for line in _arrow(arrow, apart, _TOP + _ROW * (row + 1))),
            *(f'<text x="12" y="{foot + 20 * (i + 1):.0f}" class="note">{escape(note)}</text>' for i, note in enumerate(scene.notes)),
            "</svg>\n",
        ]
    )


def _between(scene: Scene) -> Iterator[float]:
    for arrow in scene.arrows:
        if arrow.start != arrow.end:
            yield (_LETTER * len(arrow.label) + 30) / abs(arrow.end - arrow.start)


def _overhang(scene: Scene, apart: float) -> float:
    """How far the labels of arrows of the last lifeline to itself reach beyond its column."""
    own = [_LETTER * len(arrow.label) + 40 - apart / 2 for arrow in scene.arrows if arrow.start == arrow.end == len(scene.names) - 1]
    return max([0.0, *own])


def _x(i: int, apart: float) -> float:
    return _LEFT + apart * (i + 0.5)


def _groups(scene: Scene, apart: float, foot: float) -> Iterator[str]:
    for group, first, last in scene.spans():
        left, wide = _x(first, apart) - apart / 2 + 4, apart * (last - first + 1) - 8
        yield f'<rect x="{left:.1f}" y="42" width="{wide:.1f}" height="{foot - 42:.1f}" rx="6" class="group"/>'
        yield f'<text x="{left + wide / 2:.1f}" y="58" class="mid">{escape(group)}</text>'


def _stems(scene: Scene, apart: float, foot: float) -> Iterator[str]:
    for i, name in enumerate(scene.names):
        x, half = _x(i, apart), _LETTER * len(name) / 2 + 8
        yield f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{foot}" class="stem"/>'
        yield f'<rect x="{x - half:.1f}" y="{_TOP - 34}" width="{2 * half:.1f}" height="26" rx="4" class="box"/>'
        yield f'<text x="{x:.1f}" y="{_TOP - 17}" class="mid">{escape(name)}</text>'


def _arrow(arrow: Arrow, apart: float, y: float) -> Iterator[str]:
    start, end = _x(arrow.start, apart), _x(arrow.end, apart)
    kind = "arrow silent" if arrow.silent else "arrow"
    yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" class="time">{arrow.t_us / 1000:.2f} ms</text>'
    if arrow.start == arrow.end:
        yield f'<path d="M{start:.1f} {y - 6:.1f}h18v10h-18" class="{kind}"/><text x="{start + 24:.1f}" y="{y + 3:.1f}">{escape(arrow.label)}</text>'
        return
    yield f'<line x1="{start:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}" class="{kind}"><title>{arrow.bytes} bytes</title></line>'
    yield f'<text x="{(start + end) / 2:.1f}" y="{y - 5:.1f}" class="mid">{escape(arrow.label)}</text>'
