"""The ready-made specs of this package."""

from pathlib import Path

from pgcore.contracts.scenario import Scenario

SCENARIOS = (
    Scenario(
        "preheating",
        "Forty houses with heat pumps on one street, and a tariff with a cheap afternoon and a dear evening.",
        Path(__file__).with_name("preheating.yaml"),
    ),
)
