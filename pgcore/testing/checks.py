"""Checks: laws as plain functions that are asked of one subject, what each found, and whose bug it is.

A check is a function ``check_<name>(subject)``. Its docstring's first line is the law. It returns when the law holds, raises :class:`Breach` (or any
``AssertionError``) when it does not, and :class:`NotAsked` when the subject does not promise what the law is about. ``@after(other)`` above it names
the checks that it rests on: while one of those fails it is not asked, so that one mistake is named once.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from time import perf_counter
from types import FunctionType
from typing import Any, TypeVar

from attrs import field, frozen

from pgcore.extras import MissingExtra

Check = Callable[[Any], None]
"""A law, asked of a subject: a device's class with examples, a broker's factory, ..."""

F = TypeVar("F", bound=Check)

_EARLIER = "__after__"


class Owner(StrEnum):
    """Whose bug it is."""

    PLUGIN = "plugin"
    CORE = "core"
    SPEC = "spec"


class Verdict(StrEnum):
    """What came of asking a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXPECTED = "expected"
    """It failed, and an expected failure was declared with a reason."""
    UNEXPECTED = "unexpected"
    """It passed although an expected failure was declared: the declaration is out of date."""
    NOT_ASKED = "not asked"


class Breach(AssertionError):
    """A law does not hold. ``found`` says what was seen and where, ``mend`` what to do, ``owner`` whose bug it is."""

    def __init__(self, found: str, mend: str, owner: Owner = Owner.PLUGIN) -> None:
        super().__init__(f"{found}\n  whose bug: the {owner}'s\n  to mend:   {mend}")
        self.found, self.mend, self.owner = found, mend, owner

    def __reduce__(self) -> tuple[type["Breach"], tuple[str, str, Owner]]:
        return type(self), (self.found, self.mend, self.owner)


class NotAsked(Exception):
    """The law is about something that the subject does not promise or have; the message says what."""


@frozen
class Finding:
    """What came of one check."""

    check: str
    """Its name, without ``check_``."""
    law: str
    verdict: Verdict
    message: str = ""
    """Why it failed, was expected to, or was not asked."""
    owner: Owner | None = None
    """Whose bug a failure is."""
    seconds: float = field(default=0.0, eq=False)

    @property
    def good(self) -> bool:
        """Whether nothing has to be mended."""
        return self.verdict not in (Verdict.FAILED, Verdict.UNEXPECTED)


def after(*earlier: Check) -> Callable[[F], F]:
    """Say what a check rests on: it is asked only when ``earlier`` ones did not fail."""

    def marked(check: F) -> F:
        setattr(check, _EARLIER, earlier)
        return check

    return marked


def name_of(check: Check) -> str:
    """The name that a check is reported and expected to fail under.

    >>> def check_it_floats(duck): ...
    >>> name_of(check_it_floats)
    'it_floats'
    """
    assert isinstance(check, FunctionType), f"{check!r} is no function"
    return check.__name__.removeprefix("check_")


def law_of(check: Check) -> str:
    """The law in one line."""
    return (check.__doc__ or "").strip().partition("\n")[0]


class Examination:
    """Asks checks of one subject, each once and those that it rests on first.

    Args:
        checks: what is asked, in order.
        subject: what it is asked of.
        expected_failures: for names of checks that are known to fail, the reason.
    """

    def __init__(self, checks: Sequence[Check], subject: Any, expected_failures: Mapping[str, str] | None = None) -> None:
        self.checks = {name_of(check): check for check in checks}
        self.subject, self.expected = subject, dict(expected_failures or {})
        self._found: dict[str, Finding] = {}

    def __iter__(self) -> Iterator[Finding]:
        return map(self.ask, self.checks)

    def ask(self, name: str) -> Finding:
        """What comes of one check; of one that was asked before, the same.

        Raises:
            MissingExtra: a library that the check needs is not installed.
        """
        if name not in self._found:
            self._found[name] = self._asked(name)
        return self._found[name]

    def strangers(self) -> str:
        """What is wrong with the expected failures themselves; empty when nothing is."""
        unknown = [name for name in self.expected if name not in self.checks]
        if unknown:
            return f"expected_failures names {', '.join(unknown)}; the checks are: {', '.join(self.checks)}"
        bare = [name for name, reason in self.expected.items() if not str(reason).strip()]
        return f"expected_failures gives no reason for {', '.join(bare)}" if bare else ""

    def _asked(self, name: str) -> Finding:
        check = self.checks[name]
        law = law_of(check)
        failed = [earlier for earlier in map(name_of, getattr(check, _EARLIER, ())) if self._stands_in_the_way(earlier)]
        if failed:
            return Finding(name, law, Verdict.NOT_ASKED, f"it rests on {', '.join(failed)}")
        start = perf_counter()
        verdict, message, owner = _tried(check, self.subject)
        seconds = perf_counter() - start
        if name in self.expected:
            verdict, message, owner = _expected(verdict, message, owner, self.expected[name])
        return Finding(name, law, verdict, message, owner, seconds)

    def _stands_in_the_way(self, name: str) -> bool:
        """Whether a check failed, expected or not, or was itself not asked because of one that did."""
        if name not in self.checks:
            return False
        found = self.ask(name)
        blocked = found.verdict is Verdict.NOT_ASKED and found.message.startswith("it rests on ")
        return blocked or found.verdict in (Verdict.FAILED, Verdict.EXPECTED)


def _tried(check: Check, subject: Any) -> tuple[Verdict, str, Owner | None]:
    try:
        check(subject)
    except MissingExtra:
        raise
    except NotAsked as reason:
        return Verdict.NOT_ASKED, str(reason), None
    except Breach as breach:
        return Verdict.FAILED, str(breach), breach.owner
    except AssertionError as error:
        return Verdict.FAILED, str(error) or _where(error), Owner.PLUGIN
    except Exception as error:  # noqa: BLE001  a plugin may raise anything, and that is a finding
        owner = _owner(error)
        return Verdict.FAILED, f"{type(error).__name__}: {error}\n  {_where(error)}\n  whose bug: the {owner}'s", owner
    return Verdict.PASSED, "", None


def _expected(verdict: Verdict, message: str, owner: Owner | None, reason: str) -> tuple[Verdict, str, Owner | None]:
    if verdict is Verdict.FAILED:
        return Verdict.EXPECTED, reason, owner
    if verdict is Verdict.PASSED:
        return Verdict.UNEXPECTED, f"it passes, but is declared to fail: {reason!r}; remove it from expected_failures", Owner.PLUGIN
    return verdict, message, owner


def _owner(error: BaseException) -> Owner:
    """The core's own, when nobody else's code was running below the check."""
    modules = [str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__)]
    return Owner.CORE if modules and modules[-1].partition(".")[0] == __name__.partition(".")[0] else Owner.PLUGIN


def _where(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {last.filename}:{last.lineno}, {last.name}"
