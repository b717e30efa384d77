"""The vocabulary between an environment and its agents: what is said in one step, as typed values.

Arrays are float64 or bool, ``(B, …)`` for B environments, and read-only once they are in a :class:`Message`. None holds a NaN.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct, field
from msgspec.structs import fields

from pgcore.columns import Array, Flags, Index

VERSION = 1
"""The version of the vocabulary; a receiver refuses any other."""

ENVIRONMENT = "environment"
"""The environment's name as a sender and a recipient."""

States = tuple[Mapping[str, Array], ...]
"""States of an actor's devices, type by type in the order in which the types first appear; every array ``(B, n of the type)``."""

Signals = Mapping[str, Array]
"""Named numbers, each ``(B,)``."""


class Start(Struct, frozen=True, eq=False):
    """Environment → every actor: an episode begins, or goes on for one that joined late."""

    seeds: tuple[tuple[int, int], ...]
    """Each environment's root seed and its number of the episode since that seed was given."""
    rows: Index
    """The step of the profiles that each environment is in at this tick, ``(B,)``; it goes up by one with each tick."""
    states: States | None = None
    """States to go on from; ``None``: the episode is new."""
    series: Array | None = None
    """The actor's own local series for the episode from its first step on, ``(B, steps, series)``; ``None``: those of the last start."""
    memory: Mapping[str, Array] = field(default_factory=dict)
    """What the actor last asked to be kept for it (:attr:`Report.memory`)."""


class Action(Struct, frozen=True, eq=False):
    """What to do in a step: environment → agent, parent → child agent, or agent → device."""

    vector: Array | None
    """Settings in physical units, ``(B, A)``. ``None`` from the environment: use your own policy; from a parent: only a directive is given."""
    signal: Signals = field(default_factory=dict)
    """A parent's directive, or what an agent tells its devices besides their settings (``price``, ``curtail``)."""
    vm_pu: Array | None = None
    """For devices that want to know their voltage: the last ones measured, ``(B, V)``."""


class StateUpdate(Struct, frozen=True, eq=False):
    """Device actor → environment: what its devices did in a step, and the state it left them in."""

    effects: Array
    """``(F, B, n)``, the rows as in :data:`pgcore.plant.EFFECTS`."""
    states: States


class Invitation(Struct, frozen=True, eq=False):
    """Environment → peer: make an offer for a horizontal protocol, or revise the last one."""

    protocol: int
    """Its position among the spec's horizontal protocols."""
    round: int
    """From 0."""
    effects: Array
    """What the peer's own devices did in this step, ``(F, B, n)``."""
    offer: Mapping[str, Array] | None = None
    """The offer that the award answers; ``None`` in round 0."""
    award: Mapping[str, Array] | None = None


class Proposal(Struct, frozen=True, eq=False):
    """Peer → environment: its offer."""

    protocol: int
    round: int
    offer: Mapping[str, Array]


class NetworkState(Struct, frozen=True, eq=False):
    """What agents are shown after a power flow: their areas, meters and awards; nothing of anyone else's.

    The columns of several agents stand side by side, agent after agent. Where the power flow did not converge, the area's values are the last
    good ones and ``age`` counts the steps since.
    """

    vm_pu: Array
    """Voltages of the area's buses, ``(B, bus)``."""
    energised: Flags
    """``(B, bus)``."""
    line_loading_percent: Array
    """``(B, line)``."""
    trafo_loading_percent: Array
    """``(B, trafo)``."""
    metered_mw: Array
    """Power into the area through the place of each of the agent's metered devices, in device order, ``(B, meter)``."""
    converged: Flags
    """``(B,)``."""
    age: Array
    """Steps since the values were good, ``(B,)``."""


class Results(Struct, frozen=True, eq=False):
    """Environment → agent: its view after the power flow, what its devices were heard to do, and how its negotiations ended."""

    view: NetworkState
    effects: Array
    """Of its own devices, ``(F, B, n)``."""
    states: States
    """Of its own devices."""
    offers: tuple[Mapping[str, Array], ...] = ()
    """Its last offer in each horizontal protocol that it takes part in."""
    awards: tuple[Mapping[str, Array], ...] = ()
    """The awards that answer them."""


