"""Doctor: what is wrong with the installed plugins, and how to mend it."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

from attrs import frozen

from pgcore.plugins.ailments import Trouble, ailment
from pgcore.plugins.compatibility import CORE, asked, unmet
from pgcore.plugins.loading import ALLOW, BUILTIN, STRICT, Provenance, allowed_names, core_version, origin_of
from pgcore.testing.checks import Breach
from pgcore.testing.imports import MOST_S, Cost, cost

if TYPE_CHECKING:
    from pgcore.catalog import Catalog


@frozen
class Examined:
    """What was found out about one plugin."""

    plugin: str
    distribution: str
    version: str
    requires: str
    """What it asks of the core's version; empty where it says nothing."""
    fits: bool
    """Whether the installed core is what it asks for."""
    import_s: float | None
    """Processor time that its entry module takes to import, in a fresh process; ``None`` where it was not imported."""
    heavy: tuple[str, ...]
    """Heavy libraries that come with it."""
    provides: Mapping[str, tuple[str, ...]]
    """Its types (scenarios: names) by kind."""
    commands: tuple[str, ...]
    left_out: bool
    troubles: tuple[Trouble, ...]

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.left_out:
            return "left out"
        if any(trouble.grave for trouble in self.troubles):
            return "to mend"
        return "see below" if self.troubles else "well"


@frozen
class Diagnosis:
    """What was found out about all of them."""

    core: str
    plugins: tuple[Examined, ...]
    troubles: tuple[Trouble, ...]
    """What is wrong with the environment rather than with one plugin."""

    @property
    def grave(self) -> int:
        """How many things are wrong; what is merely slow or left unsaid does not count."""
        return sum(trouble.grave for trouble in (*self.troubles, *(t for plugin in self.plugins for t in plugin.troubles)))


def examined(
    catalog: "Catalog",
    points: Iterable[EntryPoint],
    environ: Mapping[str, str],
    added: Sequence[tuple[str, Provenance]] = (),
    own: Collection[str] = (),
) -> Diagnosis:
    """Examine the plugins that entry points lead to. Each one's entry module is imported in a process of its own, to take the time.

    Args:
        catalog: what came of loading them.
        points: the entry points.
        environ: where the allow-list and strict mode were read from.
        added: the commands that plugins add, in the order in which they are asked, each with its plugin.
        own: commands of the core, which plugins cannot replace.
    """
    found = sorted(points, key=lambda point: (point.name != BUILTIN, point.name, point.value))
    shadowed = dict(_shadowed(added, own))
    plugins = tuple(_examined(point, catalog, added, shadowed) for point in found)
    return Diagnosis(core_version() or "", plugins, (*_namesakes(found), *_misspelt(environ, {point.name for point in found})))


def _examined(
    point: EntryPoint, catalog: "Catalog", added: Sequence[tuple[str, Provenance]], shadowed: Mapping[tuple[str, Provenance], str]
) -> Examined:
    origin = origin_of(point)
    requires = (point.dist.requires if point.dist else None) or []
    left_out, fits = origin in catalog.left_out, unmet(requires, core_version() or "") is None
    paid = _paid(point) if fits and not left_out else None
    commands = [name for name, given_by in added if given_by == origin]
    troubles = [
        *(ailment(broken, point.module) for broken in catalog.broken if (broken.plugin, broken.distribution) == (origin.plugin, origin.distribution)),
        *(Trouble(shadowed[name, origin], "its author should call it something else") for name in commands if (name, origin) in shadowed),
        *_slow(point.module, paid),
        *_unsaid(origin, asked(requires)),
    ]
    return Examined(
        *(origin.plugin, origin.distribution, origin.version, asked(requires) or "", fits),
        import_s=paid.seconds if paid else None,
        heavy=tuple(paid.heavy) if paid else (),
        provides=_provided(catalog, origin),
        commands=tuple(commands),
        left_out=left_out,
        troubles=tuple(troubles),
    )


def _paid(point: EntryPoint) -> Cost | None:
    """What importing the entry module costs; ``None`` where it cannot be imported, of which the catalog tells."""
    try:
        return cost(point.module, str(point.dist.locate_file("")) if point.dist else "")
    except Breach:
        return None


def _provided(catalog: "Catalog", origin: Provenance) -> Mapping[str, tuple[str, ...]]:
    from pgcore.catalog import KINDS

    given = {kind: tuple(name for name in catalog.names(kind) if catalog.provenance(kind, name) == origin) for kind in KINDS}
    return {kind: names for kind, names in given.items() if names}


def _slow(module: str, paid: Cost | None) -> Iterator[Trouble]:
    if paid is None or not (paid.heavy or paid.seconds > MOST_S):
        return
    along = f" and brings along {', '.join(paid.heavy)}" if paid.heavy else f", expected at most {MOST_S:g} s"
    said = f"importing {module} takes {paid.seconds:.2f} s of processor time{along}; every command that looks for plugins waits for it"
    yield Trouble(said, "its author should import what is heavy inside the hook that needs it", grave=False)


def _unsaid(origin: Provenance, requires: str | None) -> Iterator[Trouble]:
    if requires is None and origin.plugin != BUILTIN:
        yield Trouble("it does not say which core it is made for", f'its author should add "{CORE}>=0.1,<1" to its dependencies', grave=False)


def _shadowed(added: Sequence[tuple[str, Provenance]], own: Collection[str]) -> Iterator[tuple[tuple[str, Provenance], str]]:
    """For each command that cannot be called, why."""
    first: dict[str, Provenance] = {}
    for name, origin in added:
        if name in own:
            yield (name, origin), f"its command {name!r} cannot be called: pgcore has one of that name itself"
        elif first.setdefault(name, origin) != origin:
            yield (name, origin), f"its command {name!r} cannot be called: {first[name]} has one of that name too, and comes first"


def _namesakes(points: Sequence[EntryPoint]) -> Iterator[Trouble]:
    for name in sorted({point.name for point in points}):
        homes = [origin_of(point).distribution for point in points if point.name == name]
        if len(homes) > 1:
            yield Trouble(f"{' and '.join(homes)} both call their plugin {name!r}: {ALLOW} cannot tell them apart", "uninstall one of them")


def _misspelt(environ: Mapping[str, str], names: Collection[str]) -> Iterator[Trouble]:
    """What is wrong with the environment variables about plugins."""
    for name in sorted(allowed_names(environ) - set(names)):
        yield Trouble(f"{ALLOW} names {name!r}, and there is no such plugin{_meant(name, names)}", f"installed are: {', '.join(sorted(names))}")
    if environ.get(STRICT, "") not in ("", "0", "1"):
        yield Trouble(f"{STRICT} is {environ[STRICT]!r}, which counts as 1", f"set it to 1, or to 0: {STRICT}=0")
    for variable in sorted(environ):
        if variable.startswith("PGCORE_PLUGIN") and variable not in (ALLOW, STRICT):
            yield Trouble(f"{variable} is set and means nothing{_meant(variable, (ALLOW, STRICT))}", f"the variables are {ALLOW} and {STRICT}")


def _meant(found: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(found, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
