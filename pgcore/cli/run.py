"""``pgcore run``: run episodes of a spec, watch them, and say what they came to."""

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
import click

from pgcore.cli.group import Refusal
from pgcore.cli.hosting import Where, environment, hosting_options
from pgcore.cli.modes import mode_options
from pgcore.cli.options import json_option, pass_catalog, set_option, spec_argument

if TYPE_CHECKING:
    from pgcore.adapters.pettingzoo import PgcoreEnv
    from pgcore.catalog import Catalog
    from pgcore.contracts.broker import MessageBroker
    from pgcore.recording.recorder import Recorder
    from pgcore.results.history import History
    from pgcore.results.summary import Summary
    from pgcore.running.halting import Halt
    from pgcore.running.policies import Policy


@attrs.frozen
class Outcome:
    """What a run came to, and how it went."""

    spec: str
    policy: str
    backend: str
    summary: "Summary"
    seconds: float
    interrupted: bool
    mishaps: dict[str, int]
    """What went wrong between the environment and its agents, by name."""
    recording: str | None = None
    picture: str | None = None
    trace: str | None = None

    @property
    def steps_per_s(self) -> float:
        """Steps per second, the policy's time included."""
        return self.summary.steps / self.seconds if self.seconds > 0 else 0.0

    def plain(self) -> dict[str, Any]:
        """As data for JSON."""
        own = attrs.asdict(self, filter=lambda field, _: field.name != "summary")
        return {**own, "steps_per_s": self.steps_per_s, **self.summary.plain()}


@click.command()
@spec_argument
@click.option("--policy", default="idle", show_default=True, help="idle, random, rule_based, or module:callable.")
@click.option("--episodes", default=1, show_default=True, type=click.IntRange(min=1), help="How many episodes to run.")
@click.option("--seed", type=click.IntRange(min=0), help="Root of all random numbers; run.seed of the spec unless given.")
@click.option("--record", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Record the run in this folder, for `pgcore replay`.")
@click.option("--force", is_flag=True, help="Replace the recording that the folder holds.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Draw the last episode to this file (default: in DIR).")
@click.option("--trace", type=click.Path(path_type=Path, dir_okay=False), help="Write every message to this file, for `pgcore trace`.")
@mode_options
@hosting_options
@set_option
@json_option
@pass_catalog
@click.pass_context
def run(
    ctx: click.Context, catalog: "Catalog", spec: str, policy: str, episodes: int, seed: int | None, record: Path | None, force: bool,
    picture: Path | None, trace: Path | None, mode: str | None, actors: str | None,
    processes: int | None, restarts: int, wait_s: float | None, sets: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Run episodes of SPEC and show what happened: a table, and a picture of the last episode."""
    from pgcore.results.history import History
    from pgcore.running.halting import halting
    from pgcore.running.mishaps import mishaps

    if picture is not None:
        _require_matplotlib()
    history, all_sets = History(), (*sets, *([f"run.seed={seed}"] if seed is not None else []))
    with halting() as halt:
        env, broker = _environment(ctx, spec, catalog, all_sets, Where(processes, restarts, wait_s, mode, actors, trace), halt)
        try:
            chosen, recorder = _policy(policy, env), _recorder(record, env, policy, catalog, force)
            for observer in filter(None, (history, recorder)):
                env.grid.watch(observer)
            seconds = _run(env, chosen, episodes, halt, quiet=as_json)
            counted = mishaps(env.grid, broker)
        finally:  # whatever happens, so that recordings are complete and nothing that was started stays
            env.close()
    if history not in env.grid.observers:
        raise Refusal("the steps were made, but what they came to is lost: the log above says why")
    drawn = _picture(history, picture or (record / "picture.png" if record else None), asked=picture is not None)
    files = (str(record) if record else None, drawn, str(trace) if trace else None)
    outcome = Outcome(spec, policy, env.spec.run.backend.type, history.summary, seconds, halt.asked, counted, *files)
    _show(outcome, as_json)
    if recorder is not None and recorder not in env.grid.observers:
        raise Refusal(f"the recording in {record} is not complete: the log above says why; it can be replayed as far as it goes")
    ctx.exit(halt.status)


def _environment(
    ctx: click.Context, spec: str, catalog: "Catalog", sets: tuple[str, ...], where: Where, halt: "Halt"
) -> "tuple[PgcoreEnv, MessageBroker | None]":
    halt.at_once = True
    try:
        return environment(spec, catalog, sets, where, halt)
    except KeyboardInterrupt:
        click.echo("interrupted before the first step", err=True)
        ctx.exit(halt.status)
    finally:
        halt.at_once = False


def _policy(text: str, env: "PgcoreEnv") -> "Policy":
    from pgcore.running.imported import PolicyError
    from pgcore.running.policies import load_policy

    try:
        return load_policy(text, env)
    except PolicyError as error:
        raise Refusal(str(error)) from error


def _recorder(folder: Path | None, env: "PgcoreEnv", policy: str, catalog: "Catalog", force: bool) -> "Recorder | None":
    if folder is None:
        return None
    from pgcore.plugins.versions import versions
    from pgcore.recording.recorder import Recorder

    return Recorder(folder, env.spec, policy=policy, versions=versions(catalog.plugins), force=force)


def _run(env: "PgcoreEnv", policy: "Policy", episodes: int, halt: "Halt", quiet: bool) -> float:
    """Seconds that the run took."""
    from pgcore.cli.progress import progress
    from pgcore.running import runner

    start = perf_counter()
    try:
        with progress(episodes, env.spec.episode.steps, quiet) as stepped:
            runner.episodes(env, policy, episodes, halt, stepped)
    except KeyboardInterrupt:
        if not halt.asked:
            raise
    return perf_counter() - start


def _require_matplotlib() -> None:
    from pgcore import extras

    extras.require("matplotlib", extra="plot", why="draw the picture")


def _picture(history: "History", file: Path | None, asked: bool) -> str | None:
    """Draw the picture; one that nobody asked for may be left out with a note."""
    if file is None:
        return None
    from pgcore.extras import MissingExtra
    from pgcore.results.picture import draw

    try:
        figure = draw(history)
    except MissingExtra as error:
        if asked:
            raise
        click.echo(f"no picture: {error}", err=True)
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)
    return str(file)


def _show(outcome: Outcome, as_json: bool) -> None:
    from pgcore.cli.summary_view import print_summary

    if as_json:
        click.echo(json.dumps(outcome.plain(), indent=2))
        return
    print_summary(outcome.summary)
    click.echo(f"{outcome.summary.steps} steps in {outcome.seconds:.1f} s: {outcome.steps_per_s:.1f} steps/s, backend {outcome.backend}")
    if outcome.interrupted:
        click.echo("interrupted: the numbers are of the steps that were made")
    if outcome.mishaps:
        click.echo(f"communication: {', '.join(f'{count} {name}' for name, count in outcome.mishaps.items())}")
    if outcome.trace:
        click.echo(f"trace: {outcome.trace}  (look at a step with: pgcore trace {outcome.trace})")
    if outcome.recording:
        click.echo(f"recording: {outcome.recording}  (prove it with: pgcore replay {outcome.recording})")
    if outcome.picture:
        click.echo(f"picture: {outcome.picture}")