class Report(Struct, frozen=True, eq=False):
    """What agents say at the end of a step; the columns of several agents stand side by side."""

    observation: Array
    """``(B, slots)``."""
    cost: Array
    """``(B, agents)`` in the spec's currency."""
    violation: Array
    """Of their devices and areas, as the reward counts them, ``(B, agents)``."""
    reward: Array
    """``(B, agents)``."""
    mask: tuple[Array, Array] | None
    """Lowest and highest setting of each number of their actions, ``(B, A)`` each, infinite where free; ``None``: all are free."""
    details: Mapping[str, Array | Flags] = field(default_factory=dict)
    """Further named arrays ``(B, agents)`` for ``infos``."""
    memory: Mapping[str, Array] = field(default_factory=dict)
    """What an agent needs to go on from here should it be started again."""

    def of(self, rows: Index) -> "Report":
        """What it says of some of the environments."""
        mask = None if self.mask is None else (self.mask[0][rows], self.mask[1][rows])
        details: dict[str, Array | Flags] = {name: value[rows] for name, value in self.details.items()}
        memory = {name: value[rows] for name, value in self.memory.items()}
        return Report(self.observation[rows], self.cost[rows], self.violation[rows], self.reward[rows], mask, details, memory)


class Question(Struct, frozen=True, eq=False):
    """Environment → agent: how would your own devices answer these signals now?"""

    signal: Signals


class Answer(Struct, frozen=True, eq=False):
    """Agent → environment: a value for each number of its action, ``(B, A)``."""

    settings: Array


class Silence(Struct, frozen=True, eq=False):
    """What is left of a message of this tick whose content was lost or held up: so much is known, that there was none in time."""

    of: str = ""
    """The name of the kind of body that was lost, such as ``StateUpdate``: it says which channel this is on."""


class Hello(Struct, frozen=True, eq=False):
    """Actor → environment: I am here; tell me who I am."""

    own_policy: bool = False
    """Whether it chooses its actions itself: the environment then sends it none."""
    settled: bool = False
    """Whether it knows already, and says that it is ready."""


class Welcome(Struct, frozen=True, eq=False):
    """Environment → actor: all that it needs to know to do its part, as plain data."""

    charter: Mapping[str, Any]
    life: int = 0
    """The ``epoch`` of the :class:`Hello` that this answers, so that one started again does not take an answer to its former life for its own."""


class Farewell(Struct, frozen=True, eq=False):
    """Environment → every actor: the run is over."""

    reason: str = ""


class Sealed(Struct, frozen=True, eq=False):
    """Another body, encoded and signed."""

    payload: bytes
    key_id: str
    mac: bytes


Body = (
    Start | Action | StateUpdate | Invitation | Proposal | Results | Report | Question | Answer | Silence | Hello | Welcome | Farewell | Sealed
)  # fmt: skip

BODIES: tuple[type, ...] = Body.__args__
"""Every kind of body."""


class Message(Struct, frozen=True, eq=False):
    """A body with who says it to whom, and when. Receivers key on environment, episode, tick and sender, so a duplicate is harmless."""

    env_id: str
    episode: int
    """Counts the resets of the environment."""
    tick: int
    """Counts the steps of the episode; 0 at reset."""
    sender: str
    recipient: str
    epoch: int
    """Counts the lives of the sender: one that was started again says so, since its ``seq`` starts again too."""
    seq: int
    """Counts the sender's messages on this channel, from 1."""
    body: Body


def _fields_of(kind: type) -> Callable[[Any], Iterable[Any]]:
    """Reads all fields of a record."""
    names = [part.name for part in fields(kind)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: [getattr(record, name) for name in names]


_PARTS = {kind: _fields_of(kind) for kind in (*BODIES, NetworkState)}


def sealed(body: Body) -> Body:
    """The same body with every array in it made read-only."""
    _seal(_PARTS[type(body)](body))
    return body


def _seal(parts: Iterable[Any]) -> None:
    for part in parts:
        kind = type(part)
        if kind is np.ndarray:
            part.setflags(write=False)
        elif not part:  # nothing is in it: None, an empty mapping or tuple
            continue
        elif kind is dict:
            _seal(part.values())
        elif kind is tuple:
            _seal(part)
        elif kind in _PARTS:
            _seal(_PARTS[kind](part))
        elif isinstance(part, Mapping):
            _seal(part.values())
