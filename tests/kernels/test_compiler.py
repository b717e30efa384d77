"""Compiler: functions are made once on a machine, and again where what was kept cannot be used."""

import subprocess
import sys
from pathlib import Path

import pytest

from pgcore.kernels.compiler import compiled

pytest.importorskip("numba")

TEXT = "from numba import njit\n\n\n@njit(cache=True)\ndef double(x):\n    return x + x\n"


def test_what_was_compiled_is_kept_for_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCORE_CACHE_DIR", str(tmp_path))
    said = f"from pgcore.kernels.compiler import compiled\nf = compiled('double', {TEXT!r})\nprint(f(2.0), sum(f.stats.cache_hits.values()))"
    runs = [subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split() for _ in range(2)]
    assert runs == [["4.0", "0"], ["4.0", "1"]]
    assert [path.suffix for path in (tmp_path / "pgcore" / "kernels").glob("double_*")] == [".py"]


def test_a_function_is_made_once_in_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCORE_CACHE_DIR", str(tmp_path))
    assert compiled("double", TEXT) is compiled("double", TEXT)


def test_where_the_cache_cannot_be_written_a_folder_of_its_own_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("PGCORE_CACHE_DIR", str(tmp_path / "file"))
    text = TEXT.replace("double", "twice")
    assert compiled("twice", text)(3.0) == 6.0
