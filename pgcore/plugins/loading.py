"""Plugins: find them, load each in isolation, and call their hooks so that a failure becomes data instead of an exception."""

import difflib
import inspect
import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any, TypeVar

import pluggy
from attrs import field, frozen

from pgcore import hookspecs
from pgcore.hookspecs import GROUP
from pgcore.plugins import compatibility

ALLOW = "PGCORE_PLUGINS"
"""Environment variable: comma-separated entry-point names; only these plugins (and the core's own) are loaded."""

STRICT = "PGCORE_PLUGINS_STRICT"
"""Environment variable: ``1`` makes a broken plugin raise instead of being listed."""

BUILTIN = "builtin"
"""Entry-point name of what the core itself provides."""

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith(f"{GROUP}_"))
"""The names of all hooks."""

T = TypeVar("T")


@frozen
class Provenance:
    """Where something comes from: the ``plugin`` (its entry-point name), its ``distribution`` and that one's ``version``.

    Objects that were handed in rather than discovered have no distribution and no version.
    """

    plugin: str
    distribution: str = ""
    version: str = ""

    def __str__(self) -> str:
        origin = " ".join(part for part in (self.distribution, self.version) if part)
        return f"plugin {self.plugin!r} ({origin})" if origin else f"plugin {self.plugin!r}"


@frozen
class Broken:
    """One thing that failed in a plugin; what else the plugin provides stays usable."""

    plugin: str
    distribution: str
    version: str
    stage: str
    """``requires``, ``import``, ``hooks``, ``conflict``, or the name of the hook that failed."""
    error: str
    traceback: str = ""
    """Empty when the plugin raised nothing itself."""

    def __str__(self) -> str:
        return f"{Provenance(self.plugin, self.distribution, self.version)} is broken ({self.stage}): {self.error}"


class PluginError(RuntimeError):
    """A plugin is broken and strict mode was asked for. ``broken`` holds the parts."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(f"{broken}\n{broken.traceback}".rstrip())
        self.broken = broken

    def __reduce__(self) -> tuple[type["PluginError"], tuple[Broken]]:
        return type(self), (self.broken,)


class Faulty(Exception):
    """What a plugin handed over is not what was asked for: raised by checks, and reported without a traceback."""


@frozen
class Plugin:
    """A plugin whose module (or object) has been loaded and whose hooks have the right names and arguments."""

    provenance: Provenance
    hooks: Mapping[str, Callable[..., Any]] = field(repr=False)
    """The plugin's function for each hook that it implements."""


@frozen
class Loading:
    """The outcome of loading: what works, what is broken, what the allow-list left out."""

    plugins: tuple[Plugin, ...] = ()
    broken: tuple[Broken, ...] = ()
    left_out: tuple[Provenance, ...] = ()


def attempt(origin: Provenance, stage: str, action: Callable[[], T]) -> T | Broken:
    """Run code of a plugin; whatever it raises is returned as a :class:`Broken`.

    ``SystemExit`` and other exceptions that are not ``Exception`` count as failures too: a plugin must not end its host. Only
    ``KeyboardInterrupt`` passes, because it is the user who raised it.
    """
    try:
        return action()
    except KeyboardInterrupt:
        raise
    except Faulty as error:
        return broken(origin, stage, str(error))
    except BaseException as error:  # noqa: BLE001  even SystemExit and panics of extension modules: see above
        said = "".join(traceback.format_exception_only(error)).strip()
        return broken(origin, stage, said, "".join(traceback.format_exception(error)))


def broken(origin: Provenance, stage: str, error: str, trace: str = "") -> Broken:
    """A :class:`Broken` of the plugin ``origin``."""
    return Broken(origin.plugin, origin.distribution, origin.version, stage, error, trace)


def installed(environ: Mapping[str, str] = os.environ, found: Iterable[EntryPoint] | None = None) -> Loading:
    """Load the plugins that entry points of the group ``pgcore`` name.

    Args:
        environ: where ``PGCORE_PLUGINS`` (allow-list) is read from.
        found: entry points to use instead of those of the installed distributions.
    """
    points = metadata.entry_points(group=GROUP) if found is None else [p for p in found if p.group == GROUP]
    allowed = allowed_names(environ)
    results: list[Plugin | Broken] = []
    left_out: list[Provenance] = []
    for point in sorted(points, key=lambda p: (p.name != BUILTIN, p.name, p.value)):
        origin = origin_of(point)
        if allowed and point.name not in allowed | {BUILTIN}:
            left_out.append(origin)
        else:
            results.append(_load(point, origin))
    return _sorted_out(results, left_out)


