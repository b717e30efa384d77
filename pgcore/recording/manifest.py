"""Manifest: what a recording is of, what made it, and the fingerprints that prove a replay."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path

import attrs
import cattrs
from attrs import field, frozen

FORMAT = 1
"""The version of the recording format that this package writes and reads."""


@frozen
class Manifest:
    """What goes into ``manifest.json``."""

    spec_sha256: str
    """Of the canonical spec, as ``spec.yaml`` holds it."""
    seed: int
    policy: str = ""
    inputs: Mapping[str, str] = field(factory=dict)
    """SHA-256 of each input file, by its path in the recording."""
    versions: Mapping[str, str] = field(factory=dict)
    """Of Python, the core, plugins and libraries."""
    platform: str = field(factory=platform.platform)
    format: int = FORMAT
    complete: bool = False
    """Whether the recording was closed; if not, the run broke off and ``steps.parts`` holds what was written until then."""
    episodes: int = 0
    steps: int = 0
    """Without the resets."""
    chain: tuple[str, ...] = ()
    """The chained fingerprint after every row, resets included; empty as long as the recording is not complete."""

    def to_json(self) -> str:
        """The manifest as JSON text; reads back as an equal manifest."""
        return json.dumps(attrs.asdict(self), indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Read a manifest.

        Raises:
            ValueError: the text is not a manifest, or one of a newer format.
        """
        try:
            data = json.loads(text)
            _check_format(data.get("format") if isinstance(data, dict) else None)
            return cattrs.structure(data, cls)
        except (cattrs.BaseValidationError, TypeError, KeyError) as error:
            raise ValueError(f"it is not a manifest: {'; '.join(cattrs.transform_error(error))}") from error


def _check_format(found: object) -> None:
    if isinstance(found, int) and found > FORMAT:
        fix = "pip install --upgrade pgcore-framework"
        raise ValueError(f"its format is {found}, this pgcore reads up to {FORMAT}; run: {fix}")


def read_manifest(file: Path) -> Manifest:
    """The manifest in a file.

    Raises:
        ValueError: the file does not hold a manifest that can be read; the message names it.
        OSError: it could not be read.
    """
    try:
        return Manifest.from_json(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def differing_versions(then: Manifest, now: Mapping[str, str], here: str) -> list[str]:
    """What is installed in another version than when the recording was made, in words; ``here`` is the present platform."""
    found = [(name, old, now.get(name, "not installed")) for name, old in then.versions.items()]
    changed = [f"{name} was {old} and is {new}" for name, old, new in found if old != new]
    return changed + ([f"the platform was {then.platform} and is {here}"] if here != then.platform else [])
