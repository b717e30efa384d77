"""A page for every kind: options, knobs, needs and slots of each type, and the ready-made scenarios."""

from collections.abc import Iterator, Mapping, Sequence

from markdown import code, table

from pgcore.catalog import KINDS, Catalog
from pgcore.plugins.sheets import Line, Sheet, sheet
from pgcore.spec.records import fields_of, named

TITLES = {"vertical": "Vertical protocols", "horizontal": "Horizontal protocols", "network": "Network sources", "profile": "Profile sources"}


def catalog_pages(catalog: Catalog) -> Mapping[str, str]:
    """The pages by file name."""
    pages = {f"{kind}.md": _page(catalog, kind) for kind in KINDS if kind != "scenario"}
    return {**pages, "scenario.md": _scenarios(catalog)}


def _page(catalog: Catalog, kind: str) -> str:
    parts = [
        f"# {TITLES.get(kind, f'{kind.capitalize()}s')}",
        "Made from the code of the installed plugins; `pgcore plugins show TYPE` prints the same.",
        f"To write one, begin with `pgcore new-plugin NAME --kind {kind}`; what it has to implement is in [contracts](../contracts.md).",
    ]
    if not catalog.names(kind):
        parts.append("No plugin that is installed here provides one.")
    for name, thing in catalog.types(kind).items():
        parts += [*_section(sheet(kind, thing), _types(thing)), f"Provided by {catalog.provenance(kind, name).distribution}."]
    return "\n\n".join(parts) + "\n"


def _scenarios(catalog: Catalog) -> str:
    rows = [
        (code(name), ", ".join(f"{key}={value}" for key, value in found.params.items()), found.doc, catalog.provenance("scenario", name).distribution)
        for name, found in catalog.scenarios().items()
    ]
    intro = "Ready-made specs. `pgcore scenarios copy NAME` writes one to a file; `--set` gives values to its parameters."
    return "\n\n".join(["# Scenarios", intro, table(("scenario", "parameters", "what it is", "from"), rows)]) + "\n"


def _types(thing: type) -> Mapping[str, str]:
    """What each option of a class takes, in words."""
    return {field.alias or field.name: named(field.type) for field in fields_of(thing)}


def _section(found: Sheet, types: Mapping[str, str]) -> Iterator[str]:
    """The blocks of one class."""
    yield f"## {found.type}"
    yield f"```text\n{found.doc}\n```" if "\n" in found.doc else found.doc
    if found.places:
        yield "Placed at: " + ", ".join(found.places) + "."
    if found.options:
        rows = [(code(o.name), types[o.name], o.unit, o.bounds, "required" if o.required else code(o.default), o.doc) for o in found.options]
        yield table(("option", "value", "unit", "expected", "default", "meaning"), rows)
    for heading, lines in {"knob": found.knobs, "need": found.needs}.items():
        if lines:
            yield table((heading, "unit", "from", "to", "default", "meaning"), [(*_cells(line)[:4], _default(line), line.doc) for line in lines])
    if found.slots:
        yield table(("slot", "unit", "from", "to", "meaning"), [_cells(line) for line in found.slots])


def _cells(line: Line) -> Sequence[str]:
    return (code(line.name), line.unit, str(line.low), str(line.high), line.doc)


def _default(line: Line) -> str:
    return "required" if line.default is None else str(line.default)
