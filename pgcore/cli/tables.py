"""Tables: the plain look that all of them share in a terminal."""

from rich.table import Column, Table


def plain_table(*headings: str | Column) -> Table:
    """A table without lines, with a heading for each column."""
    return Table(*headings, box=None, pad_edge=False, padding=(0, 2, 0, 0))
