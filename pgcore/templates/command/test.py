"""The command ``pgcore ACME``."""

import click
from click.testing import CliRunner, Result

import pgcore_acme


def run(*arguments: str) -> Result:
    cli = click.Group()
    pgcore_acme.pgcore_commands(cli)
    return CliRunner().invoke(cli, ["ACME", *arguments])


def test_it_lists_devices() -> None:
    assert "battery: Energy store" in run().output


def test_it_lists_another_kind() -> None:
    assert "setpoint: Direct control" in run("vertical").output


def test_an_unknown_kind_is_refused_with_those_that_there_are() -> None:
    result = run("gadget")
    assert result.exit_code == 2
    assert "the kinds are: device" in result.output
