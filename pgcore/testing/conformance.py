"""Conformance: checks as a test class for pytest, one test a check.

>>> class DuckChecks(Conformance, checks=()): ...
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from pgcore.testing.checks import Check, Examination, Finding, Verdict, law_of, name_of


class Conformance:
    """Base of a kit's test class. An author derives a class ``Test…`` from the kit's, says what is to be checked, and pytest does the rest.

    A check can't be taken away: overriding its test fails another one. What is known to fail is declared in ``expected_failures``, and fails in
    turn as soon as it passes.
    """

    expected_failures: ClassVar[Mapping[str, str]] = {}
    """For the name of a check that is known to fail, the reason."""
    _checks: ClassVar[tuple[Check, ...]] = ()

    def __init_subclass__(cls, checks: Sequence[Check] | None = None, **other: Any) -> None:
        super().__init_subclass__(**other)
        if checks is not None:
            cls._checks = tuple(checks)
            for check in cls._checks:
                setattr(cls, _test_of(check), _test(check))

    @classmethod
    def subject(cls) -> Any:
        """What the checks are asked of."""
        raise NotImplementedError(f"{cls.__name__} does not say what is to be checked")

    @classmethod
    def examination(cls) -> Examination:
        """The one examination of this class: its tests share it."""
        if "_examination" not in vars(cls):
            cls._examination = Examination(cls._checks, cls.subject(), cls.expected_failures)
        return cls._examination

    _examination: ClassVar[Examination]

    def test_no_check_is_taken_away(self) -> None:
        """Every check of the kit is asked, and expected failures name checks and reasons."""
        cls = type(self)
        kit = next(kind for kind in cls.__mro__ if issubclass(kind, Conformance) and "_checks" in vars(kind))
        tests = map(_test_of, kit._checks)
        gone = [name for name in tests if getattr(cls, name, None) is not vars(kit)[name]]
        remedy = "remove the override, or declare the check in expected_failures with a reason"
        assert not gone, f"{cls.__name__} takes away {', '.join(gone)}; {remedy}"
        strangers = self.examination().strangers()
        assert not strangers, f"{cls.__name__}: {strangers}"


def _test_of(check: Check) -> str:
    return f"test_{name_of(check)}"


def _test(check: Check) -> Callable[[Conformance], None]:
    name = name_of(check)

    def test(self: Conformance) -> None:
        _report(self.examination().ask(name))

    test.__name__, test.__doc__ = _test_of(check), law_of(check)
    test.__qualname__ = f"{Conformance.__name__}.{test.__name__}"
    return test


def _report(found: Finding) -> None:
    """Tell pytest. No traceback: what went wrong happened in the kit, and the message says it."""
    import pytest

    if found.verdict is Verdict.NOT_ASKED:
        pytest.skip(f"not asked: {found.message}")
    if found.verdict is Verdict.EXPECTED:
        pytest.xfail(found.message)
    if not found.good:
        pytest.fail(f"{found.law}\n{found.message}", pytrace=False)
