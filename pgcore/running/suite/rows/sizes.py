"""One environment with more and more microgrids: what a step, a reset and loading its spec cost."""

from collections.abc import Mapping
from time import perf_counter

from attrs import frozen

from pgcore.adapters.pettingzoo import PgcoreEnv, read_spec
from pgcore.assembly import ports
from pgcore.catalog import Catalog
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import Episode, Rehearsal, recorded, voltage_gap
from pgcore.running.suite.figures import Check, Figure, Finding, agreed, summed_up
from pgcore.running.suite.turns import Times, Variant, duration, rate, ratio, take_turns
from pgcore.spec.links import link

RECORDED = 24
SLOWEST_CHECKED = 100
"""The largest number of microgrids whose voltages are held against pandapower's: beyond, its power flows take most of a minute."""


@frozen(eq=False)
class Sized:
    """An environment of ``n`` microgrids."""

    n: int
    env: PgcoreEnv
    episode: Episode
    load_s: float
    """From the spec's text to an environment after its first reset."""
    resets_s: tuple[float, ...]


def found(effort: Effort) -> Finding:
    """Steps of environments of every size."""
    first_s = _made(effort.sizes[0]).load_s
    made = [_made(n) for n in effort.sizes]
    checks = agreed([_checked(one) for one in made if one.n <= SLOWEST_CHECKED])
    times = take_turns([Variant(_at(one.n), Rehearsal(one.env, one.episode).go) for one in made], effort.turns, effort.turn_s)
    figures = [figure for one in made for figure in _figures(one, times)]
    first = made[0].n
    each = {_at(one.n): times[_at(one.n)] / one.n for one in made}
    figures += [ratio(each, _at(n), _at(first), f"cost of a microgrid at n = {n} : n = {first}") for n in effort.sizes[1:]]
    backends: Mapping[str, None] = dict.fromkeys(one.env.spec.run.backend.type for one in made)
    figures.append(Figure(f"loading the first spec of a process, n = {first}, with all imports", first_s, "s"))
    for one in made:
        one.env.close()
    return Finding("sizes", tuple(figures), checks, (f"Scenario `n_microgrids`, backend {', '.join(f'`{name}`' for name in backends)}.",))


def _made(n: int) -> Sized:
    started = perf_counter()
    env = PgcoreEnv(read_spec("n_microgrids", (), None, {"n": n}))
    env.reset(seed=0)
    load_s = perf_counter() - started
    episode = recorded(env, RECORDED)
    return Sized(n, env, episode, load_s, tuple(_reset_s(env, seed) for seed in range(5)))


def _reset_s(env: PgcoreEnv, seed: int) -> float:
    started = perf_counter()
    env.reset(seed=seed)
    return perf_counter() - started


def _checked(one: Sized) -> Check:
    """The last voltages of the recorded steps against those of pandapower."""
    linked = link(one.env.spec)
    solver = Catalog.discover().types("backend")["pandapower"]().compile(linked.network, ports(linked))
    asked = one.episode.solves[-1]
    flow = solver.solve(asked.p_mw, asked.q_mvar, asked.controls)
    return Check(f"voltages and pandapower's at n = {one.n}", voltage_gap([asked.flow], [flow]), 1e-6, "pu")


def _figures(one: Sized, times: Times) -> tuple[Figure, ...]:
    at = _at(one.n)
    return (
        Figure("buses", len(one.env.grid.world.wiring.base_p_mw), at=at),
        rate(times, at, "steps/s", at),
        duration(times, at, "step", at, "µs"),
        duration(times, at, "step, for each microgrid", at, "µs", one.n),
        summed_up("reset", "ms", [seconds * 1e3 for seconds in one.resets_s], at),
        Figure("loading the spec", one.load_s, "s", at=at),
    )


def _at(n: int) -> str:
    return f"n = {n}"
