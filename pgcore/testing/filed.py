"""Filed: what things that read a file say of one that is missing or broken."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs

from pgcore.testing.checks import Breach, NotAsked
from pgcore.testing.subject import Subject

GARBAGE = b"\x89no, this is \x00 not it\xff\xfe\n1,2,;;\n{"
"""The content of no file that anybody reads."""


def require_files_named(subject: Subject[Any], load: Callable[[Any], Any]) -> None:
    """Each example whose option is a file says so, by name, when there is none, and when what is in it is nothing.

    Raises:
        Breach: it does not.
        NotAsked: no example has a file.
    """
    asked = 0
    for one in subject.drawn():
        for option, path in _files(one):
            asked += 1
            with tempfile.TemporaryDirectory() as folder:
                missing, broken = (Path(folder) / f"{word}{''.join(path.suffixes)}" for word in ("missing", "broken"))
                broken.write_bytes(GARBAGE)
                for file, what in ((missing, "is not there"), (broken, "holds garbage")):
                    _require_named(attrs.evolve(one, **{option: file}), load, file, what)
    if not asked:
        raise NotAsked("no example reads a file")


def _files(one: Any) -> Iterator[tuple[str, Path]]:
    for field in attrs.fields(type(one)):
        value = getattr(one, field.name)
        if isinstance(value, Path) and value.is_file():
            yield field.alias or field.name, value


def _require_named(one: Any, load: Callable[[Any], Any], file: Path, what: str) -> None:
    mend = "raise a ValueError (or let the OSError pass) that names the file, and where in it something is wrong"
    try:
        load(one)
    except (ValueError, OSError) as error:
        if file.name not in str(error):
            raise Breach(f"where its file {what}, it says {error!r}, which does not name the file", mend) from error
        return
    except Exception as error:
        raise Breach(f"where its file {what}, it raised {type(error).__name__}: {error}", mend) from error
    raise Breach(f"where its file {what}, it raised nothing", mend)
