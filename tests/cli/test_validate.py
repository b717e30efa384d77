from pathlib import Path

from click.testing import CliRunner, Result

from pgcore.cli import main
from tests.spec.fakes import CATALOG, GOOD


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments], obj=CATALOG)


def test_a_good_spec_is_summed_up_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(GOOD)
    result = run(str(file))
    assert result.exit_code == 0
    assert result.output == ("ok: 1 agent, 2 devices, 1 profile, network of 4 buses, 1 line, 2 transformers, episodes of 4 steps of 15 min\n")


def test_a_wrong_spec_shows_all_problems_and_exits_with_2(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(GOOD.replace("seed: 7", "seed: -7").replace("2.0}\n      pv", "-2}\n      pv"))
    result = run(str(file))
    assert result.exit_code == 2
    assert f"{file}:9:50: agents.MG1.devices.ess.capacity_mwh: found -2, expected > 0" in result.stderr
    assert f"{file}:18:9: run.seed: found -7, expected >= 0" in result.stderr


def test_a_scenario_takes_parameters_and_entries() -> None:
    assert run("many", "--set", "n=3", "--set", "episode.steps=2").output.startswith("ok: 3 agents, 3 devices")


def test_a_wrong_set_exits_with_2() -> None:
    result = run("many", "--set", "run.sede=3")
    assert (result.exit_code, "did you mean seed?" in result.stderr) == (2, True)
