"""Enrolment: what an actor was told about itself, made into things of the plugins that are installed where it lives."""

from collections.abc import Mapping
from typing import Any

from pgcore.agents.papers import Make, Papers, from_plain
from pgcore.agents.serving import Enrol
from pgcore.catalog import Catalog
from pgcore.spec.flaws import problems_of
from pgcore.spec.problems import SpecError
from pgcore.spec.structure import KINDS, converter_of

NEEDED = ("device", "vertical", "horizontal", "reward", "broker", "fault")
"""The kinds of thing that a process of agents needs; it asks plugins for no others, so that no power-flow library is imported."""


class EnrolmentError(ValueError):
    """An actor cannot be what it was told to be: a plugin is missing, or is of another version. The message says which."""


def enrolling(catalog: Catalog) -> Enrol:
    """Makes papers with the plugins of ``catalog``, which are as strict as with a spec."""
    make = maker(catalog)

    def enrol(plain: Mapping[str, Any]) -> Papers:
        try:
            return from_plain(plain, make)
        except EnrolmentError as error:
            raise EnrolmentError(f"{plain.get('name')} cannot be set up here: {error}; install the same plugins as at the environment") from error
        except (LookupError, TypeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise EnrolmentError(
                f"{plain.get('name')} was told what it cannot read ({what}): use the same version of pgcore on both sides"
            ) from error

    return enrol


def maker(catalog: Catalog) -> Make:
    """Makes a thing of a kind from its entry.

    Raises (when called):
        EnrolmentError: no plugin here provides its type, or that class refuses the entry.
    """
    converter = converter_of(catalog)
    contracts: dict[str, Any] = {kind: contract for contract, kind in KINDS.items()}

    def make(kind: str, entry: Mapping[str, Any]) -> Any:
        try:
            return converter.structure(entry, contracts[kind])
        except Exception as error:  # a plugin's class may raise anything
            raise EnrolmentError(str(SpecError(problems_of(error, (kind,)))).partition("\n")[2]) from error

    return make
