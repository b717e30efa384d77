"""Reference pages made at build time from the installed catalog: one a kind, so that they cannot fall behind the code."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from pgcore.catalog import KINDS, Catalog
from pgcore.sheets import Line, Sheet, sheet

FOLDER = "reference/generated"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"version": "1", "parallel_read_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write a page for every kind of which something is installed; pages of kinds that are gone are removed."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.discover({"PGCORE_PLUGINS_STRICT": "1"})
    pages = {f"{kind}.md": page(catalog, kind) for kind in KINDS if kind != "scenario" and catalog.names(kind)}
    for stale in folder.glob("*.md"):
        if stale.name not in pages:
            stale.unlink()
    for name, text in pages.items():
        target = folder / name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def page(catalog: Catalog, kind: str) -> str:
    """The Markdown page of one kind."""
    title = "Vertical protocols" if kind == "vertical" else "Horizontal protocols" if kind == "horizontal" else f"{kind.capitalize()}s"
    parts = [f"# {title}", "Made from the code of the installed plugins; `pgcore plugins show TYPE` prints the same."]
    for name, thing in catalog.types(kind).items():
        parts += [*section(sheet(kind, thing)), f"Provided by {catalog.provenance(kind, name).distribution}."]
    return "\n\n".join(parts) + "\n"


def section(found: Sheet) -> Iterator[str]:
    """The blocks of one class."""
    yield f"## {found.type}"
    yield f"```text\n{found.doc}\n```" if "\n" in found.doc else found.doc
    if found.places:
        yield "Placed at: " + ", ".join(found.places) + "."
    headings = ("option", "type", "unit", "expected", "default", "meaning")
    rows = [(f"`{o.name}`", o.type, o.unit, o.bounds, "required" if o.required else o.default, o.doc) for o in found.options]
    yield from table(headings, rows)
    for heading, lines in {"knob": found.knobs, "need": found.needs, "slot": found.slots}.items():
        yield from table((heading, "unit", "from", "to", "default", "meaning"), [cells(line) for line in lines])


def cells(line: Line) -> tuple[str, ...]:
    """A knob, need or slot as a row."""
    default = "" if line.default is None else str(line.default)
    return (f"`{line.name}`", line.unit, str(line.low), str(line.high), default, line.doc)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table, or nothing for no rows."""
    if not rows:
        return
    lines = [headings, ["---"] * len(headings), *rows]
    yield "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") for cell in row) + " |" for row in lines)
