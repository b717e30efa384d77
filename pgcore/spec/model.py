"""The typed spec: what a YAML file means once its shape has been checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import Attribute, field, frozen

from pgcore.channels import ChannelError, check_env_id
from pgcore.contracts.backend import Backend
from pgcore.contracts.broker import MessageBroker
from pgcore.contracts.device import Device
from pgcore.contracts.fault import Fault
from pgcore.contracts.network import NetworkSource
from pgcore.contracts.observer import Observer
from pgcore.contracts.profile import ProfileSource
from pgcore.contracts.protocol import Horizontal, Vertical
from pgcore.contracts.reward import Reward
from pgcore.naming import LONGEST
from pgcore.quantity import QuantityError, option, quantity

VERSION = 1
"""The version of the spec language that this package reads and writes."""

Ref = int | str
"""A bus, line or transformer: the source's number or its name."""


@frozen
class DeviceEntry:
    """One device of a spec: its parameters, where it is placed and what feeds its needs."""

    device: Device
    at: Mapping[str, Ref | tuple[Ref, ...] | str]
    """One entry: ``{"bus": 5}``, ``{"trafo": "T1"}``, ``{"at": (5, 6, 7)}`` or ``{"at": "loads"}`` (every load of the network)."""
    feeds: Mapping[str, str | float | tuple[str | float, ...]] = field(factory=dict)
    """For each need that the spec fills: a profile's name, a constant, or a list of them dealt out over the places in turn."""


@frozen
class AgentEntry:
    """One agent of a spec."""

    vertical: Vertical
    area: str | tuple[Ref, ...] = ()
    """Buses that it may see; ``"all"`` or a list. Those of its devices always belong to it."""
    devices: Mapping[str, DeviceEntry] = field(factory=dict)
    agents: Mapping[str, "AgentEntry"] = field(factory=dict)
    """Agents below this one: it is a SystemAgent then."""
    forecast_steps: int = quantity("1", "steps of its devices' profiles that it sees ahead", default=0, ge=0, le=96)


@frozen
class OnDivergence:
    """What a step is worth when the power flow has no solution."""

    reward: float = quantity("1", "reward of every agent", default=-200.0)
    violation: float = quantity("1", "violation of every agent", default=20.0, ge=0)
    end: bool = option("whether the episode ends there, as truncated", default=False)


@frozen
class Episode:
    """How long an episode is and where in the profiles it starts."""

    steps: int = quantity("1", "steps in an episode", default=96, ge=1, le=1_000_000)
    step_min: float = quantity("min", "length of a step", default=15.0, gt=0, le=1440)
    start: str | int = option("random (a random midnight), any (a random step), sequential (midnights in order), a step number, or a date", default=0)
    part: str = option("which weeks of the profiles to use", default="all", choices=("all", "train", "test"))
    test_every_weeks: int = quantity("1", "every how many weeks the last one is kept for testing", default=4, ge=2, le=52)
    on_divergence: OnDivergence = field(factory=OnDivergence)


@frozen
class Signing:
    """Where the keys are that messages are signed with: made by ``pgcore keys new``, and never part of a spec."""

    keys: Path | None = option("file with the keys of this process, readable by its owner alone", default=None)
    key_env: str = option("environment variable that holds them instead", default="PGCORE_KEYS")


@frozen
class BrokerEntry:
    """What moves the messages of distributed mode, and what happens to them on the way."""

    broker: MessageBroker
    faults: tuple[Fault, ...] = ()
    """Simulated faults of communication, acting together."""
    signing: Signing | None = None


@frozen
class Run:
    """How the problem is run: none of this changes what the problem is."""

    backend: Backend
    mode: str = option("who calls the agents", default="centralized", choices=("centralized", "distributed"))
    broker: BrokerEntry | None = None
    env_id: str = option("name of the environment in the names of its channels", default="0")
    actors: str = option("what is an actor of its own in distributed mode", default="agents", choices=("agents", "devices"))
    deadline_s: float = quantity("s", "how long to wait for actors, and in simulated time how late a message may be", default=10.0, gt=0, le=3600)
    on_silence: str = option(
        "what stands for an actor that is not heard in time: what was last heard, no power at all, or an error that ends the run",
        default="hold",
        choices=("hold", "drop", "raise"),
    )
    retries: int = quantity("1", "how often an actor that is not heard is asked again", default=2, ge=0, le=20)
    actions: str = option("unit of the agents' actions", default="normalized", choices=("normalized", "physical"))
    observers: tuple[Observer, ...] = ()
    seed: int = quantity("1", "root of every random number", default=0, ge=0)

    @env_id.validator
    def _can_stand_in_names_of_channels(self, field: "Attribute[str]", value: str) -> None:
        _check_env_id(field.name, value)


@frozen
class Terms:
    """What a process of agents must know of a run to reach it; all else it is told."""

    broker: BrokerEntry
    env_id: str = option("name of the environment in the names of its channels", default="0")
    seed: int = quantity("1", "root of every random number", default=0, ge=0)
    deadline_s: float = quantity("s", "in simulated time how late a message may be", default=10.0, gt=0, le=3600)
    step_min: float = quantity("min", "length of a step", default=15.0, gt=0, le=1440)

    @env_id.validator
    def _can_stand_in_names_of_channels(self, field: "Attribute[str]", value: str) -> None:
        _check_env_id(field.name, value)


@frozen
class Spec:
    """A whole problem and how to run it."""

    network: NetworkSource
    agents: Mapping[str, AgentEntry]
    reward: Reward
    run: Run
    profiles: Mapping[str, ProfileSource] = field(factory=dict)
    background: Mapping[str, DeviceEntry] = field(factory=dict)
    """Devices that belong to the world and to no agent, such as the loads of the main feeder."""
    horizontal: tuple[Horizontal, ...] = ()
    episode: Episode = field(factory=Episode)
    backends: tuple[Backend, ...] = field(default=(), eq=False)
    """What the backend ``auto`` chooses from, the fastest first."""
    document: Mapping[str, Any] = field(factory=dict, eq=False)
    """The plain document behind this spec after ``extends``, ``defaults`` and ``--set``, with file paths made absolute."""

    @property
    def forecast_steps(self) -> int:
        """Steps that the most far-sighted agent sees ahead."""
        return _furthest(self.agents)


def _furthest(agents: Mapping[str, AgentEntry]) -> int:
    return max((max(entry.forecast_steps, _furthest(entry.agents)) for entry in agents.values()), default=0)


def _check_env_id(field: str, value: str) -> None:
    try:
        check_env_id(value)
    except ChannelError as error:
        expected = f'a letter or digit, then letters, digits, _ . or -, at most {LONGEST} in all, with no "__" and no "_" at the end'
        raise QuantityError(field, value, expected) from error
