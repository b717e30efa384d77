"""Recorder: writes every step of a run to a folder, so that the run can be replayed."""

from collections.abc import Mapping
from pathlib import Path

import attrs

from pgcore.contracts.observer import Observer, StepRecord
from pgcore.env import GridEnv
from pgcore.recording.digest import chained, digests, of_text
from pgcore.recording.folder import claim, pack, write_manifest
from pgcore.recording.manifest import Manifest
from pgcore.recording.parts import PartWriter, parquet
from pgcore.recording.rows import WORLD, RowFormat
from pgcore.spec.model import Spec

HEAD = ("seed", "episode", "tick", "row", "time")
"""Columns that say which step a row is: root seed, episodes since it was given, steps since the reset, and the step of the profiles to come."""
CHAIN = "digest.chain"
"""Column of the chained fingerprints."""


class Recorder(Observer):
    """Writes the first environment's steps, the spec with its input files, and a manifest.

    ``steps.parquet`` has a row for every reset (``tick`` 0) and every step. While the run goes on, rows are written as pieces in
    ``steps.parts``, which :meth:`closed` joins. A run that was killed keeps its pieces and can be replayed that far.

    >>> env.grid.watch(Recorder(Path("runs/first"), env.spec))  # doctest: +SKIP
    """

    type = "recorder"

    def __init__(self, folder: Path, spec: Spec, *, policy: str = "", versions: Mapping[str, str] | None = None, force: bool = False) -> None:
        """Claim the folder.

        Args:
            policy: the name of the policy that acts, for the manifest.
            versions: what is installed, by name, for the manifest.
            force: replace the recording that the folder holds.

        Raises:
            MissingExtra: pyarrow is not installed.
            FileExistsError: the folder holds a recording and ``force`` is not set.
            OSError: the folder cannot be written.
        """
        parquet("record a run")
        claim(folder, force)
        text, inputs = pack(spec, folder)
        self.folder = folder
        self.manifest = Manifest(of_text(text), spec.run.seed, policy, inputs, dict(versions or {}))
        self._env: GridEnv | None = None
        self._form: RowFormat | None = None
        self._writer: PartWriter | None = None
        self._chain: list[str] = []
        self._episodes = 0
        write_manifest(folder, self.manifest)

    def opened(self, env: GridEnv) -> None:
        self._env = env

    def stepped(self, record: StepRecord) -> None:
        form, writer = self._prepared(record)
        row = form.row(record)
        prints = digests(form, row)
        self._chain.append(chained(self._chain[-1] if self._chain else "", prints))
        self._episodes += record.tick == 0
        columns = {digest_column(party): value for party, value in prints.items()}
        writer.add({**self._head(record.tick), **columns, CHAIN: self._chain[-1]}, row)

    def flush(self) -> None:
        """Write what is held back."""
        if self._writer is not None:
            self._writer.flush()

    def closed(self) -> None:
        """Join the pieces and complete the manifest; doing so twice is harmless."""
        if self.manifest.complete:
            return
        if self._writer is not None:
            self._writer.join()
        steps = len(self._chain) - self._episodes
        self.manifest = attrs.evolve(self.manifest, complete=True, episodes=self._episodes, steps=steps, chain=tuple(self._chain))
        write_manifest(self.folder, self.manifest)

    def _prepared(self, record: StepRecord) -> tuple[RowFormat, PartWriter]:
        """What the first record tells: which numbers there are."""
        assert self._env is not None, "a recorder is opened before it is told of a step"
        if self._form is None or self._writer is None:
            self._form = RowFormat.of(self._env, record)
            self._writer = PartWriter(self.folder, [column.name for column in self._form.columns])
        return self._form, self._writer

    def _head(self, tick: int) -> dict[str, int | str]:
        assert self._env is not None
        seed, episode = self._env.seeds[0]
        row = int(self._env.rows[0])
        return dict(zip(HEAD, (seed, episode, tick, row, self._env.calendar.label(row)), strict=True))


def digest_column(party: str) -> str:
    """The column that holds a party's fingerprints."""
    return "digest.world" if party == WORLD else f"digest.agent.{party}"
