"""Channels: their names, and who may write and read each."""

from collections.abc import Mapping
from functools import lru_cache
from re import compile as pattern
from typing import NoReturn

from attrs import field, frozen

from pgcore.messages import ENVIRONMENT
from pgcore.naming import CONFUSING, LEGAL, LONGEST, RESERVED

TO_ENVIRONMENT = ("state_updates", "reports", "offers", "presence")
"""Kinds of channel that every actor writes and the environment reads."""

TO_AGENT = ("power_flow_results", "invitations")
"""Kinds of channel that the environment writes and one agent reads."""

KINDS = ("action", *TO_AGENT, *TO_ENVIRONMENT, "control")

CONTROL = ("control", "presence")
"""Kinds that belong to the simulation itself: simulated faults never touch them, and they are read in every episode."""

KIND_OF: Mapping[str, str] = {
    "Action": "action",
    "StateUpdate": "state_updates",
    "Results": "power_flow_results",
    "Report": "reports",
    "Invitation": "invitations",
    "Proposal": "offers",
    "Start": "control",
    "Question": "control",
    "Welcome": "control",
    "Farewell": "control",
    "Hello": "presence",
    "Answer": "presence",
}
"""On which kind of channel each kind of body travels; a ``Silence`` travels where its content would have."""

_ENV_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class ChannelError(ValueError):
    """A name is not that of a channel, or could be confused with another. The message says what was found and why it is refused."""


@frozen
class Channel:
    """What a channel's name says."""

    env_id: str
    kind: str
    sender: str = ""
    """Empty where every actor may write."""
    recipient: str = ""
    name: str = field(default="", eq=False)


def check_env_id(env_id: str) -> str:
    """``env_id``, if it can stand in the name of a channel.

    Raises:
        ChannelError: it cannot; the message says why.
    """
    if not _ENV_ID.fullmatch(env_id) or len(env_id) > LONGEST:
        expected = f"a letter or digit, then letters, digits, _ . or -, at most {LONGEST} in all"
        raise ChannelError(f"{env_id[: LONGEST + 6]!r} is no environment id; expected {expected}")
    if "__" in env_id or env_id.endswith("_"):
        raise ChannelError(f'the environment id {env_id!r} could be confused: "__" ends it in a channel\'s name; use no "__" and no "_" at its end')
    return env_id


@lru_cache(maxsize=65_536)
def check_actor_id(actor_id: str) -> str:
    """``actor_id``, if it can stand in the name of a channel: an agent ``MG1``, or a device ``MG1.ess`` that belongs to agent ``MG1``.

    Raises:
        ChannelError: it cannot; the message says why.
    """
    parts = actor_id.split(".")
    if len(parts) > 2 or not all(LEGAL.fullmatch(part) and len(part) <= LONGEST for part in parts):
        expected = f"AGENT or AGENT.DEVICE, each a letter, then letters, digits, _ or -, at most {LONGEST} in all"
        raise ChannelError(f"{actor_id[: 2 * LONGEST + 6]!r} is no actor's name; expected {expected}")
    for part in parts:
        if part in RESERVED:
            raise ChannelError(f"the actor's name {actor_id!r} is refused: {part!r} is the environment's own name")
        if CONFUSING.match(part):
            why = 'names of channels are cut at "__" and "_to_"; use neither, no "to_" in front and no "_" or "_to" at the end'
            raise ChannelError(f"the actor's name {actor_id!r} could be confused: {why}")
    return actor_id


@lru_cache(maxsize=65_536)
def parse(name: str) -> Channel:
    """What a channel's name says.

    Raises:
        ChannelError: it is not the name of a channel, or one of the names in it is refused.

    >>> parse("env_0__action__MG1_to_MG1.ess").recipient
    'MG1.ess'
    """
    prefix, _, rest = name.partition("_")
    env_id, separator, rest = rest.partition("__")
    kind, _, who = rest.partition("__")
    if prefix != "env" or not separator or kind not in KINDS:
        raise ChannelError(f"{name[:300]!r} is no channel; expected env_ID__KIND… with one of the kinds {', '.join(KINDS)}")
    made = _channel(env_id, kind, who)
    if made.name != name:
        raise ChannelError(f"{name[:300]!r} is no channel; did you mean {made.name!r}?")
    return made


