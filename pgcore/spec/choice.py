"""Choice: the fastest installed backend that can solve a network with the controls in use."""

from collections.abc import Iterable, Sequence

from pgcore.builtin.backends.auto import AutoBackend
from pgcore.catalog import Catalog
from pgcore.contracts.backend import Backend, Port
from pgcore.contracts.network import Network


class NothingFits(ValueError):
    """No installed backend can solve the network; the message says why each cannot."""


def rivals(catalog: Catalog) -> tuple[Backend, ...]:
    """The installed backends that solve the full AC equations, with their default options, the fastest first."""
    exact = [kind for kind in catalog.types("backend").values() if issubclass(kind, Backend) and kind.exact and kind is not AutoBackend]
    made = [_made(kind) for kind in sorted(exact, key=lambda kind: (kind.warm_us, kind.type))]
    return tuple(backend for backend in made if backend is not None)


def fastest(backends: Iterable[Backend], network: Network, ports: Sequence[Port]) -> Backend:
    """The first of ``backends`` that takes the network and acts on all that ``ports`` change.

    Raises:
        NothingFits: none does.
    """
    reasons = []
    for backend in backends:
        reason = _reason_against(backend, network, tuple(ports))
        if reason is None:
            return backend
        reasons.append(f"{backend.type}: {reason}")
    raise NothingFits("; ".join(reasons) or "none is installed")


def _made(kind: type[Backend]) -> Backend | None:
    """A backend with its default options; ``None`` where it must be given some, or fails."""
    try:
        return kind()
    except Exception:  # noqa: BLE001  a plugin cannot break the host: whoever names this backend is told why
        return None


def _reason_against(backend: Backend, network: Network, ports: tuple[Port, ...]) -> str | None:
    """Why a backend is no choice. Where something is controlled it is tried: whether it can act on one branch is known to it alone."""
    missing = sorted({port.control for port in ports} - backend.controls)
    if missing:
        return f"it cannot act on {', '.join(missing)}"
    try:
        refusal = backend.refuses(network)
        if refusal is None and ports:
            backend.compile(network, ports)
    except Exception as error:  # noqa: BLE001  whatever a plugin raises, another backend may do
        return str(error) or type(error).__name__
    return refusal
