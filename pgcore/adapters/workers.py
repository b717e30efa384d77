"""Workers: many environments shared out to processes, which answer through memory that all of them see."""

import contextlib
import multiprocessing as mp
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.adapters.vector import Here, Looks
from pgcore.columns import Array, Index
from pgcore.env import Places, Role
from pgcore.messages import Report
from pgcore.spec.model import Spec

ANSWER_S = 600.0
"""How long a process may take for its first environments, which compiles what has not been compiled, and for a step."""


class WorkerFault(RuntimeError):
    """A process of environments failed or did not answer; the message has its own account."""


@frozen
class Layout:
    """What is shared: each array by name with its shape and dtype, one behind the other."""

    arrays: Mapping[str, tuple[tuple[int, ...], str]]

    @classmethod
    def of(cls, roles: Mapping[str, Role], batch: int, details: Sequence[str], masked: bool) -> "Layout":
        """For B environments whose reports have such ``details``."""
        places, agents = Places.of(roles), len(roles)
        acts, sees = (max((at.stop for at in kind.values()), default=0) for kind in (places.acts, places.sees))
        floats = {
            "actions": acts,
            "observation": sees,
            "cost": agents,
            "violation": agents,
            "reward": agents,
            **{f"d.{name}": agents for name in details},
        }
        masks = {"mask_low": acts, "mask_high": acts} if masked else {}
        arrays = {name: ((batch, width), "f8") for name, width in {**floats, **masks}.items()}
        return cls({**arrays, "truncated": ((batch,), "?"), "converged": ((batch,), "?"), "rows": ((batch,), "i8")})

    def size(self) -> int:
        """Bytes of all arrays."""
        return sum(_padded(shape, kind) for shape, kind in self.arrays.values())

    def views(self, memory: SharedMemory) -> dict[str, Any]:
        """The arrays in a piece of memory."""
        views, offset = {}, 0
        for name, (shape, kind) in self.arrays.items():
            views[name] = np.ndarray(shape, dtype=kind, buffer=memory.buf, offset=offset)
            offset += _padded(shape, kind)
        return views


class Workers:
    """B environments in K processes. A step moves a few bytes through a pipe; all numbers are in shared memory.

    Args:
        spec: what each process makes its environments of.
        num_envs: B.
        processes: K; the first ones get one environment more where B is no multiple of K.
        roles: what there is to know of each agent.
        example: what a report of these environments looks like.
    """

    def __init__(self, spec: Spec, num_envs: int, processes: int, roles: Mapping[str, Role], example: Report) -> None:
        ends = [num_envs * k // processes for k in range(processes + 1)]
        self._parts = [slice(start, end) for start, end in pairwise(ends)]
        self._details = list(example.details)
        layout = Layout.of(roles, num_envs, self._details, example.mask is not None)
        self._memory = SharedMemory(create=True, size=max(layout.size(), 1))
        self._shared = layout.views(self._memory)
        context, self._pipes, self._processes = mp.get_context("spawn"), [], []
        for part, processors in zip(self._parts, _shares(processes), strict=True):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, spec, layout, self._memory.name, part, processors), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        self._heard(range(processes))

    def reset(self, seeds: Sequence[int] | None, starts: Sequence[Any] | None) -> Looks:
        """See :meth:`pgcore.adapters.vector.Many.reset`."""
        for k, part in enumerate(self._parts):
            self._ask(k, ("reset", *(None if given is None else list(given)[part] for given in (seeds, starts))))
        self._heard(range(len(self._pipes)))
        return self._looks(slice(None))

    def restart(self, which: Index, seeds: Sequence[int] | None, starts: Sequence[Any] | None) -> Looks:
        """See :meth:`pgcore.adapters.vector.Many.restart`."""
        asked = []
        for k, part in enumerate(self._parts):
            at = np.flatnonzero((which >= part.start) & (which < part.stop))
            if at.size:
                own = [None if given is None else [given[int(i)] for i in at] for given in (seeds, starts)]
                self._ask(k, ("restart", which[at] - part.start, *own))
                asked.append(k)
        self._heard(asked)
        return self._looks(which)

    def advance(self, actions: Array) -> Looks:
        """See :meth:`pgcore.adapters.vector.Many.advance`."""
        self._shared["actions"][:] = actions
        for k in range(len(self._pipes)):
            self._ask(k)
        self._heard(range(len(self._pipes)))
        return self._looks(slice(None))

    def close(self) -> None:
        """End the processes and give the memory back; doing so twice is harmless."""
        for k, pipe in enumerate(self._pipes):
            self._ask(k, ("close",))
            pipe.close()
        for process in self._processes:
            process.join(timeout=2.0)
            if process.is_alive():
                process.kill()
        if self._pipes:
            self._shared.clear()
            self._memory.close()
            self._memory.unlink()
        self._pipes, self._processes = [], []

    def _looks(self, at: Any) -> Looks:
        """A copy of what the processes left, so that it stays as it is when they go on."""
        now = {name: values[at].copy() for name, values in self._shared.items() if name != "actions"}
        mask = (now["mask_low"], now["mask_high"]) if "mask_low" in now else None
        details = {name: now[f"d.{name}"] for name in self._details}
        report = Report(now["observation"], now["cost"], now["violation"], now["reward"], mask, details)
        return Looks(report, now["truncated"], now["converged"], now["rows"])

    def _ask(self, k: int, what: Any = None) -> None:
        """Ask one process for something, or for a step; one that is gone is found out when its answer is read."""
        with contextlib.suppress(OSError):
            if what is None:
                self._pipes[k].send_bytes(_STEP)
            else:
                self._pipes[k].send(what)

    def _heard(self, asked: Sequence[int]) -> None:
        """Wait until those have answered.

        Raises:
            ValueError: what was asked of one cannot be.
            WorkerFault: one failed, died or stayed silent.
        """
        answers = [self._answer(k) for k in asked]  # all of them, so that none is left over for the next question
        for kind, said in answers:
            if kind:
                raise (ValueError if kind == "refused" else WorkerFault)(said)

    def _answer(self, k: int) -> tuple[str, str]:
        part = self._parts[k]
        who = f"the process of environments {part.start} to {part.stop - 1}"
        try:
            if self._pipes[k].poll(ANSWER_S):
                kind, said = self._pipes[k].recv()
                return kind, said
        except (EOFError, OSError):
            return "failed", f"{who} has ended (exit status {self._processes[k].exitcode}); its own account is on its standard error"
        return "failed", f"{who} did not answer within {ANSWER_S:g} s"


