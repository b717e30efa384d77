"""Its network source and profile sources pass the kit."""

from pgcore_microgrids.feeder import MicrogridFeeder
from pgcore_microgrids.simbench import SimBench
from pgcore_microgrids.tariff import Tariff

from pgcore.testing import NetworkChecks, ProfileChecks


class TestMicrogridFeeder(NetworkChecks):
    network = MicrogridFeeder
    examples = (MicrogridFeeder(),)


class TestSimBench(ProfileChecks):
    profile = SimBench


class TestTariff(ProfileChecks):
    profile = Tariff
