"""A new plugin's package: every file of it as text, from the templates."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

from attrs import frozen

from pgcore.authoring.entry import entry_module
from pgcore.authoring.kinds import Kind
from pgcore.authoring.names import Names
from pgcore.plugins.compatibility import CORE

LICENCES = ("Apache-2.0", "none")


@frozen
class Draft:
    """What a package is made from."""

    names: Names
    kinds: tuple[Kind, ...]
    core: str
    """Version of the core that it is written for."""
    author: str = ""
    """``Name`` or ``Name <mail address>``; empty for nobody."""
    licence: str = LICENCES[0]


def drafted(draft: Draft) -> Mapping[Path, str]:
    """The text of every file by its path within the package's folder."""
    made = {Path(name): Template(text).substitute(_blanks(draft)) for name, text in _common(draft)}
    package = Path(draft.names.package)
    made[package / "__init__.py"] = draft.names.put_into(entry_module(draft.kinds))
    made[package / "py.typed"] = ""
    for kind in draft.kinds:
        made.update({path: draft.names.put_into(text) for path, text in _parts(kind, draft.names)})
    return made


def written(folder: Path, texts: Mapping[Path, str]) -> None:
    """Write the files below ``folder``, which is made if it is not there.

    Raises:
        OSError: one cannot be written.
    """
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def classes_in(kind: Kind) -> frozenset[str]:
    """The names that the template of a kind uses, besides its own: a class of such a name would hide one of them."""
    texts = (part.read_text(encoding="utf-8") for part in _templates(kind.name).iterdir() if part.name.endswith(".py"))
    return frozenset(name for name in re.findall(r"\b[A-Z]\w*", "\n".join(texts)) if not name.startswith("Acme"))


def _templates(name: str) -> Traversable:
    return files("pgcore") / "templates" / name


def _common(draft: Draft) -> Iterator[tuple[str, str]]:
    """The files that every package has, with the plugin's names and their blanks."""
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "docs/index.md", "tests/test_plugin.py"):
        yield name, draft.names.put_into(_read("package", name))
    yield ".gitignore", _read("package", "gitignore")
    if draft.licence != "none":
        yield "LICENSE", _read("package", "LICENSE")


def _read(*path: str) -> str:
    return files("pgcore").joinpath("templates", *path).read_text(encoding="utf-8")


def _parts(kind: Kind, names: Names) -> Iterator[tuple[Path, str]]:
    """The files of one kind: its module, what lies beside that, and its test."""
    places = {"module.py": Path(names.package) / f"{kind.name}.py", "test.py": Path("tests") / f"test_{kind.name}.py"}
    for part in _templates(kind.name).iterdir():
        if part.is_file() and part.name != "page.md":
            beside = Path(names.package) / names.put_into(part.name)
            yield places.get(part.name, beside), part.read_text(encoding="utf-8")


def _blanks(draft: Draft) -> Mapping[str, str]:
    """What the blanks of the common files are filled with."""
    said = f"{_listed([kind.words for kind in draft.kinds])} {draft.names.type} for pgcore"
    wanted = [f"{CORE}{_range(draft.core)}", *dict.fromkeys(need for kind in draft.kinds for need in kind.needs)]
    return {
        "description": f"{said[0].upper()}{said[1:]}.",
        "changes": f"{said[0].upper()}{said[1:]}",
        "metadata": "\n".join(_metadata(draft)),
        "dependencies": "\n".join(f'    "{need}",' for need in wanted),
        "core": f"{CORE}[testing]{_range(draft.core)}",
        "licence": "" if draft.licence == "none" else f"\nLicence: {draft.licence}.\n",
        "licence_file": "" if draft.licence == "none" else ', "LICENSE"',
        "provides": "\n".join(["| kind | name | what it is |\n|---|---|---|", *(_row(kind, draft.names) for kind in draft.kinds)]),
        "pages": "\n".join(_page(kind, draft.names) for kind in draft.kinds).rstrip(),
    }


def _metadata(draft: Draft) -> Iterator[str]:
    if draft.licence != "none":
        yield f'license = "{draft.licence}"'
        yield 'license-files = ["LICENSE"]'
    if draft.author:
        name, _, mail = draft.author.partition("<")
        parts = {"name": name.strip(), "email": mail.strip(" >")}
        said = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items() if value)
        yield f"authors = [{{ {said} }}]"
    yield 'requires-python = ">=3.11"'


def _range(core: str) -> str:
    """Versions of the core that fit what is written for one: from its minor version on, below the next major one."""
    major, minor, *_ = (*core.split("."), "0")
    return f">={major}.{minor},<{int(major) + 1}"


def _row(kind: Kind, names: Names) -> str:
    shown = f"pgcore {names.command}" if kind.name == "command" else names.type
    return f"| {kind.words} | `{shown}` | {kind.summary} |"


def _page(kind: Kind, names: Names) -> str:
    heading = f"## {kind.words.capitalize()}\n\n{_read(kind.name, 'page.md')}"
    if kind.name in ("scenario", "command"):
        return names.put_into(heading)
    return names.put_into(f"{heading}\n`pgcore plugins show acme --kind {kind.name}` tells its options, with units and bounds.\n")


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if words[1:] else words[0]