_STEP = b""
"""What asks for a step: its numbers are in the shared memory."""


def _padded(shape: tuple[int, ...], kind: str) -> int:
    """Bytes of an array, rounded up so that the next one begins at a multiple of 64."""
    return (int(np.prod(shape)) * np.dtype(kind).itemsize + 63) // 64 * 64


def _shares(processes: int) -> list[set[int]]:
    """The processors that each process may use: a solver with threads takes all that it may. Empty where the system cannot say."""
    if not hasattr(os, "sched_getaffinity"):
        return [set()] * processes
    mine = sorted(os.sched_getaffinity(0))
    return [set(mine[k % len(mine) :: processes]) or {mine[k % len(mine)]} for k in range(processes)]


def _serve(pipe: Connection, spec: Spec, layout: Layout, name: str, part: slice, processors: set[int]) -> None:
    """The whole program of a process of environments."""
    from pgcore.assembly import assemble
    from pgcore.spec.links import link

    if processors:
        os.sched_setaffinity(0, processors)
    memory = SharedMemory(name=name)
    try:
        shared = {what: values[part] for what, values in layout.views(memory).items()}
        many = Here(assemble(link(spec)))
        pipe.send(("", ""))
        for act in _asked(pipe, many, part.stop - part.start):
            pipe.send(_answered(act, shared, many))
        many.close()
    finally:
        memory.close()


def _asked(pipe: Connection, many: Here, batch: int) -> Iterator[Callable[[Mapping[str, Any]], tuple[Looks, Any]]]:
    """What is asked for, until it is to end: each what gives the looks of some environments, and which those are."""
    while True:
        try:
            asked = pipe.recv_bytes()
        except EOFError:  # whoever asks is gone
            return
        if asked == _STEP:
            yield lambda shared: (many.advance(shared["actions"].copy()), slice(None))
            continue
        what, *given = mp.reduction.ForkingPickler.loads(asked)
        if what == "close":
            return
        if what == "reset":
            seeds, starts = given
            yield lambda shared, seeds=seeds, starts=starts: (many.reset(seeds, starts), slice(None))  # type: ignore[misc]
        else:
            which, seeds, starts = given
            yield lambda shared, which=which, seeds=seeds, starts=starts: (many.restart(which, seeds, starts), which)  # type: ignore[misc]


def _answered(act: Callable[[Mapping[str, Any]], tuple[Looks, Any]], shared: Mapping[str, Any], many: Here) -> tuple[str, str]:
    """Do what was asked and leave the result in the shared memory; what went wrong, if anything."""
    try:
        looks, at = act(shared)
    except ValueError as error:
        return "refused", str(error)
    except Exception:  # noqa: BLE001  whoever asked is told
        return "failed", traceback.format_exc()
    report = looks.report
    parts: dict[str, Any] = {"observation": report.observation, "cost": report.cost, "violation": report.violation, "reward": report.reward}
    parts |= {f"d.{name}": values for name, values in report.details.items()}
    parts |= {"truncated": looks.truncated, "converged": looks.converged, "rows": looks.rows}
    if report.mask is not None:
        parts |= {"mask_low": report.mask[0], "mask_high": report.mask[1]}
    for name, values in parts.items():
        shared[name][at] = values
    return "", ""
