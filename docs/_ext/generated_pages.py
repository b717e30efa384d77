"""Reference pages made at build time from the installed code, so that they cannot fall behind it."""

from pathlib import Path
from typing import Any

from catalog_pages import catalog_pages
from cli_page import cli_page
from sphinx.application import Sphinx

from pgcore.catalog import Catalog

FOLDER = "reference/generated"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_pages)
    return {"version": "1", "parallel_read_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write every page that has changed; pages of what is gone are removed."""
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.discover({"PGCORE_PLUGINS_STRICT": "1"})
    pages = {**catalog_pages(catalog), "cli.md": cli_page()}
    for stale in folder.glob("*.md"):
        if stale.name not in pages:
            stale.unlink()
    for name, text in pages.items():
        target = folder / name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
