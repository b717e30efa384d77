"""Company: actors of one process do together what each would have done alone, bit for bit."""

from typing import Any

import numpy as np
import pytest

from pgcore.adapters.pettingzoo import PgcoreEnv
from pgcore.agents.company import Company
from pgcore.env import Transition
from pgcore.hosting import InProcess
from pgcore.spec.load import load_spec
from tests.toys import toy_catalog, toy_spec

SUN = {"sun": {"type": "values", "values": [0.0, 0.2, 0.5, 1.0, 0.5, 0.2, 0.4]}}
AGENTS: dict[str, Any] = {
    "M1": {
        "area": ["A", "B"],
        "devices": {
            "ess": {"type": "battery", "bus": "B", "capacity_mwh": 2.0, "p_max_mw": 0.5, "soc_start": 0.2, "soc_start_max": 0.8},
            "pv": {"type": "pv", "bus": "B", "p_peak_mw": 0.5, "availability": "sun", "volt_var": True},
            "bank": {"type": "shunt", "bus": "B", "q_mvar_per_step": 0.1, "steps": 3},
        },
    },
    "M2": {
        "area": ["C"],
        "vertical": {"type": "price_signal"},
        "devices": {
            "gen": {"type": "generator", "bus": "C", "p_max_mw": 1.0, "b_per_mwh": 40.0, "committable": True},
            "pcc": {"type": "grid_connection", "trafo": "T", "import_price": 100.0},
            "house": {"type": "load", "bus": "C", "p_mw": 0.6, "q_mvar": 0.1},
        },
    },
}


class Apart(Company):
    """Lets every actor take its turn alone."""

    def turn(self, waiting: Any = None) -> bool:
        heard = [actor.turn() for actor in self.actors if waiting is None or actor.name in waiting]
        return any(heard)


def rolled(actors: str, apart: bool, agents: dict[str, Any] = AGENTS) -> list[Transition]:
    run = {"backend": {"type": "toy"}, "mode": "distributed", "broker": {"type": "in_memory"}, "actors": actors, "actions": "physical"}
    env = PgcoreEnv(load_spec(toy_spec(agents, profiles=SUN, run=run), catalog=toy_catalog())).grid
    hosting = env.team.hosting  # type: ignore[attr-defined]
    assert isinstance(hosting, InProcess)
    if apart:
        hosting.company = Apart(hosting.company.actors)
    rng = np.random.default_rng(1)
    draws = [rng.uniform(-1, 1, (2, sum(len(role.actions) for role in env.roles.values()))) for _ in range(6)]
    return [env.reset([4, 5]), *(env.advance(draw) for draw in draws)]


@pytest.mark.parametrize("actors", ["agents", "devices"])
def test_reports_and_steps_made_together_are_those_made_alone(actors: str) -> None:
    for together, alone in zip(rolled(actors, apart=False), rolled(actors, apart=True), strict=True):
        for part in ("observation", "cost", "violation", "reward"):
            assert np.array_equal(getattr(together.report, part), getattr(alone.report, part))
        assert together.masks.keys() == {"M1", "M2"}
        assert all(np.array_equal(together.masks[name], alone.masks[name]) for name in together.masks)


def test_agents_with_forecasts_report_alone_and_equally() -> None:
    agents = {name: {**entry, "forecast_steps": 1 + i} for i, (name, entry) in enumerate(AGENTS.items())}
    for together, alone in zip(rolled("devices", False, agents), rolled("devices", True, agents), strict=True):
        assert np.array_equal(together.report.observation, alone.report.observation)


def test_a_company_is_over_when_all_its_actors_are() -> None:
    run = {"backend": {"type": "toy"}, "mode": "distributed", "broker": {"type": "in_memory"}}
    env = PgcoreEnv(load_spec(toy_spec(AGENTS, profiles=SUN, run=run), catalog=toy_catalog()))
    company = env.grid.team.hosting.company  # type: ignore[attr-defined]
    env.reset(seed=1)
    assert not company.over
    env.grid.team.close()  # type: ignore[attr-defined]
    assert company.over
