"""Ready-made problems: microgrids on a distribution feeder, with real profiles of one year."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.network import NetworkSource
    from pgcore.contracts.profile import ProfileSource
    from pgcore.contracts.scenario import Scenario


@hookimpl
def pgcore_networks() -> "Iterable[type[NetworkSource]]":
    """The feeder with its microgrids."""
    from pgcore_microgrids.feeder import MicrogridFeeder

    return [MicrogridFeeder]


@hookimpl
def pgcore_profiles() -> "Iterable[type[ProfileSource]]":
    """SimBench's profiles, and a time-of-use tariff."""
    from pgcore_microgrids.simbench import SimBench
    from pgcore_microgrids.tariff import Tariff

    return [SimBench, Tariff]


@hookimpl
def pgcore_scenarios() -> "Iterable[Scenario]":
    """Three microgrids, any number of them, and any number with an operator above."""
    from pgcore_microgrids.scenarios import SCENARIOS

    return SCENARIOS
