import attrs
import pytest

from pgcore.adapters.pettingzoo import make_env
from pgcore.builtin.devices.shunt import Shunt
from pgcore.running.suite.episode import Episode, recorded
from pgcore.running.suite.loop import PandapowerLoop, loop_agrees
from pgcore.spec.linked import Linked
from pgcore.spec.links import link
from tests.running.suite.conftest import SPEC


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Linked, Episode]:
    file = tmp_path_factory.mktemp("loop") / "small.yaml"
    file.write_text(SPEC, encoding="utf-8")
    env = make_env(str(file))
    return link(env.spec), recorded(env, 4)


def test_the_loop_solves_what_the_environment_solves(ran: tuple[Linked, Episode]) -> None:
    linked, episode = ran
    loop = PandapowerLoop(linked, episode, init="results")
    assert [check.what for check in loop_agrees(loop, episode, 4) if not check.holds] == []
    assert (len(loop.net.load), len(loop.net.sgen)) == (33, 2)  # 32 published loads and a house; a battery and a plant


def test_the_loop_differs_where_the_injections_do(ran: tuple[Linked, Episode]) -> None:
    linked, episode = ran
    shifted = attrs.evolve(episode, records=episode.records[::-1])
    voltages, _ = loop_agrees(PandapowerLoop(linked, episode), shifted, 4)
    assert not voltages.holds


def test_the_loop_goes_round_the_recorded_steps(ran: tuple[Linked, Episode]) -> None:
    loop = PandapowerLoop(*ran)
    assert loop.go(5) > 0.0
    assert loop._at == 1


def test_a_device_that_acts_on_the_solver_otherwise_is_refused(ran: tuple[Linked, Episode]) -> None:
    linked, episode = ran
    tap = attrs.evolve(linked.devices[0], name="M2.bank", device=Shunt(q_mvar_per_step=0.1, steps=2))
    with pytest.raises(ValueError, match=r"M2.bank acts on the solver by other means"):
        PandapowerLoop(attrs.evolve(linked, devices=(tap, *linked.devices[1:])), episode)
