"""Load a spec: from a file, a scenario's name or a mapping to a typed Spec, or all of its problems."""

from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

import attrs

from pgcore.catalog import Catalog
from pgcore.spec.choice import rivals
from pgcore.spec.defaults import SECTION, fill
from pgcore.spec.documents import Written
from pgcore.spec.inherit import Chain
from pgcore.spec.model import VERSION, Spec
from pgcore.spec.names import wrong_names
from pgcore.spec.overrides import apply, overrides
from pgcore.spec.problems import Problem, SpecError
from pgcore.spec.sources import Document, locate
from pgcore.spec.structure import structure


def load_spec(source: str | File | Mapping[str, Any], *, catalog: Catalog, sets: Sequence[str] | Mapping[str, Any] = ()) -> Spec:
    """Load a spec and check its shape; :func:`pgcore.spec.links.link` then checks it against its network.

    Args:
        source: a file, the name of a scenario that the catalog knows, or the document itself.
        catalog: provides the classes behind each ``type``.
        sets: entries to set, as ``"run.seed=7"`` or ``{"run.seed": 7}``; a scenario's parameters go by their names.

    Raises:
        SpecError: with all that is wrong.
    """
    document, problems, unread = read_document(source, catalog, sets)
    document.filled.update(fill(document))
    spec, flaws = structure(document, catalog)
    problems += [*_news(flaws, unread), *wrong_names(document)]
    if spec is None or problems:
        raise SpecError(_ordered(locate(problems, document)))
    return attrs.evolve(spec, document=_finished(document), backends=rivals(catalog))


def read_document(
    source: str | File | Mapping[str, Any], catalog: Catalog, sets: Sequence[str] | Mapping[str, Any]
) -> tuple[Document, list[Problem], list[Problem]]:
    """A spec's plain document with what it extends and what is set, all that was wrong so far, and which of that left holes in the document.

    Raises:
        SpecError: it cannot be read at all.
    """
    wanted, problems = overrides(sets)
    params = {str(one.path[0]): _param(one.value) for one in wanted if len(one.path) == 1}
    chain = Chain(catalog, params)
    try:
        document = chain.read(source)
    except SpecError as error:
        raise SpecError([*problems, *error.problems]) from error
    problems += chain.problems
    for one in (one for one in wanted if len(one.path) > 1 or one.path[0] not in chain.used):
        problems += apply(document, one)
        document.sources = (one.source, *document.sources)
    return document, problems, chain.problems


def _news(flaws: list[Problem], unread: list[Problem]) -> list[Problem]:
    """The flaws that do not merely follow from an entry that could not be read."""
    holes = [problem.path for problem in unread if problem.path]
    return [flaw for flaw in flaws if not any(flaw.path[: len(hole)] == hole for hole in holes)]


def _param(value: Any) -> Any:
    return str(value) if isinstance(value, Written) else value


def _finished(document: Document) -> Document:
    """The document with its version first, without ``defaults`` (each device holds its own by now), and with file names made absolute."""
    rest = {key: _absolute(value) for key, value in document.items() if key != SECTION}
    return Document({"spec": VERSION, **rest}, document.sources, document.filled)


def _absolute(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _absolute(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_absolute(item) for item in value]
    if isinstance(value, Written):
        return value.resolved or str(value)
    return value


def _ordered(problems: list[Problem]) -> list[Problem]:
    """By place within each file, files in the order in which they were met."""
    files = list(dict.fromkeys(problem.location.file for problem in problems if problem.location))
    return sorted(problems, key=lambda p: (files.index(p.location.file), p.location.line, p.location.column) if p.location else (-1, 0, 0))
