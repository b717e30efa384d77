"""Every protocol of the core passes the kit; those of plugins are asked in their own suites."""

from pgcore.builtin.protocols.consensus import Consensus
from pgcore.builtin.protocols.demand_response import DemandResponse
from pgcore.builtin.protocols.price_signal import PriceSignal
from pgcore.builtin.protocols.setpoint import Setpoint
from pgcore.testing import HorizontalChecks, VerticalChecks


class TestSetpoint(VerticalChecks):
    vertical = Setpoint


class TestPriceSignal(VerticalChecks):
    vertical = PriceSignal


class TestDemandResponse(VerticalChecks):
    vertical = DemandResponse


class TestConsensus(HorizontalChecks):
    horizontal = Consensus
