"""Catalog: what all installed plugins provide, with provenance and with what failed to load."""

import difflib
import os
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from attrs import field, frozen

from pgcore.contracts.scenario import Scenario
from pgcore.plugins import loading
from pgcore.plugins.contributions import KINDS, Contribution, collect
from pgcore.plugins.firstparty import DISTRIBUTIONS
from pgcore.plugins.loading import STRICT, Broken, Loading, PluginError, Provenance, broken

if TYPE_CHECKING:
    import builtins

__all__ = ["KINDS", "Broken", "Catalog", "ConflictingType", "Entry", "PluginError", "Provenance", "UnknownType"]


class UnknownType(LookupError):
    """No installed plugin provides this type. ``kind``, ``type``, ``close`` (best matches first), ``known`` and ``hint`` hold the parts."""

    def __init__(self, kind: str, type: str, known: Iterable[str] = (), hint: str = "") -> None:
        self.kind, self.type, self.known, self.hint = kind, type, tuple(sorted(known)), hint
        self.close = tuple(difflib.get_close_matches(str(type), self.known, n=3, cutoff=0.6))
        super().__init__(self._said())

    def __reduce__(self) -> tuple["builtins.type[UnknownType]", tuple[str, str, tuple[str, ...], str]]:
        return self.__class__, (self.kind, self.type, self.known, self.hint)

    def _said(self) -> str:
        what = "scenario" if self.kind == "scenario" else f"{self.kind} type"
        meant = f"; did you mean {' or '.join(map(repr, self.close))}?" if self.close else "."
        known = f" Known: {', '.join(self.known) or 'none'}."
        return f"unknown {what} {self.type!r}{meant}{known}" + (f" {self.hint[0].upper()}{self.hint[1:]}" if self.hint else "")


class ConflictingType(UnknownType):
    """Two plugins provide this type, so that neither can be meant."""

    def _said(self) -> str:
        return self.hint


@frozen
class Entry:
    """One thing in the catalog: a class, or a scenario, and where it comes from."""

    thing: Any
    provenance: Provenance