def _channel(env_id: str, kind: str, who: str) -> Channel:
    """The channel of a kind; ``who`` is what stands behind the kind in its name."""
    if kind == "action":
        sender, separator, recipient = who.partition("_to_")
        return _action(check_env_id(env_id), sender, recipient) if separator else _unnamed(kind, who)
    front = f"env_{check_env_id(env_id)}__{kind}"
    if kind in TO_ENVIRONMENT:
        return Channel(env_id, kind, "", ENVIRONMENT, front)
    if not who:
        _unnamed(kind, who)
    if kind in TO_AGENT and "." in who:
        raise ChannelError(f"{kind} go to agents; {who!r} is a device")
    return Channel(env_id, kind, ENVIRONMENT, check_actor_id(who), f"{front}__{who}")


def _unnamed(kind: str, who: str) -> NoReturn:
    expected = "SENDER_to_RECIPIENT" if kind == "action" else "the name of the actor that reads it"
    raise ChannelError(f"a channel of kind {kind} ends with {expected}; found {who!r}")


def _action(env_id: str, sender: str, recipient: str) -> Channel:
    """Environment → agent, agent → agent, or agent → one of its own devices."""
    check_actor_id(recipient)
    if sender != ENVIRONMENT:
        check_actor_id(sender)
    agent, _, device = recipient.partition(".")
    if "." in sender:
        raise ChannelError(f"{sender!r} is a device and sends no actions; found it as the sender to {recipient!r}")
    if device and sender != agent:
        raise ChannelError(f"the device {recipient!r} takes actions from its agent {agent!r} alone; found {sender!r}")
    if sender == recipient:
        raise ChannelError(f"{sender!r} cannot send actions to itself")
    return Channel(env_id, "action", sender, recipient, f"env_{env_id}__action__{sender}_to_{recipient}")


class ChannelManager:
    """Names of one environment's channels. Each is made once; which ones there are depends only on what was asked for.

    >>> ChannelManager("0").action("MG1", "MG1.ess")
    'env_0__action__MG1_to_MG1.ess'
    """

    def __init__(self, env_id: str) -> None:
        self.env_id = check_env_id(env_id)
        self._actions: dict[tuple[str, str], str] = {}
        self._others: dict[tuple[str, str], str] = {}

    def action(self, sender: str, recipient: str) -> str:
        """Settings and directives: environment → agent, parent → child agent, agent → device."""
        key = (sender, recipient)
        if key not in self._actions:
            self._actions[key] = _action(self.env_id, sender, recipient).name
        return self._actions[key]

    def state_updates(self) -> str:
        """What devices did: device actors → environment."""
        return self._name("state_updates")

    def power_flow_results(self, agent_id: str) -> str:
        """What an agent is shown after the power flow: environment → agent."""
        return self._name("power_flow_results", agent_id)

    def reports(self) -> str:
        """What agents observed and how they grade it: agents → environment."""
        return self._name("reports")

    def invitations(self, agent_id: str) -> str:
        """Calls for an offer: environment → peer."""
        return self._name("invitations", agent_id)

    def offers(self) -> str:
        """Offers for horizontal protocols: peers → environment."""
        return self._name("offers")

    def control(self, actor_id: str) -> str:
        """Start, question, welcome, farewell: environment → actor."""
        return self._name("control", actor_id)

    def presence(self) -> str:
        """Hello and answers to questions: actors → environment."""
        return self._name("presence")

    def parse(self, name: str) -> Channel:
        """What a channel's name says.

        Raises:
            ChannelError: it is not the name of a channel of this environment.
        """
        channel = parse(name)
        if channel.env_id != self.env_id:
            raise ChannelError(f"{name!r} belongs to environment {channel.env_id!r}, expected one of {self.env_id!r}")
        return channel

    def _name(self, kind: str, who: str = "") -> str:
        key = (kind, who)
        if key not in self._others:
            self._others[key] = _channel(self.env_id, kind, who).name
        return self._others[key]


def may_write(actor_id: str, channel: Channel | str) -> bool:
    """Whether an actor (or the environment) may send on a channel. A name that is refused may do nothing."""
    known = _known(channel)
    if known is None:
        return False
    return actor_id == known.sender if known.sender else _is_actor(actor_id)


def may_read(actor_id: str, channel: Channel | str) -> bool:
    """Whether an actor (or the environment) may receive what is sent on a channel: its recipient alone."""
    known = _known(channel)
    return known is not None and actor_id == known.recipient


def _known(channel: Channel | str) -> Channel | None:
    if isinstance(channel, Channel):
        return channel
    try:
        return parse(channel)
    except ChannelError:
        return None


def _is_actor(actor_id: str) -> bool:
    try:
        return bool(check_actor_id(actor_id))
    except ChannelError:
        return False
