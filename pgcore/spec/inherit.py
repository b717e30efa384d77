"""``extends:``: read a spec with the file or scenario that it builds on, and the one behind that, as one document."""

from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from attrs import define, field, frozen

from pgcore.catalog import Catalog, UnknownType
from pgcore.contracts.scenario import Scenario
from pgcore.spec.documents import adopted, decoded, read
from pgcore.spec.migrate import migrate
from pgcore.spec.problems import Problem, SpecError, did_you_mean, shown
from pgcore.spec.sources import Document, Source, locate

MAX_PARENTS = 16
"""Longest chain of ``extends:``."""


@frozen
class Origin:
    """One link of the chain: what it holds, what relative names start from, and a key that is the same for the same file."""

    key: str
    source: Source
    data: Mapping[str, Any] | None = None


@define
class Chain:
    """Reads a spec and its parents, the child first. ``params`` are values for parameters of the scenarios met on the way."""

    catalog: Catalog
    params: Mapping[str, Any]
    used: set[str] = field(factory=set)
    """Names of the parameters that some scenario took."""
    problems: list[Problem] = field(factory=list)

    def read(self, given: str | File | Mapping[str, Any]) -> Document:
        """The merged document.

        Raises:
            SpecError: the spec or a parent cannot be read at all, or the chain does not end.
        """
        origin: Origin | None = self.first(given)
        seen: list[str] = []
        layers: list[dict[str, Any]] = []
        sources: list[Source] = []
        while origin is not None:
            seen.append(origin.key)
            layer = self.layer(origin)
            sources.append(origin.source)
            origin = self.parent(layer, origin.source, seen)
            layers.append({key: value for key, value in layer.items() if key != "extends"})
        merged: dict[str, Any] = {}
        for layer in reversed(layers):
            merged = overlaid(merged, layer)
        return Document(merged, tuple(source for source in sources if source.file))

    def layer(self, origin: Origin) -> dict[str, Any]:
        source = origin.source
        found, problems = read(source) if origin.data is None else adopted(origin.data, source.folder)
        if not isinstance(found, dict):
            what = "an empty file" if found is None and not problems else shown(found)
            hint = "a spec starts with:\n  spec: 1\n  network: ..." if found is None else ""
            wrong = Problem((), found=what, expected="a mapping with spec, network, agents, ...", hint=hint)
            raise SpecError(problems or locate([wrong], Document({}, (source,))))
        document, outdated = migrate(found)
        self.problems += [*problems, *locate(outdated, Document({}, (source,)))]
        return document

    def parent(self, layer: Mapping[str, Any], source: Source, seen: list[str]) -> Origin | None:
        """Where the layer's ``extends:`` leads; a dead end is fatal, since every later problem would follow from it."""
        if "extends" not in layer:
            return None
        name = layer["extends"]
        wrong: Problem | None = None
        if not isinstance(name, str):
            wrong = Problem(("extends",), found=shown(name), expected="one file name, relative to this file, or the name of a scenario")
        elif len(seen) > MAX_PARENTS:
            wrong = Problem(("extends",), "the chain of parents is too long", found=f"{len(seen)} files", expected=f"at most {MAX_PARENTS} parents")
        else:
            try:
                origin = self.named(name, source.folder)
            except _Missing as missing:
                wrong = missing.problem(("extends",))
            else:
                if origin.key not in seen:
                    return origin
                loop = " -> ".join([*seen[seen.index(origin.key) :], origin.key])
                wrong = Problem(("extends",), f"a spec cannot extend itself: {loop}", hint="remove one of these extends")
        raise SpecError([*self.problems, *locate([wrong], Document({}, (source,)))])

    def first(self, given: str | File | Mapping[str, Any]) -> Origin:
        if isinstance(given, Mapping):
            return Origin("a mapping", Source("", "", File.cwd()), given)
        try:
            return self.file(given) if isinstance(given, File) else self.named(given, File())
        except _Missing as missing:
            raise SpecError([missing.problem(())]) from missing

    def named(self, name: str, folder: File) -> Origin:
        scenarios = self.catalog.scenarios()
        if name in scenarios:
            return self.scenario(scenarios[name])
        if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")) or (folder / name).is_file():
            return self.file(folder / name)
        try:
            self.catalog.scenario(name)
        except UnknownType as unknown:
            raise _Missing(f"there is no file {name!r} and {unknown}", "") from unknown
        raise AssertionError(name)

    def file(self, path: File) -> Origin:
        try:
            return Origin(str(path.resolve()), Source(str(path), decoded(str(path), path.read_bytes()), path.parent))
        except (OSError, ValueError) as error:
            if isinstance(error, SpecError):
                raise
            close = did_you_mean(path.name, _neighbours(path))
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise _Missing(f"cannot read {shown(str(path))}: {reason}", close) from error

    def scenario(self, scenario: Scenario) -> Origin:
        if isinstance(scenario.spec, File):
            return self.file(scenario.spec)
        taken = {name: value for name, value in self.params.items() if name in scenario.params}
        self.used |= set(taken)
        try:
            text = scenario.text(**taken)
        except Exception as error:
            raise _Missing(f"scenario {scenario.name} cannot be written: {error}", "its parameters: " + _params(scenario)) from error
        return Origin(f"scenario {scenario.name}", Source(f"scenario {scenario.name}", text, File.cwd()))


class _Missing(Exception):
    """A spec that cannot be found or read: ``message`` and ``hint`` become a problem of whoever asked for it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint

    def problem(self, path: tuple[str, ...]) -> Problem:
        return Problem(path, self.message, hint=self.hint)


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings merge entry by entry, and what is above wins. A mapping of another ``type`` replaces what is below it whole, as do lists."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) and _alike(under, value) else value
    return merged


def _alike(below: Mapping[str, Any], above: Mapping[str, Any]) -> bool:
    return bool(below.get("type", above.get("type")) == above.get("type", below.get("type")))


def _neighbours(path: File) -> list[str]:
    try:
        return sorted(file.name for file in path.parent.iterdir() if file.suffix in (".yaml", ".yml"))
    except (OSError, ValueError):
        return []


def _params(scenario: Scenario) -> str:
    return ", ".join(f"{name}={value}" for name, value in scenario.params.items()) or "none"
