"""Fault: what a simulated communication link does to the messages on it: hold them up, lose them, double them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, ClassVar, NamedTuple

from attrs import Attribute, frozen

from pgcore.draws import Draws
from pgcore.quantity import QuantityError, option, quantity

Fate = tuple[float, ...]
"""What becomes of a message: a delay in seconds for each copy that arrives; empty when it is lost."""

PROMPT: Fate = (0.0,)
"""It arrives once and at once."""

LOST: Fate = ()
"""It never arrives."""

ARROW = "->"
"""Stands between sender and recipient where a link is named."""


@frozen
class Link:
    """One direction between two actors.

    >>> str(Link("MG1", "environment"))
    'MG1 -> environment'
    """

    sender: str
    recipient: str

    def __str__(self) -> str:
        return f"{self.sender} {ARROW} {self.recipient}"

    def matches(self, pattern: str) -> bool:
        """Whether a pattern such as ``* -> MG1.*`` means this link; ``*`` stands for any text, ``?`` for any character.

        >>> Link("MG1", "MG1.ess").matches("* -> MG1.*"), Link("MG1", "environment").matches("* -> MG1.*")
        (True, False)
        """
        sender, _, recipient = pattern.partition(ARROW)
        return fnmatchcase(self.sender, sender.strip()) and fnmatchcase(self.recipient, recipient.strip())


class Passage(NamedTuple):
    """One message that sets out: all that a fault may judge by."""

    link: Link
    sent_s: float
    """Simulated seconds since the episode began."""
    size_bytes: Callable[[], int]
    """Its size in bytes once encoded. Encoding takes time: ask only if it matters."""


@frozen(kw_only=True)
class Fault(ABC):
    """A way in which links misbehave. Its attrs fields are the options of an entry of a spec's ``run.broker.faults``.

    Faults of one list act together: delays add up (a sum below 0 counts as 0), a loss by any of them loses the message, copies multiply. Each is
    asked about every message on its links, also about those that another one loses, so that what one does never depends on the others.
    """

    type: ClassVar[str]

    links: tuple[str, ...] = option("links it acts on, each as sender -> recipient; * stands for any text", default=("* -> *",))
    from_s: float = quantity("s", "simulated time of the episode at which it begins", default=0.0, ge=0)
    until_s: float | None = quantity("s", "simulated time of the episode at which it ends; when left out it lasts", default=None, gt=0)

    @links.validator
    def _are_links(self, field: "Attribute[Any]", value: tuple[str, ...]) -> None:
        for pattern in value:
            sender, arrow, recipient = pattern.partition(ARROW)
            if not (arrow and sender.strip() and recipient.strip()) or ARROW in recipient:
                raise QuantityError(field.name, pattern, f'"sender {ARROW} recipient", such as "MG1 {ARROW} environment" or "* {ARROW} MG1.*"')

    @until_s.validator
    def _comes_after_from(self, field: "Attribute[Any]", value: float | None) -> None:
        if value is not None and value <= self.from_s:
            raise QuantityError(field.name, value, f"> from_s, which is {self.from_s:g}")

    def acts_on(self, link: Link) -> bool:
        """Whether it concerns a link at all."""
        return any(link.matches(pattern) for pattern in self.links)

    def acts_at(self, sent_s: float) -> bool:
        """Whether it acts on messages sent at that simulated time."""
        return self.from_s <= sent_s and (self.until_s is None or sent_s < self.until_s)

    def memory(self) -> Any:
        """What it knows of a link when an episode begins; for faults whose doings depend on what went before."""
        return None

    @abstractmethod
    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """What becomes of one message, and what to remember of its link for the next.

        Args:
            passage: the message. Called for its links and its time only.
            draws: random numbers of this message and this fault alone; the only ones to use.
            memory: what was returned for the link's last message, or :meth:`memory`. Never changed in place.
        """
