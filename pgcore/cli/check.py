"""``pgcore plugins check``: whether a type keeps its contract and the laws, check by check."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs
import click

from pgcore.cli.group import Refusal
from pgcore.cli.options import json_option, pass_catalog
from pgcore.cli.wording import counted

if TYPE_CHECKING:
    from pgcore.catalog import Catalog
    from pgcore.testing.checks import Examination, Finding

FAILED = 1
"""Exit status when something has to be mended."""
VERDICTS = ("passed", "failed", "expected", "unexpected", "not asked")


@click.command()
@click.argument("type")
@click.option("--kind", help="Check only this kind, where several share the type's name.")
@click.option("--examples", metavar="MODULE:NAME", help="A list of instances to check beside those made from the declared bounds.")
@click.option(
    "--entry",
    "entries",
    multiple=True,
    metavar="YAML",
    help="An entry of a spec to check, such as '{file: sun.csv, column: pv}'; repeatable.",
)
@click.option("--expect", "expected", multiple=True, metavar="CHECK=REASON", help="A check that is known to fail, and why; as often as wanted.")
@click.option("--verbose", is_flag=True, help="Say the law behind every check, and how long it took.")
@json_option
@pass_catalog
@click.pass_context
def check(
    ctx: click.Context,
    catalog: "Catalog",
    type: str,
    kind: str | None,
    examples: str | None,
    entries: tuple[str, ...],
    expected: tuple[str, ...],
    verbose: bool,
    as_json: bool,
) -> None:
    """Check TYPE against its contract and the laws. What is found says whose bug it is and how to mend it; exit status 1 when something fails."""
    from pgcore.cli.plugins import kinds_of

    good = True
    pages = []
    for one in kinds_of(catalog, type, kind):
        given = [*_instances(examples), *(_read(entry, catalog.get(one, type)) for entry in entries)]
        asked = _examination(catalog, one, type, given, _reasons(expected))
        if not as_json:
            click.echo(f"{one} {type}, {catalog.provenance(one, type)}: {counted(len(asked.checks), 'check')}")
        found = [_shown(finding, verbose, as_json) for finding in asked]
        good = good and all(finding.good for finding in found)
        pages.append({"kind": one, "type": type, "good": all(f.good for f in found), "checks": [attrs.asdict(f) for f in found]})
        if not as_json:
            click.echo(_summary(found))
    if as_json:
        click.echo(json.dumps(pages, indent=2))
    ctx.exit(0 if good else FAILED)


def _examination(catalog: "Catalog", kind: str, type: str, examples: list[Any], expected: dict[str, str]) -> "Examination":
    from pgcore.testing.imports import entry_module_of
    from pgcore.testing.kits import NoKit, examination

    origin = catalog.provenance(kind, type)
    module = entry_module_of(origin.plugin, origin.distribution) if origin.distribution else ""
    try:
        asked = examination(kind, catalog.get(kind, type), examples, module, expected)
    except NoKit as error:
        raise Refusal(str(error)) from error
    if asked.strangers():
        raise Refusal(f"--expect: {asked.strangers()}")
    return asked


def _instances(examples: str | None) -> list[Any]:
    """The instances behind ``MODULE:NAME``."""
    from pgcore.running.imported import PolicyError, imported

    if examples is None:
        return []
    try:
        found = imported(examples, "a list of instances")
    except PolicyError as error:
        raise Refusal(f"--examples: {error}") from error
    return list(found() if callable(found) else found)


def _read(entry: str, thing: type) -> Any:
    """The instance that an entry of a spec makes."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from pgcore.spec.flaws import problems_of
    from pgcore.spec.records import record, strict_converter

    try:
        value = YAML(typ="safe", pure=True).load(entry)
    except YAMLError as error:
        raise Refusal(f"--entry {entry!r} is no YAML: {error}") from error
    options = {key: item for key, item in value.items() if key != "type"} if isinstance(value, dict) else value
    try:
        return record(thing, options, strict_converter())
    except Exception as error:
        raise Refusal(f"--entry {entry!r}: " + "; ".join(map(str, problems_of(error)))) from error


def _reasons(expected: tuple[str, ...]) -> dict[str, str]:
    for one in expected:
        if not all(part.strip() for part in one.split("=", 1)) or "=" not in one:
            raise Refusal(f"--expect {one!r}: expected CHECK=REASON, such as power_stays_within_rating='the rating is thermal'")
    return dict(one.split("=", 1) for one in expected)


def _shown(found: "Finding", verbose: bool, quiet: bool) -> "Finding":
    """Say what came of a check as soon as it is known: all of them may take a while."""
    if quiet:
        return found
    remark = f" because {found.message}" if found.verdict.value in ("not asked", "expected") else f"{found.seconds:8.2f} s" if verbose else ""
    click.echo(f"  {found.check:<48}{found.verdict}{remark}")
    if verbose:
        click.echo(f"      {found.law}")
    if not found.good:
        click.echo("\n".join(f"      {line}" for line in found.message.splitlines()))
    return found


def _summary(findings: "list[Finding]") -> str:
    counts = Counter(found.verdict.value for found in findings)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict] or verdict in VERDICTS[:2])
