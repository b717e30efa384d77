"""The ready-made specs of this package."""

from pathlib import Path

from pgcore.contracts.scenario import Scenario

SCENARIOS = (
    Scenario(
        "p2p_street",
        "Eight neighbours on a low-voltage feeder, some with much sun and some without any, who trade among themselves.",
        Path(__file__).with_name("p2p_street.yaml"),
    ),
)
