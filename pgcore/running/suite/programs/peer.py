"""Steps another project's environment on demand. Its own Python runs this, so that it imports nothing of pgcore.

Told a number of steps on a line, it answers with the seconds that they took; the first line that it writes says what it measures.
"""

import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module, metadata
from time import perf_counter
from typing import Any

Go = Callable[[int], float]


def grid2op() -> tuple[Go, dict[str, str]]:
    """Grid2Op with lightsim2grid on its 14-bus sandbox, doing nothing; its data come with the package."""
    library, backends = import_module("grid2op"), import_module("lightsim2grid")
    env = library.make("l2rpn_case14_sandbox", test=True, backend=backends.LightSimBackend())
    nothing = env.action_space({})
    env.reset()
    return _going(lambda: env.step(nothing)[2], env.reset), _versions("Grid2Op", "lightsim2grid", "pandapower", "numpy")


def gym_anm() -> tuple[Go, dict[str, str]]:
    """gym-anm's ANM6Easy, 6 buses, with random actions."""
    import_module("gym_anm")
    env = import_module("gymnasium").make("gym_anm:ANM6Easy-v0", disable_env_checker=True)
    env.action_space.seed(0)
    env.reset(seed=0)
    actions = [env.action_space.sample() for _ in range(64)]
    at = iter(range(sys.maxsize))

    def step() -> bool:
        _, _, terminated, truncated, _ = env.step(actions[next(at) % len(actions)])
        return bool(terminated or truncated)

    return _going(step, env.reset), _versions("gym-anm", "gymnasium", "numpy")


PEERS = {"grid2op": grid2op, "gym_anm": gym_anm}


def _going(step: Callable[[], Any], reset: Callable[[], Any]) -> Go:
    """Makes steps; resets do not count."""

    def go(steps: int) -> float:
        seconds = 0.0
        for _ in range(steps):
            started = perf_counter()
            over = step()
            seconds += perf_counter() - started
            if over:
                reset()
        return seconds

    return go


def _versions(*names: str) -> dict[str, str]:
    return {"Python": sys.version.split()[0], **{name: metadata.version(name) for name in names}}


def main() -> None:
    """Serve until the input ends."""
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints must not get among the answers
    try:
        go, versions = PEERS[sys.argv[1]]()
    except ModuleNotFoundError as error:
        print(json.dumps({"missing": error.name}), file=answers, flush=True)
        return
    print(json.dumps({"versions": versions}), file=answers, flush=True)
    for line in sys.stdin:
        print(go(int(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
