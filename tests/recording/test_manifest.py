import json
from pathlib import Path

import pytest

from pgcore.recording.manifest import Manifest, differing_versions, read_manifest

MANIFEST = Manifest("ab" * 32, 7, "idle", {"inputs/a.csv": "cd" * 32}, {"numpy": "2.0"}, "Linux", complete=True, steps=1, chain=("00", "11"))


def test_a_manifest_reads_back_from_its_json() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"spec_sha256": "ab", "seed": "x"}', "3", "null"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the reader of a file puts its name in front
        Manifest.from_json(text)


def test_a_refusal_names_the_file_and_the_missing_part(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"seed": 1}))
    with pytest.raises(ValueError, match=r"manifest\.json: it is not a manifest: .*spec_sha256"):
        read_manifest(file)


def test_versions_that_differ_are_told_with_both_values() -> None:
    assert differing_versions(MANIFEST, {"numpy": "2.1", "rich": "1"}, "Linux") == ["numpy was 2.0 and is 2.1"]


def test_a_library_that_is_gone_and_another_platform_are_told() -> None:
    expected = ["numpy was 2.0 and is not installed", "the platform was Linux and is Darwin"]
    assert differing_versions(MANIFEST, {}, "Darwin") == expected


def test_equal_versions_are_not_told() -> None:
    assert differing_versions(MANIFEST, {"numpy": "2.0"}, "Linux") == []
