"""A missing extra is answered with the command that installs it."""

from pathlib import Path

import pytest

from pgcore.extras import MissingExtra, require


def test_a_library_that_is_there_is_returned() -> None:
    import json

    assert require("json", extra="x", why="test") is json


def test_a_missing_library_is_answered_with_the_exact_command() -> None:
    with pytest.raises(MissingExtra, match=r'no_such_library is needed to draw.* run: pip install "pgcore-framework\[plot\]"'):
        require("no_such_library.pyplot", extra="plot", why="draw the picture")


def test_a_library_that_is_there_but_damaged_is_not_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "damaged_library.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency") as caught:
        require("damaged_library", extra="plot", why="draw")
    assert not isinstance(caught.value, MissingExtra)
