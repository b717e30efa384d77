"""pgcore: control power grids with many agents, from one declarative spec."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pgcore.adapters.pettingzoo import make_env as make_env
    from pgcore.adapters.vector import make_vec as make_vec
    from pgcore.catalog import Catalog as Catalog
    from pgcore.hookspecs import hookimpl as hookimpl
    from pgcore.spec.load import load_spec as load_spec

__all__ = ["Catalog", "hookimpl", "load_spec", "make_env", "make_vec"]

_HOMES = {
    "Catalog": "pgcore.catalog",
    "hookimpl": "pgcore.hookspecs",
    "load_spec": "pgcore.spec.load",
    "make_env": "pgcore.adapters.pettingzoo",
    "make_vec": "pgcore.adapters.vector",
}
"""Where each public name lives: it is imported on first use, so that ``import pgcore`` costs next to nothing."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pgcore' has no attribute {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
