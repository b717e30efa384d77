"""One environment through its PettingZoo interface, against the loop that users of pandapower write."""

import attrs

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import Episode, Rehearsal, likeness, recorded
from pgcore.running.suite.figures import Check, Finding, agreed
from pgcore.running.suite.loop import PandapowerLoop, loop_agrees, pandapower
from pgcore.running.suite.turns import Variant, duration, rate, ratio, take_turns
from pgcore.spec.links import link
from pgcore.spec.model import Spec

SCENARIO = "three_microgrids"
CHECKED = 24
"""Steps in which the loop, which is slow, is held against the environment."""


def found(effort: Effort, scenario: str = SCENARIO) -> Finding:
    """Steps of the environment, of the loop as it is usually written, and of one that starts each power flow from the last."""
    pandapower()
    env = make_env(scenario)
    linked, episode = link(env.spec), recorded(env, env.spec.episode.steps)
    cold, warm = PandapowerLoop(linked, episode), PandapowerLoop(linked, episode, init="results")
    checks = agreed((*loop_agrees(cold, episode, CHECKED), *_with_pandapower(env.spec, episode)))
    loops = (Variant("loop", cold.go, 2), Variant("warm loop", warm.go, 2))
    times = take_turns((Variant("env", Rehearsal(env, episode).go), *loops), effort.turns, effort.turn_s)
    env.close()
    figures = (
        rate(times, "env", "env steps/s"),
        duration(times, "env", "env step"),
        duration(times, "loop", "loop step", unit="ms"),
        duration(times, "warm loop", "loop step, warm start", unit="ms"),
        ratio(times, "loop", "env", "loop : env"),
        ratio(times, "warm loop", "env", "loop with warm start : env"),
    )
    return Finding("single", figures, checks, (_note(env, cold),))


def _with_pandapower(spec: Spec, episode: Episode) -> tuple[Check, ...]:
    """The same actions with pandapower as the solver: everything that the environment shows must be the same but for the solvers' tolerance."""
    from pgcore.catalog import Catalog

    backend = Catalog.discover().types("backend")["pandapower"]()
    other = PgcoreEnv(attrs.evolve(spec, run=attrs.evolve(spec.run, backend=backend)))
    try:
        return likeness(_first(episode, CHECKED), recorded(other, CHECKED, episode.seed))
    finally:
        other.close()


def _first(episode: Episode, steps: int) -> Episode:
    parts = {name: getattr(episode, name)[:steps] for name in ("actions", "shown", "records", "solves")}
    return attrs.evolve(episode, **parts)


def _note(env: PgcoreEnv, loop: PandapowerLoop) -> str:
    wiring = env.grid.world.wiring
    sizes = f"{len(env.possible_agents)} agents, {len(wiring.names)} devices, {len(wiring.base_p_mw)} buses, backend `{env.spec.run.backend.type}`"
    return f"{sizes}; the loop's net has {len(loop.net.load)} loads and {len(loop.net.sgen)} static generators."
