"""``pgcore keys``: make keys to sign messages with."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pgcore.cli.group import Refusal

if TYPE_CHECKING:
    from pgcore.brokers.keys import Key


@click.group()
def keys() -> None:
    """Make keys to sign messages with."""


@keys.command("new")
@click.argument("names", nargs=-1, required=True)
@click.option("--to", "folder", default="keys", show_default=True, type=click.Path(path_type=Path, file_okay=False), help="The folder for the files.")
@click.option(
    "--link", "links", multiple=True, metavar="SENDER:RECIPIENT", help="Let RECIPIENT check what SENDER tells it; once for each child of a parent."
)
@click.option("--id", "key_id", default="", help="What messages name these keys by; made up, if left out.")
@click.option("--from", "since", metavar="TIME", help="When they come into force, such as 2026-11-22T14:00:00Z; at once, if left out.")
@click.option("--until", metavar="TIME", help="When they end; never, if left out.")
@click.option("--add", is_flag=True, help="Keep the keys that the files hold, and add these: keys are changed without losing a message.")
def new(names: tuple[str, ...], folder: Path, links: tuple[str, ...], key_id: str, since: str | None, until: str | None, add: bool) -> None:
    """Make keys for the environment and the actors NAMES: agents, and devices such as MG1.ess that shall have keys of their own.

    Each gets a file of its own, NAME.json, which only its owner may read. Give an actor its own file and no other.
    """
    from pgcore.brokers.keys import KeyringError, new_keys

    try:
        pairs = [_pair(link) for link in links]
        made = new_keys(names, pairs, key_id=key_id, not_before=_time(since, -math.inf), not_after=_time(until, math.inf))
        files = {folder / f"{name}.json": own for name, own in made.items()}
        whole = {path: _with_those_before(path, own, add) for path, own in files.items()}
    except KeyringError as error:
        raise Refusal(str(error)) from error
    _write(folder, whole, add)


def _write(folder: Path, files: "dict[Path, tuple[Key, ...]]", add: bool) -> None:
    from pgcore.brokers.keyfile import write_keys

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, own in files.items():
        write_keys(path, own, replace=add)
        click.echo(f"wrote {path}")


def _with_those_before(path: Path, made: "tuple[Key, ...]", add: bool) -> "tuple[Key, ...]":
    """The keys for a file; refused before anything is written, so that no set of keys is half there."""
    from pgcore.brokers.keyfile import read_keys

    if not path.exists():
        return made
    if not add:
        raise Refusal(f"{path} exists; choose another folder with --to, or add to the keys in it with --add")
    before = read_keys(path)
    if made[0].id in {key.id for key in before}:
        raise Refusal(f"{path} already holds keys named {made[0].id!r}; choose another --id")
    return (*before, *made)


def _pair(link: str) -> tuple[str, str]:
    sender, colon, recipient = link.partition(":")
    if not colon:
        raise Refusal(f"--link {link}: expected SENDER:RECIPIENT, such as OP:MG1")
    return sender, recipient


def _time(text: str | None, default: float) -> float:
    from pgcore.brokers.keyfile import parse_time

    try:
        return default if text is None else parse_time(text)
    except ValueError as error:
        raise Refusal(str(error)) from error
