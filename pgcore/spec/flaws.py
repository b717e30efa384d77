"""Flaws: what is wrong with one value, raised where it is found and gathered into problems with paths."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from cattrs.errors import AttributeValidationNote, BaseValidationError, IterableValidationError, IterableValidationNote

from pgcore.quantity import QuantityError
from pgcore.spec.problems import Path, Problem, shown

K = TypeVar("K", str, int)


class Flaw(Exception):
    """One thing wrong with a value; its fields are those of a :class:`Problem`, whose path the containers around it supply."""

    def __init__(self, message: str = "", *, found: str = "", expected: str = "", hint: str = "", of_name: bool = False) -> None:
        super().__init__(message or f"found {found}, expected {expected}")
        self.message, self.found, self.expected, self.hint, self.of_name = message, found, expected, hint, of_name


def unlike(value: Any, expected: str, hint: str = "") -> Flaw:
    """The flaw of a value that is not what was expected."""
    return Flaw(found=shown(value), expected=expected, hint=hint)


def each(items: Iterable[tuple[K, Any]], make: Callable[[K, Any], Any], owner: type) -> dict[K, Any]:
    """Make every item and raise what went wrong with all of them at once.

    Raises:
        IterableValidationError: some items have flaws; each carries its key as a note, the way cattrs does it.
    """
    made: dict[K, Any] = {}
    errors: list[Exception] = []
    for key, value in items:
        try:
            made[key] = make(key, value)
        except Exception as error:  # noqa: BLE001  whatever a plugin's class raises is a flaw of this item
            errors.append(noted(error, key))
    raise_all(errors, owner)
    return made


def noted(error: Exception, key: str | int) -> Exception:
    """The error with the key of the entry that it is about."""
    error.add_note(IterableValidationNote(f"at {key}", key, object))
    return error


def at(key: str | int, flaw: Exception) -> IterableValidationError:
    """The flaw as that of one entry of a mapping or list."""
    return IterableValidationError(f"{key} has a flaw", [noted(flaw, key)], dict)


def raise_all(errors: list[Exception], owner: type) -> None:
    """Raise the errors, if there are any, as one."""
    if errors:
        raise IterableValidationError(f"{owner.__name__} has flaws", errors, owner)


def problems_of(error: Exception, path: Path = ()) -> Iterator[Problem]:
    """Every flaw in an error raised while structuring, as problems with their paths."""
    if isinstance(error, BaseValidationError):
        for inner in error.exceptions:
            yield from problems_of(inner, (*path, *_keys(inner)))
    elif isinstance(error, Flaw):
        yield Problem(path, error.message, error.found, error.expected, error.hint, of_name=error.of_name)
    elif isinstance(error, QuantityError):
        yield Problem(path, found=shown(error.found), expected=error.expected)
    else:
        yield Problem(path, str(error) or type(error).__name__)


def _keys(error: BaseException) -> list[str | int]:
    """Keys noted on an error, the outermost first."""
    found: list[str | int] = []
    for note in reversed(getattr(error, "__notes__", ())):
        if isinstance(note, IterableValidationNote):
            found.append(note.index)
        elif isinstance(note, AttributeValidationNote):
            found.append(note.name)
    return found
