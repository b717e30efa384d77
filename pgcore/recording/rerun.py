"""Rerun: steps an environment with recorded actions and compares every number with the recorded one."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.observer import Observer, StepRecord
from pgcore.env import GridEnv
from pgcore.recording.digest import chained, digests
from pgcore.recording.folder import UnusableRecording
from pgcore.recording.manifest import Manifest
from pgcore.recording.parts import STEPS
from pgcore.recording.recorder import CHAIN, HEAD, digest_column
from pgcore.recording.rows import WORLD, RowFormat


@frozen
class Difference:
    """The first thing that came out otherwise. ``column`` names the number; where there is none, ``reason`` says what happened instead."""

    episode: int
    """Counts from 0 within the recording."""
    tick: int
    """Steps since that episode's reset; 0 is the reset."""
    party: str
    """The agent; empty for the world."""
    column: str = ""
    recorded: float = np.nan
    replayed: float = np.nan
    reason: str = ""
    altered: bool = False
    """Whether the recording was changed there after it was written: its numbers do not have the fingerprint beside them."""

    def __str__(self) -> str:
        who = "the world" if self.party == WORLD else f"agent {self.party}"
        numbers = f"{self.column} was recorded as {self.recorded!r} and is replayed as {self.replayed!r}" if self.column else ""
        altered = "the recording was changed there after it was written, for its numbers do not have the digest beside them" if self.altered else ""
        return f"episode {self.episode}, step {self.tick}, {who}: " + "; ".join(filter(None, (numbers, self.reason, altered)))


class Witness(Observer):
    """Keeps the last record."""

    type = "witness"

    def __init__(self) -> None:
        self.record: StepRecord | None = None

    def stepped(self, record: StepRecord) -> None:
        self.record = record


