"""One environment beside another project's: they do not do the same, so this compares what a user waits for and no more."""

from pgcore.adapters.pettingzoo import make_env
from pgcore.running.suite.effort import Effort
from pgcore.running.suite.episode import Rehearsal, recorded
from pgcore.running.suite.figures import Finding
from pgcore.running.suite.peers import Peer
from pgcore.running.suite.turns import Variant, duration, rate, ratio, take_turns

SCENARIO = "three_microgrids"
LABELS = {"grid2op": "Grid2Op", "gym_anm": "gym-anm"}
NOTES = {
    "grid2op": "Grid2Op: `l2rpn_case14_sandbox` with the data in its package, `LightSimBackend`, the action that does nothing.",
    "gym_anm": "gym-anm: `ANM6Easy`, 6 buses, random actions.",
}
OURS = "Ours: `three_microgrids`, 75 buses, random actions. Resets do not count on either side."


def found(effort: Effort, python: str, peer: str) -> Finding:
    """Steps of ``three_microgrids`` and of the peer, in turns.

    Raises:
        Missing: the peer is not installed.
    """
    other = Peer(python, peer)
    try:
        env = make_env(SCENARIO)
        ours = Rehearsal(env, recorded(env, env.spec.episode.steps))
        times = take_turns((Variant("ours", ours.go), Variant("theirs", other.go)), effort.turns, effort.turn_s)
        env.close()
    finally:
        other.close()
    label = LABELS[peer]
    figures = (
        rate(times, "ours", "env steps/s"),
        rate(times, "theirs", f"{label} steps/s"),
        duration(times, "ours", "env step"),
        duration(times, "theirs", f"{label} step"),
        ratio(times, "theirs", "ours", f"{label} : env"),
    )
    return Finding(peer, figures, notes=(f"{NOTES[peer]} {OURS}",), versions=other.versions)
