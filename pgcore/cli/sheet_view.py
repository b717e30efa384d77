"""How a sheet looks in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from pgcore.cli.tables import plain_table
from pgcore.plugins.loading import Provenance
from pgcore.plugins.sheets import Line, Option, Sheet


def print_sheet(page: Sheet, origin: Provenance) -> None:
    """Print heading, docstring, options and, for a device, places, knobs, needs and slots."""
    console = Console()
    console.print(f"[bold]{page.kind} {page.type}[/bold]  [dim]{escape(str(origin))}[/dim]")
    console.print(escape(_reflowed(page.doc)), highlight=False)
    if page.places:
        console.print(f"\nplaced at: {', '.join(page.places)}")
    _print_options(console, page.options)
    for heading, lines in {"knobs": page.knobs, "needs": page.needs, "slots": page.slots}.items():
        _print_lines(console, heading, lines)
    console.print()


def _reflowed(doc: str) -> str:
    """Join the lines of each paragraph, so that the terminal wraps them; examples, formulas and lists keep their lines."""
    paragraphs = doc.split("\n\n")
    fixed = (any(line.startswith((" ", ">>>", "*", "-")) for line in p.splitlines()) for p in paragraphs)
    return "\n\n".join(p if keep else p.replace("\n", " ") for p, keep in zip(paragraphs, fixed, strict=True))


def _print_options(console: Console, options: Sequence[Option]) -> None:
    if not options:
        console.print("\nno options")
        return
    table = _table("option", "type", "unit", "expected", "default", "meaning")
    for option in options:
        default = "required" if option.required else option.default
        table.add_row(*map(escape, (option.name, option.type, option.unit, option.bounds, default, option.doc)))
    console.print(table)


def _print_lines(console: Console, heading: str, lines: Sequence[Line]) -> None:
    if not lines:
        return
    table = _table(heading, "unit", "from", "to", "default", "meaning")
    for line in lines:
        default = "" if line.default is None else line.default
        table.add_row(*(escape(str(cell)) for cell in (line.name, line.unit, line.low, line.high, default, line.doc)))
    console.print(table)


def _table(*headings: str) -> Table:
    first, *others = headings
    return plain_table(Column(first, no_wrap=True), *others)
