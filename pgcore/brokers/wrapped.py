"""Wrapped: the broker of a spec with everything that the spec puts around it."""

from copy import copy
from pathlib import Path

from pgcore.brokers.faulty import FaultyBroker
from pgcore.brokers.keyring import Keyring
from pgcore.brokers.signed import SignedBroker
from pgcore.brokers.traced import TracedBroker
from pgcore.contracts.broker import MessageBroker
from pgcore.spec.model import BrokerEntry, Run, Signing, Terms


def wrapped(entry: BrokerEntry, run: Run | Terms, step_min: float, trace: Path | None = None, count: bool = False) -> MessageBroker:
    """The broker of an entry: signed, then through simulated faults, then traced.

    Args:
        entry: the spec's ``run.broker``.
        run: where the deadline and the seed of the faults come from.
        step_min: length of a step, for simulated time.
        trace: a file to write every message to.
        count: whether to count messages and bytes without a file.

    Raises:
        KeyringError: the keys cannot be read; the message says what to do.
    """
    # copied, since several environments may be made of one spec, each with a broker of its own
    broker = around(copy(entry.broker), entry, run, step_min)
    return TracedBroker(broker, trace) if trace or count else broker


def around(broker: MessageBroker, entry: BrokerEntry, run: Run | Terms, step_min: float) -> MessageBroker:
    """Another broker than the entry's own, with the entry's signatures and faults around it.

    Raises:
        KeyringError: the keys cannot be read; the message says what to do.
    """
    if entry.signing is not None:
        broker = SignedBroker(broker, keyring(entry.signing))
    if entry.faults:
        broker = faulty = FaultyBroker(broker, entry.faults, run.seed)
        faulty.pace(step_min * 60.0, run.deadline_s)
    return broker


def keyring(signing: Signing) -> Keyring:
    """The keys of this process.

    Raises:
        KeyringError: they cannot be read; the message says what to do.
    """
    return Keyring.from_environment(signing.key_env) if signing.keys is None else Keyring.from_file(signing.keys)
