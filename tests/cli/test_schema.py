import json
from pathlib import Path

from click.testing import CliRunner

from pgcore.cli import main
from tests.spec.fakes import CATALOG


def test_the_schema_goes_to_the_terminal() -> None:
    result = CliRunner().invoke(main, ["schema"], obj=CATALOG)
    assert json.loads(result.output)["title"] == "pgcore spec"


def test_the_schema_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "spec.schema.json"
    result = CliRunner().invoke(main, ["schema", "-o", str(file)], obj=CATALOG)
    assert "device-battery" in json.loads(file.read_text())["$defs"]
    assert f"$schema={file}" in result.output
