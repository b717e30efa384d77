"""``pgcore`` finds its commands late and answers errors that a user can mend with one message and status 2."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pgcore.catalog import Catalog, UnknownType
from pgcore.cli import main
from pgcore.cli.group import COMMANDS
from pgcore.extras import MissingExtra
from tests.installed import Site, site

HELLO = """
import click, pgcore

@pgcore.hookimpl
def pgcore_commands(cli):
    @cli.command("hello")
    def hello():
        click.echo("hello from a plugin")
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path) as made:
        yield made


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """A command ``fail`` that raises what the test puts into the list."""
    errors: list[Exception] = []

    @click.command()
    def fail() -> None:
        raise errors[0]

    monkeypatch.setattr(main, "get_command", lambda ctx, name: fail)
    return errors


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_the_commands_own(name: str) -> None:
    module = pytest.importorskip(f"pgcore.cli.{name.replace('-', '_')}", exc_type=ModuleNotFoundError)
    command = getattr(module, name.replace("-", "_"))
    assert isinstance(command, click.Command)
    assert command.get_short_help_str(200) == COMMANDS[name]


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    code = (
        "import sys; sys.argv = ['pgcore', '--help']; from pgcore.cli import main\n"
        "try: main()\n"
        "finally: print([m for m in ('numpy', 'rich', 'attr', 'pluggy', 'pgcore.cli.plugins') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"
    assert all(name in said for name in COMMANDS)


def test_an_unknown_command_is_refused_with_status_2() -> None:
    result = CliRunner().invoke(main, ["frobnicate"])
    assert result.exit_code == 2
    assert "No such command 'frobnicate'" in result.output


@pytest.mark.parametrize(
    "error",
    [
        UnknownType("device", "x"),
        MissingExtra("matplotlib is needed"),
        FileNotFoundError(2, "No such file or directory", "grid.yaml"),
        PermissionError(13, "Permission denied", "grid.yaml"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_that_a_user_can_mend_gives_status_2_and_no_traceback(failing: list[Exception], error: Exception) -> None:
    failing.append(error)
    result = CliRunner().invoke(main, ["fail"])
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output


def test_a_missing_file_is_named_first(failing: list[Exception]) -> None:
    failing.append(FileNotFoundError(2, "No such file or directory", "grid.yaml"))
    assert CliRunner().invoke(main, ["fail"]).output == "Error: grid.yaml: No such file or directory\n"


def test_an_unexpected_error_keeps_its_traceback_and_gets_a_hint(failing: list[Exception]) -> None:
    failing.append(ZeroDivisionError("boo"))
    error = CliRunner().invoke(main, ["fail"]).exception
    assert isinstance(error, ZeroDivisionError)
    assert "pgcore plugins list" in error.__notes__[0]


def test_a_plugin_can_add_a_command(here: Site) -> None:
    here.install("greeter", HELLO)
    assert CliRunner().invoke(main, ["hello"]).output == "hello from a plugin\n"


def test_a_plugin_cannot_replace_a_command_of_the_core(here: Site) -> None:
    here.install("greeter", HELLO.replace('"hello"', '"version"'))
    assert "python" in CliRunner().invoke(main, ["version"]).output


def test_a_broken_plugin_is_named_when_a_command_is_not_found(here: Site) -> None:
    here.install("greeter", HELLO.replace('@cli.command("hello")', "1 / 0"))
    result = CliRunner().invoke(main, ["hello"])
    assert result.exit_code == 2
    assert "plugin 'greeter' (pgcore-greeter 1.0) is broken (pgcore_commands): ZeroDivisionError" in result.output


def test_a_plugin_that_adds_no_click_command_is_broken(here: Site) -> None:
    here.install("greeter", "import pgcore\n@pgcore.hookimpl\ndef pgcore_commands(cli):\n    cli.commands['hello'] = print")
    result = CliRunner().invoke(main, ["hello"])
    assert result.exit_code == 2
    assert "expected click commands" in result.output


def test_commands_of_plugins_are_listed_with_the_plugins(here: Site) -> None:
    here.install("greeter", HELLO)
    assert "commands: hello (greeter)" in CliRunner().invoke(main, ["plugins", "list"]).output


def test_the_context_object_is_the_catalog_in_tests() -> None:
    result = CliRunner().invoke(main, ["scenarios", "list"], obj=Catalog.of())
    assert "pip install pgcore-microgrids" in result.output


def test_python_m_pgcore_is_the_command() -> None:
    said = subprocess.run([sys.executable, "-m", "pgcore", "--help"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Usage: pgcore ")
