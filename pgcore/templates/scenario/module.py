"""The scenario acme: a village on two lines, to be changed into your problem."""

from pathlib import Path

from pgcore.contracts.scenario import Scenario

SPEC = Path(__file__).parent / "acme.yaml"
SCENARIOS = (Scenario("acme", "A village on two lines: homes with a battery, a farm with solar power.", SPEC),)
