"""What the plugin provides, and how its machine code is kept."""

import logging
import subprocess
import sys
from pathlib import Path

import pgcore_fixedpoint
import pytest
from pgcore_fixedpoint import kernel, readiness

from pgcore.catalog import Catalog


def test_the_backend_is_found_by_its_type() -> None:
    assert Catalog.of(pgcore_fixedpoint).get("backend", "fixedpoint").__name__ == "FixedPointBackend"


def test_the_entry_module_does_not_import_numba() -> None:
    code = "import sys, pgcore_fixedpoint; pgcore_fixedpoint.pgcore_backends(); print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_kept_code_belongs_to_the_sources_it_was_made_of(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = kernel.stamp_of(tmp_path)
    assert kernel.stamp_of(tmp_path) == before
    (tmp_path / "two.py").write_text("b = 2\n")
    assert kernel.stamp_of(tmp_path) != before


def test_who_waits_for_the_compiler_is_told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class AtOnce:
        def __init__(self, patience_s: float, word: object, args: list[str]) -> None:
            word(*args)  # type: ignore[operator]

        def start(self) -> None:
            self.daemon = True

        cancel = start

    monkeypatch.setattr(readiness, "Timer", AtOnce)
    with caplog.at_level(logging.WARNING, "pgcore"):
        readiness.ready.__wrapped__(readiness.SMALL)
    assert "compiling the backend 'fixedpoint'" in caplog.text
