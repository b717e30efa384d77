"""How much memory another environment takes in a batch, as growth of what the process keeps resident."""

import subprocess
import sys
from pathlib import Path

from pgcore.running.suite.effort import Effort
from pgcore.running.suite.figures import Figure, Finding, Missing

SCENARIO = "three_microgrids"
STATM = Path("/proc/self/statm")
STEPS = 3


def found(effort: Effort, scenario: str = SCENARIO) -> Finding:
    """What two processes, alike but for the number of their environments, keep resident."""
    if not STATM.exists():
        raise Missing("this system has no /proc/self/statm, from which the resident memory is read; run it on Linux")
    few, many = effort.memory
    resident = {b: _in_a_process(scenario, b) for b in effort.memory}
    figures = (
        Figure("for each environment", (resident[many] - resident[few]) / (many - few) / 1e3, "kB"),
        *(Figure("resident in all", resident[b] / 1e6, "MB", at=f"B = {b}") for b in effort.memory),
    )
    note = f"Growth from B = {few} to B = {many}, each in a process of its own, after {STEPS} steps."
    return Finding("memory", figures, notes=(note,))


def _in_a_process(scenario: str, batch: int) -> float:
    """Bytes that a process with so many environments keeps resident."""
    called = subprocess.run([sys.executable, "-m", __name__, scenario, str(batch)], capture_output=True, text=True, check=True)
    return float(called.stdout.splitlines()[-1])


def resident(scenario: str, batch: int) -> int:
    """Bytes that this process keeps resident once it has made and stepped so many environments."""
    import resource

    from pgcore.adapters.vector import make_vec

    envs = make_vec(scenario, batch)
    envs.reset(seed=0)
    actions = {name: space.sample() for name, space in envs.action_spaces.items()}
    for _ in range(STEPS):
        envs.step(actions)
    return int(STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    sys.stdout.write(f"{resident(sys.argv[1], int(sys.argv[2]))}\n")
