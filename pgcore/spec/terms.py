"""Terms: what a process of agents must know of a run, read from a spec whose network, profiles and agents are left alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

import attrs

from pgcore.catalog import Catalog
from pgcore.spec.flaws import problems_of
from pgcore.spec.load import read_document
from pgcore.spec.model import Terms
from pgcore.spec.problems import Problem, SpecError
from pgcore.spec.records import strict_converter
from pgcore.spec.sources import Document, locate
from pgcore.spec.structure import WRAPPERS, converter_of

_HINT = """give --broker TYPE:ADDRESS, or add to the spec:
  run:
    broker: {type: socket, address: "HOST:PORT"}"""

_OF_RUN = tuple(field.name for field in attrs.fields(Terms) if field.name != "step_min")


def load_terms(source: str | File | Mapping[str, Any], *, catalog: Catalog, sets: Sequence[str] = (), broker: str = "") -> Terms:
    """Read ``run.broker``, ``run.env_id``, ``run.seed``, ``run.deadline_s`` and ``episode.step_min`` of a spec; the rest may be anything.

    Args:
        source: a file, the name of a scenario, or the document itself.
        catalog: provides brokers and faults.
        sets: entries to set, as ``"run.env_id=2"``.
        broker: ``TYPE`` or ``TYPE:ADDRESS`` of a broker to use in place of the spec's, whose faults and signatures stay.

    Raises:
        SpecError: with all that is wrong with those entries.
    """
    document, problems, _ = read_document(source, catalog, sets)
    given = document.get("run", {})
    run = dict(given) if isinstance(given, Mapping) else {}
    if broker:
        run["broker"] = _elsewhere(run.get("broker"), broker)
    problems = [problem for problem in problems if problem.path[:1] in ((), ("run",))]
    if "broker" not in run:
        raise SpecError([*problems, _no_broker(document)])
    made = _made({name: run[name] for name in _OF_RUN if name in run}, catalog, problems)
    step_min = _step_min(document, problems)
    if made is None or problems:
        raise SpecError(locate(problems, document))
    return attrs.evolve(made, step_min=step_min)


def _no_broker(document: Document) -> Problem:
    where = locate([Problem(("run",), "Message broker is not initialized: run.broker is missing", hint=_HINT)], document)
    return where[0]


def _elsewhere(given: Any, text: str) -> dict[str, Any]:
    kind, _, address = text.partition(":")
    kept = dict(given) if isinstance(given, Mapping) else {}
    if kept.get("type") != kind:
        kept = {name: value for name, value in kept.items() if name in WRAPPERS}
    return {**kept, "type": kind, **({"address": address} if address else {})}


def _made(run: Mapping[str, Any], catalog: Catalog, problems: list[Problem]) -> Terms | None:
    try:
        made: Terms = converter_of(catalog).structure(run, Terms)
    except Exception as error:  # noqa: BLE001  a plugin cannot break the host: whatever was raised becomes a problem
        problems += problems_of(error, ("run",))
        return None
    return made


def _step_min(document: Mapping[str, Any], problems: list[Problem]) -> float:
    episode = document.get("episode", {})
    usual: float = attrs.fields(Terms).step_min.default or 0.0
    try:
        given = episode.get("step_min", usual) if isinstance(episode, Mapping) else usual
        return float(strict_converter().structure(given, float))
    except Exception as error:  # noqa: BLE001  as above
        problems += problems_of(error, ("episode", "step_min"))
        return usual
