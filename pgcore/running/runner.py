"""Runner: steps an environment with a policy through whole episodes."""

from collections.abc import Callable

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.halting import Halt
from pgcore.running.policies import Policy


def episodes(env: PgcoreEnv, policy: Policy, count: int, halt: Halt, stepped: Callable[[], None]) -> None:
    """Run ``count`` episodes, the first with the spec's seed, unless ``halt`` ends them after a step; ``stepped`` is called after every step."""
    for _ in range(count):
        observations, infos = env.reset()
        while env.agents:
            if halt.asked:
                return
            observations, _, _, _, infos = env.step(policy(observations, infos, env))
            stepped()