class Rerun:
    """Runs the rows of a recording again, in order, until one differs."""

    def __init__(self, env: GridEnv, manifest: Manifest) -> None:
        self.env, self.manifest = env, manifest
        self.episodes, self.steps = 0, 0
        self._witness = Witness()
        self._form: RowFormat | None = None
        self._chain = ""
        env.watch(self._witness)

    def check(self, batch: Any) -> Difference | None:
        """Run the rows of an Arrow batch; the first difference, if any.

        Raises:
            UnusableRecording: it has no column that says which step a row is, or does not begin with a reset.
        """
        heads = _heads(batch)
        if self._form is None and heads[0]["tick"] != 0:
            raise UnusableRecording(f"{STEPS} begins with step {heads[0]['tick']}, expected a reset (tick 0): its first rows are missing")
        form = self._form or self._first(heads[0])
        strange = self._strange_columns(form, batch)
        if strange is not None:
            return strange
        numbers = np.column_stack([batch.column(c.name).to_numpy(zero_copy_only=False) for c in form.columns]).astype(np.float64)
        found = (self._check_row(form, head, row) for head, row in zip(heads, numbers, strict=True))
        return next((difference for difference in found if difference is not None), None)

    def missing(self) -> tuple[str, ...]:
        """What the manifest promises and the rows did not hold."""
        rows, wanted = self.steps + self.episodes, len(self.manifest.chain)
        return (f"{STEPS} ends after {rows} rows, the manifest has {wanted}",) if self.manifest.complete and rows < wanted else ()

    def _first(self, head: dict[str, Any]) -> RowFormat:
        """The format of the rows, which a reset shows."""
        self._begin(head)
        self._form = RowFormat.of(self.env, self._seen())
        return self._form

    def _check_row(self, form: RowFormat, head: dict[str, Any], recorded: Array) -> Difference | None:
        prints = digests(form, recorded)
        altered = [party for party, value in prints.items() if head.get(digest_column(party)) != value]
        try:
            self._go(form, head, recorded)
        except (ValueError, RuntimeError) as error:
            return self._difference(head, altered[0] if altered else WORLD, reason=str(error), altered=bool(altered))
        return self._compare(form, head, recorded, altered) or self._check_chain(head, prints)

    def _go(self, form: RowFormat, head: dict[str, Any], recorded: Array) -> None:
        if head["tick"] == 0:
            self._begin(head)
            self.episodes += 1
        else:
            self.env.step({agent: recorded[part][None] for agent, part in form.actions.items()})
            self.steps += 1

    def _begin(self, head: dict[str, Any]) -> None:
        """Start the episode that a row tells of. One that does not follow the last one is counted up to."""
        seed, episode, start = head["seed"], head["episode"], head["row"]
        if self.env.seeds == ((seed, episode - 1),):
            self.env.reset(None, [start])
            return
        self.env.reset([seed], [start])
        for _ in range(episode):
            self.env.reset(None, [start])

    def _compare(self, form: RowFormat, head: dict[str, Any], recorded: Array, altered: list[str]) -> Difference | None:
        replayed = form.row(self._seen())
        differ = np.flatnonzero(recorded.view(np.int64) != replayed.view(np.int64))
        if differ.size:
            column, i = form.columns[differ[0]], differ[0]
            values = {"recorded": float(recorded[i]), "replayed": float(replayed[i])}
            return self._difference(head, column.party, column=column.name, **values, altered=column.party in altered)
        if altered:
            return self._difference(head, altered[0], reason="what follows from its action is equal", altered=True)
        now = {"tick": self.env.tick, "row": int(self.env.rows[0]), "time": self.env.calendar.label(int(self.env.rows[0]))}
        moved = [f"{name} was recorded as {head[name]!r} and is replayed as {value!r}" for name, value in now.items() if head[name] != value]
        return self._difference(head, WORLD, reason=moved[0]) if moved else None

    def _check_chain(self, head: dict[str, Any], prints: dict[str, str]) -> Difference | None:
        """Whether this is the row that once followed the rows before."""
        self._chain = chained(self._chain, prints)
        at = self.steps + self.episodes - 1
        promised = self.manifest.chain[at : at + 1] if self.manifest.complete else (self._chain,)
        if head[CHAIN] == self._chain and promised == (self._chain,):
            return None
        reason = "the chain of digests breaks here: rows were removed, added or replaced"
        return self._difference(head, WORLD, reason=reason, altered=True)

    def _strange_columns(self, form: RowFormat, batch: Any) -> Difference | None:
        """A number that the recording lacks, or that the spec no longer leads to."""
        wanted = {column.name: column.party for column in form.columns}
        prints = {digest_column(party) for party in form.parties}
        given = [name for name in batch.schema.names if name not in (*HEAD, CHAIN) and name not in prints]
        lacking = [name for name in wanted if name not in given]
        surplus = [name for name in given if name not in wanted]
        head = {"tick": 0}
        if lacking:
            return self._difference(head, wanted[lacking[0]], reason=f"the recording has no column {lacking[0]}, which its spec leads to")
        if surplus:
            party = surplus[0].split(".")[1]
            reason = f"the recording has a column {surplus[0]}, which its spec does not lead to"
            return self._difference(head, party if party in form.agents else WORLD, reason=reason)
        return None

    def _difference(self, head: dict[str, Any], party: str, **parts: Any) -> Difference:
        return Difference(max(self.episodes - 1, 0), head["tick"], party, **parts)

    def _seen(self) -> StepRecord:
        assert self._witness.record is not None, "the environment shows every reset and step"
        return self._witness.record


def _heads(batch: Any) -> list[dict[str, Any]]:
    """What every row says of itself, and its fingerprints."""
    lacking = [name for name in (*HEAD, CHAIN) if name not in batch.schema.names]
    if lacking:
        raise UnusableRecording(f"{STEPS} has no column {lacking[0]}, so it is not a recording's")
    names = [name for name in batch.schema.names if name in HEAD or name.startswith("digest.")]
    rows: list[dict[str, Any]] = batch.select(names).to_pylist()
    return rows
