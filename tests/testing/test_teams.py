"""The checks for teams: passed by agents behind an in-memory broker, failed by teams that are wrong on purpose."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from pgcore.assembly import assemble
from pgcore.columns import Array, Index
from pgcore.env import GridEnv
from pgcore.plant import Effects
from pgcore.spec.links import link
from pgcore.spec.model import Spec
from pgcore.testing.teams import (
    CHECKED,
    CHECKS,
    Host,
    Pair,
    check_equal_answers,
    check_equal_over_an_episode,
    check_resets_alone_are_equal,
    in_memory,
)
from tests.teams import DOCUMENTS, spec_of


@pytest.mark.parametrize("actors", ["agents", "devices"])
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_agents_behind_a_broker_pass(check: Callable[[Spec, Host], None], name: str, actors: str) -> None:
    check(spec_of(name), in_memory(actors))


def wrong(method: str, change: Callable[[Any], Any]) -> Host:
    """A team that calls its agents directly but for one method, whose result it changes."""

    def host(spec: Spec) -> GridEnv:
        env = assemble(link(spec))
        right = getattr(env.team, method)
        setattr(env.team, method, lambda *args: change(right(*args)))
        return env

    return host


def lastly_more(effects: Effects) -> Effects:
    """One unit in the last place more active power of the second device."""
    changed = effects.copy()
    changed[0, 0, 1] = np.nextafter(changed[0, 0, 1], np.inf)
    return changed


def test_a_difference_in_the_last_place_is_found_and_named() -> None:
    with pytest.raises(AssertionError, match=r"checked: episode 0, step 1, agent M1: effect\.M1\.ess\.p_mw is .*, expected "):
        check_equal_over_an_episode(spec_of("masks"), wrong("act", lastly_more))


def test_a_negative_zero_is_not_a_zero() -> None:
    with pytest.raises(AssertionError, match=r"step 0, .*effect\..* is -0\.0, expected 0\.0"):
        check_resets_alone_are_equal(spec_of("masks"), wrong("reset", lambda effects: np.where(effects == 0.0, -0.0, effects)))


def test_a_wrong_answer_is_found() -> None:
    def higher(answers: Mapping[str, Array]) -> Mapping[str, Array]:
        return {name: answer + 1e-12 for name, answer in answers.items()}

    with pytest.raises(AssertionError, match="answer M1 is "):
        check_equal_answers(spec_of("dispatch"), wrong("answer", higher))


def test_a_missing_state_is_found() -> None:
    with pytest.raises(AssertionError, match=r"agent M1: state\.M1\.ess\.energy_mwh is 'nothing'"):
        check_resets_alone_are_equal(spec_of("dispatch"), wrong("states", lambda states: dict(list(states.items())[1:])))


def test_a_mask_that_is_wider_is_found() -> None:
    spec = spec_of("masks")
    with Pair(spec, in_memory()) as pair:
        team = pair.envs[CHECKED].team
        right = team.report

        def wider(rows: Index, *rest: Any) -> Any:
            report = right(rows, *rest)
            assert report.mask is not None
            report.mask[1][0, 1] += 1.0
            return report

        vars(team).update(report=wider)
        with pytest.raises(AssertionError, match=r"agent M1: mask\.M1"):
            pair.reset([0])


def test_what_the_documents_are_about_happens_in_them() -> None:
    """Otherwise equality would prove little: units are kept off or on, taps are held back, power flows diverge, peers bargain."""
    seen = {}
    for name in DOCUMENTS:
        with Pair(spec_of(name), in_memory()) as pair:
            pair.reset([3, 4])
            pair.play(6)
            assert pair.last is not None
            seen[name] = pair.last
    assert np.isfinite(seen["masks"].masks["M1"][1][:, 1]).all()
    assert np.isfinite(seen["masks"].masks["M2"][0][:, 0]).all()
    assert (seen["divergence"].infos["M"]["age"] > 0).all()
    assert seen["two protocols"].common["horizontal"]["consensus#2"]["rounds"].tolist() == [3, 3]
    assert set(seen["masks of another agent"].masks) == {"M1", "M2", "M3"}
