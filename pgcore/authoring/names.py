"""Names of a new plugin: of its distribution, package, type and classes, made from one word and checked."""

import keyword
import re
from collections.abc import Iterable

from attrs import frozen

PREFIX = "pgcore"
LONGEST = 24

RESERVED = ("builtin", "framework", "pgcore", "testing")
"""Names that belong to the core."""

_LEGAL = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_YAML = ("null", "true", "false", "yes", "no", "on", "off")
"""Words that a YAML file would not read as text."""


class BadName(ValueError):
    """The name cannot be that of a plugin; the message says why and what would do."""


@frozen
class Names:
    """What a plugin's one word becomes; made by :func:`names_from`."""

    type: str
    """Its tag in a spec and its entry point: ``my_heater``."""

    @property
    def distribution(self) -> str:
        """What pip calls it: ``pgcore-my-heater``."""
        return f"{PREFIX}-{self.command}"

    @property
    def package(self) -> str:
        """What Python calls it: ``pgcore_my_heater``."""
        return f"{PREFIX}_{self.type}"

    @property
    def stem(self) -> str:
        """What its classes are called: ``MyHeater``."""
        return "".join(part.capitalize() for part in self.type.split("_"))

    @property
    def command(self) -> str:
        """What a subcommand of ``pgcore`` is called: ``my-heater``."""
        return self.type.replace("_", "-")

    def put_into(self, text: str) -> str:
        """A template's text with these names in place of its own."""
        own = (("pgcore-acme", self.distribution), ("ACME", self.command), ("Acme", self.stem), ("acme", self.type))
        for placeholder, name in own:
            text = text.replace(placeholder, name)
        return text


def names_from(word: str, firstparty: Iterable[str] = ()) -> Names:
    """The names that come from one word; ``pgcore-`` before it, capitals and dashes make no difference.

    Args:
        word: for example ``heater``, ``my-heater`` or ``pgcore-heater``.
        firstparty: distributions whose names are taken.

    Raises:
        BadName: the word, or a name that comes from it, will not do.

    >>> names_from("pgcore-My-Heater").distribution, names_from("my heater").package
    ('pgcore-my-heater', 'pgcore_my_heater')
    """
    type = re.sub(r"[-_.\s]+", "_", word.strip().lower()).removeprefix(f"{PREFIX}_")
    if not _LEGAL.fullmatch(type):
        raise BadName(f"{word!r} is no name for a plugin; expected letters, digits and dashes, a letter first, such as my-heater")
    if len(type) > LONGEST:
        raise BadName(f"{word!r} has {len(type)} characters, expected at most {LONGEST}")
    if keyword.iskeyword(type) or keyword.iskeyword(type.capitalize()) or type in _YAML:
        raise BadName(f"{type!r} means something else in Python or in a spec; choose another name, such as my-{type}")
    if type in RESERVED:
        raise BadName(f"{type!r} is a name of pgcore's own; choose another, such as my-{type}")
    names = Names(type)
    if names.distribution in firstparty:
        raise BadName(f"{names.distribution} is a first-party plugin; choose another name, such as my-{names.command}")
    return names
