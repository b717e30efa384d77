"""Kinds of plugin that can be begun from a template, and how the entry module of a package offers each."""

from collections.abc import Mapping

from attrs import frozen


@frozen
class Kind:
    """One kind: its name in the command, in words, and what stands in the entry module for it."""

    name: str
    words: str
    summary: str
    """What the template is, in one line."""
    hook: str
    contract: str
    """The contract's class; empty for what is no class."""
    home: str = ""
    """Module of the contract, where it is not named like the kind."""
    offers: str = ""
    """Name of what the module offers; that of the class, if empty."""
    needs: tuple[str, ...] = ("attrs>=24.2", "numpy>=1.26")
    """What it requires besides the core."""

    @property
    def module(self) -> str:
        """Where the contract lives."""
        return f"pgcore.contracts.{self.home or self.name}"

    def offered(self) -> str:
        """Name of what the template's module offers: a class, a tuple or a function."""
        return self.offers or ("Acme" if self.name == "device" else f"Acme{self.name.capitalize()}")


_ALL = (
    Kind("device", "device", "an electric heater with a heat store", "pgcore_devices", "Device"),
    Kind("vertical", "vertical protocol", "one number steers all of an agent's devices", "pgcore_protocols", "Vertical", "protocol"),
    Kind("horizontal", "horizontal protocol", "a pool in which neighbours trade at one price", "pgcore_protocols", "Horizontal", "protocol"),
    Kind("broker", "broker", "messages between the threads of one process", "pgcore_brokers", "MessageBroker"),
    Kind("backend", "backend", "an exact power flow by fixed-point iteration", "pgcore_backends", "Backend"),
    Kind("network", "network source", "a feeder of equal sections", "pgcore_networks", "NetworkSource"),
    Kind("profile", "profile source", "a wave with the period of a day", "pgcore_profiles", "ProfileSource"),
    Kind("reward", "reward", "cost and squared voltage deviations", "pgcore_rewards", "Reward"),
    Kind("observer", "observer", "a CSV file with a line for each step", "pgcore_observers", "Observer", needs=("attrs>=24.2",)),
    Kind("fault", "fault", "links that are silent at regular times", "pgcore_faults", "Fault", needs=("attrs>=24.2",)),
    Kind("scenario", "scenario", "a village on two lines", "pgcore_scenarios", "Scenario", offers="SCENARIOS", needs=("pgcore-pandapower>=0.1,<1",)),
    Kind("command", "command", "a list of what is installed", "pgcore_commands", "", offers="acme_command", needs=("click>=8.1.7",)),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""The kinds by name."""
