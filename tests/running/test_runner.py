import os
import signal
from pathlib import Path
from typing import Any

import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.running.halting import Halt, halting
from pgcore.running.policies import idle
from pgcore.running.runner import episodes
from tests.runs import STEPS, toy_env
from tests.toys import Keeper


def test_whole_episodes_are_run(tmp_path: Path) -> None:
    counted: list[int] = []
    episodes(toy_env(tmp_path), idle, 3, Halt(), lambda: counted.append(1))
    assert len(counted) == 3 * STEPS


def test_ctrl_c_stops_between_two_steps(tmp_path: Path) -> None:
    keeper = Keeper()
    env = toy_env(tmp_path, keeper)

    def interrupted(observations: Any, infos: Any, env: PgcoreEnv) -> dict[str, Any]:
        if env.grid.tick == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return idle(observations, infos, env)

    with halting() as halt:
        episodes(env, interrupted, 1, halt, lambda: None)
    assert halt.asked
    assert keeper.records[-1].tick == 3


def test_a_second_ctrl_c_stops_at_once() -> None:
    halt = Halt()
    halt.ask()
    with pytest.raises(KeyboardInterrupt):
        halt.ask()


def test_ctrl_c_is_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with halting():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_halt_knows_which_signal_asked(number: int) -> None:
    with halting() as halt:
        os.kill(os.getpid(), number)
    assert (halt.asked, halt.status) == (True, 128 + number)


def test_where_nothing_can_be_cut_in_two_one_signal_stops_at_once() -> None:
    with halting() as halt:
        halt.at_once = True
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    assert halt.status == 128 + signal.SIGTERM
