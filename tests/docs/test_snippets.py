"""The documentation runs: the Python of each page in order, in one namespace; its specs link; its commands parse; every example script ends well.

A comment on the line above a block changes what happens to it: ``<!-- file: name -->`` writes the block to a file that later blocks of the page
can read (and links it, if it is a spec), and ``<!-- not run: why -->`` leaves out a block that cannot run here.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from attrs import frozen

from pgcore.catalog import Catalog
from pgcore.cli import main
from pgcore.spec.links import link
from pgcore.spec.load import load_spec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if "generated" not in path.parts and "_build" not in path.parts)]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))

_BLOCK = re.compile(r"(?:^<!-- (?P<what>file|not run): (?P<note>[^\n]+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^pgcore .*$", re.MULTILINE)


@frozen
class Block:
    """One block of a page: its language, its text, the line on which that starts, and the comment above it."""

    language: str
    text: str
    line: int
    what: str
    note: str

    @property
    def is_spec(self) -> bool:
        """Whether it is a whole spec."""
        return self.language == "yaml" and self.text.startswith("spec: 1\n")


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that are to do something."""
    text = page.read_text(encoding="utf-8")
    found = [Block(m["language"], m["text"], text.count("\n", 0, m.start("text")), m["what"] or "", m["note"] or "") for m in _BLOCK.finditer(text)]
    return [block for block in found if block.what != "not run" and (block.what == "file" or block.language == "python" or block.is_spec)]


def commands(page: Path) -> list[str]:
    """The ``pgcore`` commands in the console blocks of a page."""
    shown = [m["text"] for m in _BLOCK.finditer(page.read_text(encoding="utf-8")) if m["language"] == "console"]
    return [line for text in shown for line in _COMMAND.findall(text)]


WITH_CODE = [page for page in PAGES if blocks(page)]
COMMANDS = sorted({(str(page.relative_to(ROOT)), line) for page in PAGES for line in commands(page)})


def run(page: Path, block: Block, names: dict[str, object]) -> Block:
    """Do with a block what its language asks for; what goes wrong in it raises."""
    if block.what == "file":
        Path(block.note).write_text(block.text, encoding="utf-8")
    if block.is_spec:
        file = Path(block.note if block.what == "file" else "page.yaml")
        file.write_text(block.text, encoding="utf-8")
        link(load_spec(file, catalog=Catalog.discover()))
    elif block.language == "python" and block.what != "file":
        exec(compile("\n" * block.line + block.text, str(page), "exec"), names)  # leading lines make tracebacks point into the page
    return block


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, object]]:
    """The namespace of a page, in a folder of its own whose modules can be imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield {"__name__": "page"}
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_and_specs_of_a_page_work(page: Path, names: dict[str, object]) -> None:
    done = [run(page, block, names) for block in blocks(page)]
    assert done


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_that_a_page_shows_has_the_options_it_uses(page: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command: click.Command = main
    words = shlex.split(line, comments=True)[1:]
    context = click.Context(command, info_name="pgcore")
    while isinstance(command, click.Group):
        context = command.make_context(command.name, [*words], parent=context)
        name, found, words = command.resolve_command(context, words)
        assert found is not None, f"{page}: {line}: there is no command {name}"
        command = found
    assert command.make_context(command.name, words, parent=context).command is command


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.name)
def test_an_example_runs(script: Path, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_pages_with_code() -> None:
    assert WITH_CODE