@frozen
class Catalog:
    """What plugins provide, by kind and type. Make one with :meth:`discover` or, in tests, with :meth:`of`.

    >>> from pgcore.catalog import Catalog
    >>> Catalog.of().types("device")
    mappingproxy({})
    """

    _entries: Mapping[str, Mapping[str, Entry]] = field(repr=False)
    _conflicts: Mapping[tuple[str, str], Broken] = field(factory=dict, repr=False)
    plugins: tuple[Provenance, ...] = ()
    """Every plugin that was loaded, the core's own first."""
    broken: tuple[Broken, ...] = ()
    """Everything that failed, in the order in which it was met."""
    left_out: tuple[Provenance, ...] = ()
    """Installed plugins that the allow-list ``PGCORE_PLUGINS`` kept from loading."""

    @classmethod
    def discover(
        cls, environ: Mapping[str, str] = os.environ, found: Iterable[EntryPoint] | None = None, kinds: Collection[str] = KINDS
    ) -> "Catalog":
        """The catalog of the installed plugins.

        Args:
            environ: where ``PGCORE_PLUGINS`` (allow-list of entry-point names) and ``PGCORE_PLUGINS_STRICT`` are read from.
            found: entry points to use instead of those of the installed distributions.
            kinds: what to ask plugins for. What is not asked for is not imported: a process of agents needs no backend.

        Raises:
            PluginError: a plugin is broken and ``PGCORE_PLUGINS_STRICT`` is 1.
        """
        catalog = cls._from(loading.installed(environ, found), kinds)
        if catalog.broken and environ.get(STRICT, "") not in ("", "0"):
            raise PluginError(catalog.broken[0])
        return catalog

    @classmethod
    def of(cls, *objects: object) -> "Catalog":
        """A hermetic catalog: it holds what the given modules or objects register, and discovers nothing."""
        return cls._from(loading.given(objects))

    @classmethod
    def _from(cls, loaded: Loading, kinds: Collection[str] = KINDS) -> "Catalog":
        given, failures = collect(loaded.plugins, kinds)
        entries, conflicts = _entered(given)
        origins = tuple(plugin.provenance for plugin in loaded.plugins)
        return cls(entries, conflicts, origins, (*loaded.broken, *failures, *conflicts.values()), loaded.left_out)

    def get(self, kind: str, type: str) -> "builtins.type":
        """The class that provides ``type``.

        Raises:
            UnknownType: no plugin provides it, or (:class:`ConflictingType`) two do.
            ValueError: there is no such kind.
        """
        return cast("builtins.type", self._entry(kind, type).thing)

    def types(self, kind: str) -> Mapping[str, type]:
        """The classes of one kind by type, in alphabetical order.

        Raises:
            ValueError: there is no such kind.
        """
        return MappingProxyType({name: entry.thing for name, entry in self._of_kind(kind).items()})

    def scenario(self, name: str) -> Scenario:
        """The ready-made spec of that name.

        Raises:
            UnknownType: no plugin provides it.
        """
        found: Scenario = self._entry("scenario", name).thing
        return found

    def scenarios(self) -> Mapping[str, Scenario]:
        """The ready-made specs by name."""
        return MappingProxyType({name: entry.thing for name, entry in self._of_kind("scenario").items()})

    def names(self, kind: str) -> tuple[str, ...]:
        """The types of one kind (for ``scenario``: the names), in alphabetical order.

        Raises:
            ValueError: there is no such kind.
        """
        return tuple(self._of_kind(kind))

    def provenance(self, kind: str, type: str) -> Provenance:
        """Which plugin provides ``type``.

        Raises:
            UnknownType: none does.
        """
        return self._entry(kind, type).provenance

    def _of_kind(self, kind: str) -> Mapping[str, Entry]:
        if kind not in KINDS:
            raise ValueError(f"there is no kind {kind!r}; the kinds are: {', '.join(KINDS)}")
        return self._entries.get(kind, {})

    def _entry(self, kind: str, type: str) -> Entry:
        entries = self._of_kind(kind)
        if (kind, type) in self._conflicts:
            raise ConflictingType(kind, type, entries, self._conflicts[kind, type].error)
        if type not in entries:
            raise UnknownType(kind, type, entries, self._hint(kind, type))
        return entries[type]

    def _hint(self, kind: str, type: str) -> str:
        """What to do about a missing type: mend or allow the plugin that should have provided it, or install it."""
        home = DISTRIBUTIONS.get((kind, type), "")
        suspects = [b for b in self.broken if b.stage != "conflict" and home in ("", b.distribution)]
        if suspects:
            return "a plugin that may provide it failed: " + "; ".join(map(str, suspects))
        if any(home == origin.distribution for origin in self.left_out if home):
            return f"it comes with {home}, which {loading.ALLOW} leaves out"
        if home in {origin.distribution for origin in self.plugins}:
            return f"it comes with a newer {home}: pip install --upgrade {home}" if home else ""
        return f"it comes with {home}: pip install {home}" if home else ""


def _entered(given: Iterable[Contribution]) -> tuple[dict[str, dict[str, Entry]], dict[tuple[str, str], Broken]]:
    """Sort contributions into entries by kind and type; of a type that is contributed twice neither is usable."""
    entries: dict[str, dict[str, Entry]] = {}
    conflicts: dict[tuple[str, str], Broken] = {}
    for one in sorted(given, key=lambda c: (c.kind, c.type)):
        entry = Entry(one.thing, one.provenance)
        first = entries.setdefault(one.kind, {}).setdefault(one.type, entry)
        if first is not entry:
            conflicts[one.kind, one.type] = broken(one.provenance, "conflict", _clash(one, first))
    for kind, type in conflicts:
        del entries[kind][type]
    return entries, conflicts


def _clash(one: Contribution, first: Entry) -> str:
    if first.provenance == one.provenance:
        return f"{one.provenance} provides the {one.kind} {one.type!r} twice; drop one of the two"
    return (
        f"the {one.kind} {one.type!r} is provided by both {first.provenance} and {one.provenance}; uninstall one, "
        f"or name the plugins to load in {loading.ALLOW}"
    )
