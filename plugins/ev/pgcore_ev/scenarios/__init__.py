"""The ready-made spec of this package."""

from pathlib import Path

from pgcore.contracts.scenario import Scenario

STREET = Path(__file__).with_name("ev_street.yaml")

SCENARIOS = (Scenario("ev_street", "Forty homes with chargers behind a transformer that can't carry all of them at once.", STREET),)
