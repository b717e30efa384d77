"""PandapowerSource: networks from pandapower, by name or from a file."""

import difflib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from pgcore.contracts.network import Network, NetworkSource
from pgcore.quantity import QuantityError, option

READ = (".json", ".m", ".mat")


@frozen
class PandapowerSource(NetworkSource):
    """A network that pandapower brings along, or one from a file: pandapower's JSON or a MATPOWER case (.m, .mat)."""

    type: ClassVar[str] = "pandapower"
    name: str | None = option("a network of pandapower.networks, such as case33bw", default=None)
    file: Path | None = option("a pandapower JSON file or a MATPOWER case file (.m, .mat)", default=None)

    def __attrs_post_init__(self) -> None:
        if (self.name is None) == (self.file is None):
            found = "neither" if self.name is None else f"name {self.name!r} and file {str(self.file)!r}"
            raise QuantityError("name or file", found, "exactly one of them")

    def load(self) -> Network:
        from pgcore_pandapower.network import network_of

        net = _built_in(self.name) if self.name is not None else _from_file(Path(str(self.file)))
        try:
            return network_of(net)
        except ValueError as error:
            raise ValueError(f"network {self.name or self.file}: {error}") from error


def names() -> tuple[str, ...]:
    """The networks of pandapower that can be had by name: functions of ``pandapower.networks`` that need no argument."""
    return tuple(sorted(_makers()))


def _makers() -> dict[str, Callable[[], Any]]:
    from pandapower import networks

    found = inspect.getmembers(networks, inspect.isfunction)
    own = {name: made for name, made in found if made.__module__.startswith("pandapower.networks.") and not name.startswith("_")}
    return {name: made for name, made in own.items() if _needs_nothing(made)}


def _needs_nothing(made: Callable[..., Any]) -> bool:
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(p.default is not p.empty or p.kind in free for p in inspect.signature(made).parameters.values())


def _built_in(name: str) -> Any:
    makers = _makers()
    if name not in makers:
        close = difflib.get_close_matches(name, makers, n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are, among others: {', '.join(sorted(makers)[:12])}"
        raise ValueError(f"pandapower has no network {name!r} that can be made without arguments; {hint}")
    return _expect_net(makers[name](), f"pandapower.networks.{name}()")


def _from_file(path: Path) -> Any:
    if path.suffix not in READ:
        raise ValueError(f"{path} ends with {path.suffix or 'nothing'}; expected one of {', '.join(READ)}")
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist or is not a file; give the path of a pandapower JSON file or a MATPOWER case")
    if path.suffix == ".json":
        return _from_json(path)
    from pgcore_pandapower.matpower import read_case
    from pgcore_pandapower.matpower_net import net_of

    return net_of(read_case(path))


def _from_json(path: Path) -> Any:
    import json

    import pandapower

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file in UTF-8 ({error.reason} at byte {error.start}); write it with pandapower.to_json") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}:{error.colno}: not JSON ({error.msg}); write the file with pandapower.to_json") from error
    if not isinstance(document, dict) or not {"_class", "bus"} & set(document):
        raise ValueError(f"{path} is not a pandapower net (found a JSON {type(document).__name__} without one); write it with pandapower.to_json")
    try:
        net = pandapower.from_json(str(path))
    except (ValueError, KeyError, TypeError, AttributeError, UserWarning, ImportError) as error:
        raise ValueError(f"{path} cannot be read by pandapower ({type(error).__name__}: {error}); write it with pandapower.to_json") from error
    return _expect_net(net, str(path))


def _expect_net(net: Any, where: str) -> Any:
    from pandapower import pandapowerNet

    if not isinstance(net, pandapowerNet) or not len(net.bus):
        raise ValueError(f"{where} is not a pandapower net with buses (found {type(net).__name__})")
    return net
