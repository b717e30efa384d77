"""Ranks: who is on a team, as the environment knows it."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.columns import Index
from pgcore.feeds import Feeds
from pgcore.messages import Report, StateUpdate
from pgcore.plant import Plant


@frozen(eq=False)
class Unit:
    """An actor that owns devices, as the environment knows it."""

    name: str
    agent: str
    """The agent that it belongs to, or is."""
    plant: Plant
    """To read its states."""


@frozen(eq=False)
class Ranks:
    """Who is on the team: the same for everyone who starts it."""

    agents: tuple[GridAgent, ...]
    units: tuple[Unit, ...]
    """In the order of their devices in the plant: what they did is put side by side."""
    plant: Plant
    """All devices, the background's last."""
    feeds: Feeds
    background: DeviceAgent
    step_min: float
    steps: int
    """How long an episode is, with all that is seen beyond its end."""
    series: Mapping[str, Index]
    """The series of the feeds that each actor gets to see."""
    papers: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    """What each actor that asks who it is must be told."""


@frozen(eq=False)
class Past:
    """How the last tick ended, for actors that go on from there after a restart."""

    tick: int
    updates: Mapping[str, StateUpdate]
    reports: Mapping[str, Report]
