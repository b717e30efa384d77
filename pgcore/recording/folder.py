"""Recording: a folder that holds everything a run needs to be run again, and what came out of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Any

import attrs
from attrs import frozen

from pgcore import extras
from pgcore.recording.digest import of_file
from pgcore.recording.manifest import Manifest, read_manifest
from pgcore.recording.parts import PARTS, STEPS, files, parquet
from pgcore.spec.dump import dump
from pgcore.spec.model import Spec

SPEC, MANIFEST, INPUTS = "spec.yaml", "manifest.json", "inputs"
_OURS = (STEPS, PARTS, SPEC, MANIFEST, INPUTS)

_PROBLEM = ("network", "profiles", "agents", "background", "horizontal", "reward", "episode")
"""Sections whose files are copied: those that say what the problem is. What ``run`` names may be secrets."""


class UnusableRecording(ValueError):
    """A folder is not a recording that can be replayed; the message says why."""


@frozen
class Recording:
    """A recording that can be read: its folder and its manifest."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> "Recording":
        """Open a folder, also one of a run that broke off.

        Raises:
            UnusableRecording: something is missing or cannot be read.
        """
        if not folder.is_dir():
            raise UnusableRecording(f"{folder}: there is no such folder; expected one that `pgcore run --record` wrote")
        missing = [name for name in (MANIFEST, SPEC) if not (folder / name).is_file()]
        if missing:
            raise UnusableRecording(f"{folder}: it has no {' and no '.join(missing)}, so it is not a recording; `pgcore run --record` writes one")
        try:
            recording = cls(folder, read_manifest(folder / MANIFEST))
        except ValueError as error:
            raise UnusableRecording(str(error)) from error
        if not files(folder):
            raise UnusableRecording(f"{folder}: it has no {STEPS}, and no {PARTS} of a run that broke off: nothing was recorded")
        return recording

    def batches(self, rows: int = 256) -> Iterator[Any]:
        """The steps as Arrow record batches of at most so many rows.

        Raises:
            UnusableRecording: a file is not Parquet.
            MissingExtra: pyarrow is not installed.
        """
        library, arrow = parquet("read a recording"), extras.require("pyarrow", extra="record", why="read a recording")
        for file in files(self.folder):
            try:
                yield from library.ParquetFile(file).iter_batches(batch_size=rows)
            except arrow.ArrowInvalid as error:
                raise UnusableRecording(f"{file}: it is not a Parquet file that can be read: {error}") from error


def claim(folder: Path, force: bool) -> None:
    """Make a folder ready for a new recording; with ``force`` the one that it holds is removed.

    Raises:
        FileExistsError: it holds a recording.
        OSError: it cannot be made.
    """
    found = [name for name in _OURS if (folder / name).exists()]
    if found and not force:
        raise FileExistsError(f"{folder} holds a recording already ({', '.join(found)}); name another folder, or replace it with --force")
    for name in found:
        old = folder / name
        rmtree(old) if old.is_dir() else old.unlink()
    (folder / PARTS).mkdir(parents=True)


def pack(spec: Spec, folder: Path) -> tuple[str, dict[str, str]]:
    """Write ``spec.yaml``, and copies of the files that it reads into ``inputs``: the folder can then be moved anywhere.

    Returns the spec's text, and the SHA-256 of every copy by its path within the folder.
    """
    copies: dict[str, str] = {}
    for file in input_files(spec):
        (folder / INPUTS).mkdir(exist_ok=True)
        copies[str(file)] = f"{INPUTS}/{_free(file, set(copies.values()))}"
        copyfile(file, folder / copies[str(file)])
    text = _canonical(spec, copies)
    (folder / SPEC).write_text(text, encoding="utf-8")
    return text, {copy: of_file(folder / copy) for copy in copies.values()}


def unpacked(spec: Spec, folder: Path) -> str:
    """The text that :func:`pack` wrote, from a spec loaded from its folder: equal wherever the folder is and however the file is laid out."""
    home = (folder / INPUTS).resolve()
    names = {str(file): f"{INPUTS}/{file.name}" for file in input_files(spec) if file.resolve().parent == home}
    return _canonical(spec, names)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``, whole or not at all."""
    draft = folder / f"{MANIFEST}.tmp"
    draft.write_text(manifest.to_json(), encoding="utf-8")
    draft.replace(folder / MANIFEST)


def input_files(spec: Spec) -> list[Path]:
    """The files that the problem of a spec is read from: loading made their names absolute."""
    texts = [text for section in _PROBLEM for text in _texts(spec.document.get(section))]
    return [Path(text) for text in dict.fromkeys(texts) if Path(text).is_absolute() and Path(text).is_file()]


def _canonical(spec: Spec, names: Mapping[str, str]) -> str:
    """The spec as YAML, with some of its files under other names."""
    renamed = {key: _renamed(value, names) if key in _PROBLEM else value for key, value in spec.document.items()}
    return dump(attrs.evolve(spec, document=renamed))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _free(file: Path, taken: set[str]) -> str:
    """A name for a copy that no other copy has."""
    count, name = 1, file.name
    while f"{INPUTS}/{name}" in taken:
        count, name = count + 1, f"{count + 1}-{file.name}"
    return name
