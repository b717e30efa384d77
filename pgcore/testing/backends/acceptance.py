"""Acceptance: a backend takes some network, and says in a sentence why it does not take another."""

from pgcore.testing.backends.subject import KIT, BackendSubject
from pgcore.testing.checks import Breach, NotAsked


def check_takes_a_network(subject: BackendSubject) -> None:
    """It takes one of the kit's networks, or one that its author gave, and compiles it."""
    subject.require_solver()
    try:
        for pair in subject.pairs():
            pair.compiled()
    except NotAsked as refusal:
        mend = "give networks that it takes: `def networks(cls)` in the test class, or sources of networks behind --examples module:name"
        raise Breach(f"{subject.place} takes no network; {refusal}", mend) from None


def check_refuses_in_a_sentence(subject: BackendSubject) -> None:
    """What it refuses it refuses in a sentence, and compile() then raises a ValueError with it."""
    refused = 0
    for backend in subject.usual():
        for name, make in KIT.items():
            network = make()
            said = backend.refuses(network)
            if said is None:
                continue
            refused += 1
            if not isinstance(said, str) or len(said.split()) < 3:
                raise Breach(f"refuses() returned {said!r} for the network {name!r}", "return a sentence that says what to use instead, or None")
            try:
                backend.compile(network)
            except ValueError:
                continue
            except Exception as error:
                raise Breach(f"compile() raised {type(error).__name__} for the refused network {name!r}: {error}", "raise a ValueError") from error
            raise Breach(
                f"compile() took the network {name!r}, which refuses() refuses: {said}", "let compile() raise a ValueError with the sentence"
            )
    if not refused:
        raise NotAsked("it refuses none of the kit's networks")


CHECKS = (check_takes_a_network, check_refuses_in_a_sentence)
