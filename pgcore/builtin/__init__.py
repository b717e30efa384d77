"""What everyone needs, registered through the same hooks as any plugin."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pgcore.hookspecs import hookimpl

if TYPE_CHECKING:
    from pgcore.contracts.backend import Backend
    from pgcore.contracts.broker import MessageBroker
    from pgcore.contracts.device import Device
    from pgcore.contracts.fault import Fault
    from pgcore.contracts.profile import ProfileSource
    from pgcore.contracts.protocol import Horizontal, Vertical
    from pgcore.contracts.reward import Reward


@hookimpl
def pgcore_devices() -> "Iterable[type[Device]]":
    """The devices of an ordinary distribution network."""
    from pgcore.builtin.devices.battery import Battery
    from pgcore.builtin.devices.generator import Generator
    from pgcore.builtin.devices.grid_connection import GridConnection
    from pgcore.builtin.devices.load import Load
    from pgcore.builtin.devices.oltc import Oltc
    from pgcore.builtin.devices.pv import Pv
    from pgcore.builtin.devices.shunt import Shunt
    from pgcore.builtin.devices.switch import Switch
    from pgcore.builtin.devices.wind import Wind

    return [Battery, Generator, GridConnection, Load, Oltc, Pv, Shunt, Switch, Wind]


@hookimpl
def pgcore_protocols() -> "Iterable[type[Vertical] | type[Horizontal]]":
    """Direct control, prices, demand response and consensus."""
    from pgcore.builtin.protocols.consensus import Consensus
    from pgcore.builtin.protocols.demand_response import DemandResponse
    from pgcore.builtin.protocols.price_signal import PriceSignal
    from pgcore.builtin.protocols.setpoint import Setpoint

    return [Consensus, DemandResponse, PriceSignal, Setpoint]


@hookimpl
def pgcore_brokers() -> "Iterable[type[MessageBroker]]":
    """Ways to move messages without anything to install."""
    from pgcore.builtin.brokers.in_memory import InMemoryBroker
    from pgcore.builtin.brokers.socket import SocketBroker

    return [InMemoryBroker, SocketBroker]


@hookimpl
def pgcore_backends() -> "Iterable[type[Backend]]":
    """What chooses among the backends of plugins."""
    from pgcore.builtin.backends.auto import AutoBackend

    return [AutoBackend]


@hookimpl
def pgcore_profiles() -> "Iterable[type[ProfileSource]]":
    """Series from files and from the spec itself."""
    from pgcore.builtin.profiles.csv_file import CsvProfile
    from pgcore.builtin.profiles.values import ValuesProfile

    return [CsvProfile, ValuesProfile]


@hookimpl
def pgcore_rewards() -> "Iterable[type[Reward]]":
    """The default reward."""
    from pgcore.builtin.rewards.cost_and_violation import CostAndViolation

    return [CostAndViolation]


@hookimpl
def pgcore_faults() -> "Iterable[type[Fault]]":
    """What happens to messages on simulated links."""
    from pgcore.builtin.faults.bandwidth import Bandwidth
    from pgcore.builtin.faults.burst_loss import BurstLoss
    from pgcore.builtin.faults.duplication import Duplication
    from pgcore.builtin.faults.jitter import Jitter
    from pgcore.builtin.faults.latency import Latency
    from pgcore.builtin.faults.lognormal_latency import LognormalLatency
    from pgcore.builtin.faults.loss import Loss
    from pgcore.builtin.faults.partition import Partition
    from pgcore.builtin.faults.reordering import Reordering

    return [Bandwidth, BurstLoss, Duplication, Jitter, Latency, LognormalLatency, Loss, Partition, Reordering]
