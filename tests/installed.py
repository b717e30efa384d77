"""Pretend distributions: real metadata and modules in a temporary folder, found the way that installed ones are."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path
from textwrap import dedent


class Site:
    """A folder like ``site-packages`` into which tests install plugins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, source: str, *, version: str = "1.0", requires: str = "", value: str = "") -> None:
        """Install the distribution ``pgcore-{name}`` with one module ``fake_{name}`` and an entry point ``name`` that leads to it."""
        (self.folder / f"fake_{name}.py").write_text(dedent(source), encoding="utf-8")
        info = self.folder / f"pgcore_{name}-{version}.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pgcore-{name}\nVersion: {version}\n{needs}", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[pgcore]\n{name} = {value or f'fake_{name}'}\n", encoding="utf-8")

    def found(self) -> list[EntryPoint]:
        """The entry points of what was installed here, and of nothing else."""
        return [point for dist in self._distributions() for point in dist.entry_points]

    def _distributions(self) -> Iterator[Distribution]:
        return iter(distributions(path=[str(self.folder)]))


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A :class:`Site` whose modules can be imported inside the block, and are forgotten after it."""
    sys.path.insert(0, str(folder))
    try:
        yield Site(folder)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.startswith("fake_")]:
            del sys.modules[name]
