"""Making: instances come from any options within their declared bounds, from an entry of a spec, and from another process."""

import pickle
from pathlib import Path
from typing import Any

import attrs

from pgcore.quantity import known
from pgcore.testing.checks import Breach, after
from pgcore.testing.imports import check_entry_module
from pgcore.testing.options import entry, fields, require_documented, require_unit
from pgcore.testing.subject import Subject


def check_every_option_is_documented(subject: Subject[Any]) -> None:
    """Every option is declared with a unit and one line of doc, and the class has a line for listings."""
    require_documented(subject.kind)
    for field in fields(subject.kind):
        about = known(field)
        if about is not None and about.unit:
            require_unit(subject.place, "option", field.name, about.unit)


def check_made_from_its_options(subject: Subject[Any]) -> None:
    """One can be made with any options within their declared bounds, or names the option that does not go with the others."""
    try:
        subject.drawn()
    except Breach:
        raise
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        mend = "refuse a bad option with a QuantityError that names its field"
        raise Breach(f"{subject.place} raised {type(error).__name__} while one was made: {error}", mend) from error


@after(check_made_from_its_options)
def check_options_travel_through_a_spec(subject: Subject[Any]) -> None:
    """One written as an entry of a spec and read again is the same."""
    from pgcore.spec.records import record, strict_converter

    converter = strict_converter()
    for one in subject.drawn():
        written = entry(one)
        if _names_no_file(one):
            continue  # a spec refuses a file that is not there
        try:
            read = record(type(one), written, converter)
        except Exception as error:
            mend = "let the types and bounds of the fields say what an entry may hold"
            raise Breach(f"{one!r}, written as {written}, is refused: {_said(error)}", mend) from error
        if read != one:
            raise Breach(f"{one!r} was written as {written} and read as {read!r}", "a field must keep the value that it is given")


@after(check_made_from_its_options)
def check_pickles(subject: Subject[Any]) -> None:
    """One can be sent to another process."""
    for one in subject.drawn():
        try:
            read = pickle.loads(pickle.dumps(one))
        except Exception as error:
            mend = "define the class at the top of a module, and let no field hold a function, lock or file"
            raise Breach(f"{one!r} cannot be pickled: {type(error).__name__}: {error}", mend) from error
        if read != one:
            raise Breach(f"{one!r} was pickled and came back as {read!r}", "what is compared is its options: keep nothing else in a field")


def check_entry_module_is_light(subject: Subject[Any]) -> None:
    """The plugin's entry module imports no heavy library and takes no time: every `pgcore` command and process imports it."""
    check_entry_module(subject.kind, subject.entry_module)


CHECKS = (
    check_every_option_is_documented,
    check_made_from_its_options,
    check_options_travel_through_a_spec,
    check_pickles,
    check_entry_module_is_light,
)
"""What is asked of a class of any kind whose fields are its options in a spec."""


def _names_no_file(one: Any) -> bool:
    return any(isinstance(value, Path) and not value.exists() for value in attrs.asdict(one, recurse=False).values())


def _said(error: BaseException) -> str:
    """What an error says, or the errors that it holds."""
    return "; ".join(map(_said, error.exceptions)) if isinstance(error, BaseExceptionGroup) else str(error)
