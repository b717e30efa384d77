"""Subject: a class that a plugin provides, with instances of it, as checks are asked of it."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Generic, TypeVar

import attrs
from attrs import field, frozen

from pgcore.quantity import choices
from pgcore.testing.checks import Breach
from pgcore.testing.options import arms, fields
from pgcore.testing.search import search

T = TypeVar("T")
R = TypeVar("R")

DRAWN = 6
"""How many instances are drawn from the declared bounds of the options."""


@frozen
class Subject(Generic[T]):
    """A class under examination, with instances that its author gave."""

    kind: type[T]
    examples: tuple[T, ...] = ()
    entry_module: str = ""
    """The plugin's entry module; looked for among the installed ones when it is empty."""
    draws: ClassVar[int] = DRAWN
    varied: ClassVar[bool] = True
    """Whether every other choice of an option makes sense with the rest of an example: not where that goes with a file."""
    _drawn: list[T] = field(factory=list, init=False, repr=False, eq=False)
    _memory: dict[str, Any] = field(factory=dict, init=False, repr=False, eq=False)

    @property
    def place(self) -> str:
        """Where the class is: its module and name."""
        return f"{self.kind.__module__}.{self.kind.__qualname__}"

    def drawn(self) -> list[T]:
        """The plain one, one for each other choice of an option, the examples, and some with options from their declared bounds; always the same.

        Raises:
            Breach: a required option is neither a number, a truth value nor one of ``choices``, and there are no examples.
            MissingExtra: Hypothesis is not installed.
        """
        if not self._drawn:
            found: list[T] = []
            undrawable = self._draw_into(found)
            if undrawable and not self.examples:
                raise Breach(f"{self.place}: {undrawable}", self.how_to_give())
            plain = (*_plain(self.kind), *found, *self.examples)[:1]
            chosen = [one for first in plain for one in _chosen(first)] if self.varied else []
            self._drawn.extend(_different((*plain, *chosen, *self.examples, *found)))
        return self._drawn

    def usual(self) -> tuple[T, ...]:
        """The examples, or one instance with every option at its default.

        Raises:
            Breach: there are no examples, and an option is required or refuses its default.
        """
        if self.examples:
            return self.examples
        required = [one.name for one in attrs.fields(self.kind) if one.init and one.default is attrs.NOTHING]  # type: ignore[arg-type]
        if required:
            raise Breach(f"{self.place} requires {', '.join(required)}, so that none can be made to check", self.how_to_give())
        try:
            return (self.kind(),)
        except Exception as error:
            raise Breach(f"{self.place}() raised {type(error).__name__}: {error}", self.how_to_give()) from error

    def recall(self, name: str, make: Callable[[], R]) -> R:
        """What was made under a name before, so that checks share it, or is made now."""
        if name not in self._memory:
            self._memory[name] = make()
        found: R = self._memory[name]
        return found

    def how_to_give(self) -> str:
        """What an author does so that there is something to check."""
        return f"give instances to check: examples = [{self.kind.__name__}(...)] in the test class, or --entry or --examples of the command"

    def _draw_into(self, found: list[T]) -> str:
        """Instances with drawn options; else why there can be none."""

        def strategy() -> Any:
            from pgcore.testing.parameters import instances

            return instances(self.kind)

        try:
            search(found.append, strategy, self.draws)
        except Exception as error:
            if type(error).__name__ not in ("Undrawable", "Unsatisfiable"):
                raise
            return str(error) if type(error).__name__ == "Undrawable" else "nearly all options within its declared bounds are refused together"
        return ""


def spread(things: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of some things: the first one, and others at equal distances."""
    return things[:: -(-len(things) // most) or 1]


def _plain(kind: type[T]) -> tuple[T, ...]:
    """The one that leaves all options at their defaults, where there is one."""
    required = [one for one in fields(kind) if one.default is attrs.NOTHING]
    try:
        return () if required else (kind(),)
    except ValueError:  # one of several options is needed
        return ()


def _chosen(plain: T) -> list[T]:
    """One for each choice of each option, as far as they go with the rest."""
    found: list[T] = []
    for one in fields(type(plain)):
        for choice in choices(one) or ((True, False) if bool in arms(one.type) else ()):
            with suppress(ValueError):  # a choice that asks for other options to change with it is met among those drawn
                changed: Any = attrs.evolve(plain, **{one.alias or one.name: choice})  # type: ignore[misc]
                found.append(changed)
    return found


def _different(things: Iterable[T]) -> list[T]:
    found: list[T] = []
    for thing in things:
        if thing not in found:
            found.append(thing)
    return found
