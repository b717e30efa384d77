"""Fail when a step has become more than 30 % dearer than `.ci/speed.json` has on record; `--write` records it anew.

Counts come first: functions and instructions of Python in a step, the same on every machine and however busy it is. What they cannot see (compiled
code, numpy's own loops) is timed: a solve, and a step without its solve, each over a fixed piece of numpy work that takes turns with it. Those ratios
are medians of many turns, tried again when one is too high, and judged on a processor and Python like those on record only: elsewhere they are shown.
The ratio of a step to its solve is shown and not judged, because a faster solver makes it larger.
"""

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import attrs
import numpy as np

from pgcore.adapters.pettingzoo import PgcoreEnv, make_env
from pgcore.kernels.press import compiling_after
from pgcore.running.benchmark import WARM_UP
from pgcore.running.stopwatch import time_solver
from pgcore.running.suite.episode import Actions, recorded
from pgcore.running.suite.machine import processor
from pgcore.running.suite.rows.counts import counts

RECORD = Path(__file__).with_name("speed.json")
WORSE = 1.3
BETTER = 0.8
ATTEMPTS = 3
TURNS = 40
STEPS = 10
"""In a turn."""
COUNTED = {"functions": "Python functions", "builtins": "C functions called by name", "instructions": "Python instructions"}

Counts = Mapping[str, Mapping[str, float]]
Ratios = Mapping[str, float]


def reference_work() -> float:
    """A fixed piece of work like that of a step: many small arrays. It must never change, since all times are given in multiples of it."""
    values, places, total = np.linspace(0.0, 1.0, 96), np.arange(0, 96, 2), 0.0
    for k in range(100):
        picked = values.take(places)
        joined = np.concatenate([picked, picked * 0.5, np.where(picked > 0.5, picked, 0.0)])
        named = {f"{i}": part for i, part in enumerate(np.split(joined, 3))}
        total += float(np.add.reduceat(joined, [0, 48, 96])[k % 3]) + len(named)
    return total


def timed() -> Ratios:
    """Median ratios of a step's parts to the reference work, both in the same turn."""
    env = make_env("three_microgrids")
    episode = recorded(env, WARM_UP + STEPS)
    turns = [_turn(env, episode.seed, episode.actions[:STEPS]) for _ in range(TURNS)]
    env.close()
    solve_s, rest_s, reference_s = (np.array(part) for part in zip(*turns, strict=True))
    rest, solve = rest_s / reference_s, solve_s / reference_s
    ratios = {"solve : reference": solve, "outside the solver : reference": rest, "step : solve": 1 + rest / solve}
    return {name: round(float(np.median(values)), 4) for name, values in ratios.items()}


def _turn(env: PgcoreEnv, seed: int, actions: Sequence[Actions]) -> tuple[float, float, float]:
    """Median seconds of a solve and of a step's rest, and those of the reference work."""
    env.reset(seed=seed)
    inner = env.grid.world.solver
    watch, solves, rests = time_solver(env.grid), [], []
    for one in actions:
        watch.seconds.clear()
        watch.start("rest")
        env.step(one)
        watch.stop()
        solves.append(watch.seconds["solver"])
        rests.append(watch.seconds["rest"])
    env.grid.world.solver = inner
    started = perf_counter()
    reference_work()
    return median(solves), median(rests), perf_counter() - started


def dearer(found: Counts, known: Counts, judged: Sequence[str]) -> list[str]:
    """Each count that is more than 30 % above the one on record; a way to step that is not on record is not judged."""
    pairs = [(f"{way}: {COUNTED[what]}", found[way][what], known[way][what]) for way in found if way in known for what in judged]
    return [_above(f"{name} in a step", value, old) for name, value, old in pairs if value > WORSE * old]


def slower(found: Ratios, known: Ratios) -> list[str]:
    """Each ratio to the reference work that is more than 30 % above the one on record."""
    judged = [name for name in known if name.endswith(": reference")]
    return [_above(name, found[name], known[name]) for name in judged if found[name] > WORSE * known[name]]


def _above(name: str, value: float, old: float) -> str:
    return f"{name}: {value:.4g}, on record {old:.4g}, {value / old - 1:+.0%}"


def main() -> int:
    """Measure and judge; the exit status says whether something is too dear."""
    warnings.simplefilter("ignore")
    with compiling_after(WARM_UP):
        found = {way: attrs.asdict(one) for way, one in counts().items()}
        if "--write" in sys.argv[1:]:
            known = {"python": _python(), "processor": processor(), "counts": found, "ratios": timed()}
            RECORD.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            return 0
        known = json.loads(RECORD.read_text(encoding="utf-8"))
        judged = tuple(COUNTED) if known["python"] == _python() else ("functions",)  # the others differ from Python to Python
        faults = [*dearer(found, known["counts"], judged), *_too_slow(known)]
    _tell_of_gains(found, known["counts"])
    print("\n".join(faults) or "speed: as on record")
    if faults:
        print(f"If the work is worth it, say so in the change and record it: {Path(sys.executable).name} .ci/check_speed.py --write")
    return bool(faults)


def _too_slow(known: Mapping[str, Any]) -> list[str]:
    """What was too slow in every attempt; nothing on another processor."""
    same = (known["processor"], known["python"]) == (processor(), _python())
    for attempt in range(1, ATTEMPTS + 1):
        ratios = timed()
        print(f"attempt {attempt}: " + ", ".join(f"{name} {value:.3g} (on record {known['ratios'][name]:.3g})" for name, value in ratios.items()))
        faults = slower(ratios, known["ratios"]) if same else []
        if not faults:
            break
    return faults


def _tell_of_gains(found: Counts, known: Counts) -> None:
    """A record that is far above what is measured guards nothing."""
    shares = {way: own["instructions"] / known[way]["instructions"] for way, own in found.items() if way in known}
    gains = [f"{way} {share:.0%}" for way, share in shares.items() if share < BETTER]
    if gains:
        print(f"far fewer instructions than on record; write it anew, so that they stay so: {', '.join(gains)}")


def _python() -> str:
    return ".".join(sys.version.split()[0].split(".")[:2])


if __name__ == "__main__":
    sys.exit(main())
