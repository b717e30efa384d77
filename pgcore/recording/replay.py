"""Replay: runs a recording again and proves that it is equal, or names the first step and agent that differ."""

import platform
from pathlib import Path

import attrs
from attrs import frozen

from pgcore.assembly import assemble
from pgcore.catalog import Catalog
from pgcore.plugins.versions import versions
from pgcore.recording.digest import of_file, of_text
from pgcore.recording.folder import SPEC, Recording, unpacked
from pgcore.recording.manifest import Manifest, differing_versions
from pgcore.recording.rerun import Difference, Rerun
from pgcore.spec.links import link
from pgcore.spec.load import load_spec
from pgcore.spec.model import Spec


@frozen
class Verdict:
    """What a replay found."""

    episodes: int
    steps: int
    """Steps that were run again, without the resets."""
    difference: Difference | None = None
    altered: tuple[str, ...] = ()
    """What else about the recording is not as it was written."""
    notes: tuple[str, ...] = ()
    """What a reader should know, although it is no difference: other versions, a run that broke off."""

    @property
    def equal(self) -> bool:
        """Whether every number of every step came out the same and the recording is as it was written."""
        return self.difference is None and not self.altered


def replay(folder: Path, catalog: Catalog | None = None) -> Verdict:
    """Run a recording again with the actions that it holds, up to the first difference.

    Args:
        folder: what :class:`~pgcore.recording.recorder.Recorder` wrote; it may have been moved.
        catalog: the plugins to use; ``None`` discovers the installed ones.

    Raises:
        UnusableRecording: the folder is not a recording.
        SpecError: its spec cannot be loaded, for example because a plugin is missing.
        MissingExtra: pyarrow is not installed.
    """
    recording = Recording.open(folder)
    found = catalog or Catalog.discover()
    spec = load_spec(folder / SPEC, catalog=found)
    altered, notes = _altered(recording, spec), _notes(recording.manifest, found)
    rerun = Rerun(assemble(link(_called_directly(spec))), recording.manifest)
    for batch in recording.batches():
        difference = rerun.check(batch)
        if difference is not None:
            return Verdict(rerun.episodes, rerun.steps, difference, altered, notes)
    return Verdict(rerun.episodes, rerun.steps, None, (*altered, *rerun.missing()), notes)


def _called_directly(spec: Spec) -> Spec:
    """The same problem with its agents called directly, which gives the same numbers, and nobody watching."""
    return attrs.evolve(spec, run=attrs.evolve(spec.run, mode="centralized", broker=None, observers=()))


def _altered(recording: Recording, spec: Spec) -> tuple[str, ...]:
    manifest, folder = recording.manifest, recording.folder
    found = [] if of_text(unpacked(spec, folder)) == manifest.spec_sha256 else [f"{SPEC} was changed after the recording was made"]
    for name, digest in manifest.inputs.items():
        if not (folder / name).is_file():
            found.append(f"{name} is missing")
        elif of_file(folder / name) != digest:
            found.append(f"{name} was changed after the recording was made")
    return tuple(found)


def _notes(manifest: Manifest, catalog: Catalog) -> tuple[str, ...]:
    broken_off = [] if manifest.complete else ["the run broke off: this is what it had written until then"]
    changed = differing_versions(manifest, versions(catalog.plugins), platform.platform())
    return (*broken_off, *changed)