def allowed_names(environ: Mapping[str, str]) -> frozenset[str]:
    """The entry-point names on the allow-list; empty where there is none, and all plugins are loaded."""
    return frozenset(name.strip() for name in environ.get(ALLOW, "").split(",") if name.strip())


def given(objects: Iterable[object]) -> Loading:
    """Load plugins that are already there as modules or objects; nothing is discovered."""
    results = [_prepare(Provenance(_name(thing)), thing) for thing in objects]
    return _sorted_out(results, [])


def _name(thing: object) -> str:
    return thing.__name__ if isinstance(thing, ModuleType | type) else type(thing).__name__


def _sorted_out(results: Iterable[Plugin | Broken], left_out: Iterable[Provenance]) -> Loading:
    good = tuple(result for result in results if isinstance(result, Plugin))
    bad = tuple(result for result in results if isinstance(result, Broken))
    return Loading(good, bad, tuple(left_out))


def origin_of(point: EntryPoint) -> Provenance:
    """Provenance of an entry point; damaged metadata leaves the distribution unnamed rather than failing."""
    try:
        dist = point.dist
        return Provenance(point.name, (dist and dist.metadata["Name"]) or "", (dist and dist.version) or "")
    except Exception:  # noqa: BLE001  metadata that cannot be read may fail in any way
        return Provenance(point.name)


def _load(point: EntryPoint, origin: Provenance) -> Plugin | Broken:
    refusal = attempt(origin, "requires", lambda: _check_requires(point))
    if refusal is not None:
        return refusal
    thing = attempt(origin, "import", point.load)
    return thing if isinstance(thing, Broken) else _prepare(origin, thing)


def _check_requires(point: EntryPoint) -> None:
    core = core_version()
    requires = (point.dist.requires if point.dist else None) or []
    missed = compatibility.unmet(requires, core) if core else None
    if missed is not None:
        raise Faulty(
            f"it needs {compatibility.CORE} {missed}, installed is {core}; "
            f'run pip install "{compatibility.CORE}{missed}" or install a version of the plugin made for {core}'
        )


def core_version() -> str | None:
    """The version of the core that is installed; ``None`` where it is run from its source tree alone."""
    try:
        return metadata.version(compatibility.CORE)
    except metadata.PackageNotFoundError:
        return None


def _prepare(origin: Provenance, thing: object) -> Plugin | Broken:
    hooks = attempt(origin, "hooks", lambda: _hooks(thing))
    return hooks if isinstance(hooks, Broken) else Plugin(origin, hooks)


def _hooks(thing: object) -> dict[str, Callable[..., Any]]:
    """The hook functions of a plugin object, checked by pluggy.

    Each plugin gets a plugin manager of its own: what one registers, or fails to, cannot touch another.
    """
    _check_marks(thing)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(thing)
    except pluggy.PluginValidationError as error:
        raise Faulty(" ".join(str(error).split())) from error
    callers = manager.get_hookcallers(thing) or []
    _check_names(caller.name for caller in callers)
    return {caller.name: _function(caller.get_hookimpls()[0]) for caller in callers}


def _function(impl: pluggy.HookImpl) -> Callable[..., Any]:
    if impl.hookwrapper or impl.wrapper:
        raise Faulty(f"{impl.function.__name__} is a hook wrapper; hooks here only register things, so write a plain function")
    names = tuple(impl.argnames)
    return lambda **arguments: impl.function(*(arguments[name] for name in names))


def _check_marks(thing: object) -> None:
    """A function with a hook's name and no mark would be ignored without a word."""
    for name in dir(thing):
        candidate = getattr(thing, name, None)
        if name.startswith(f"{GROUP}_") and inspect.isroutine(candidate) and not hasattr(candidate, f"{GROUP}_impl"):
            raise Faulty(f"{name} is not marked as a hook; put @pgcore.hookimpl above it{_meant(name)}")


def _check_names(names: Iterable[str]) -> None:
    found = list(names)
    for name in found:
        if name not in HOOKS:
            raise Faulty(f"there is no hook {name}{_meant(name)}; the hooks are: {', '.join(HOOKS)}")
    if not found:
        raise Faulty(f"it implements no hook; mark a function with @pgcore.hookimpl and name it one of: {', '.join(HOOKS)}")


def _meant(name: str) -> str:
    close = difflib.get_close_matches(name, HOOKS, n=1)
    return f"; did you mean {close[0]}?" if close and close[0] != name else ""
