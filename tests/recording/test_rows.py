from pathlib import Path

import numpy as np

from pgcore.recording.digest import chained, digests
from pgcore.recording.rows import WORLD, RowFormat
from tests.runs import play, toy_env
from tests.toys import Keeper


def kept(folder: Path, steps: int = 2) -> tuple[RowFormat, Keeper]:
    keeper = Keeper()
    env = toy_env(folder, keeper)
    play(env, steps=steps)
    return RowFormat.of(env.grid, keeper.records[0]), keeper


def test_a_row_has_a_number_for_every_column(tmp_path: Path) -> None:
    form, keeper = kept(tmp_path)
    assert {len(form.row(record)) for record in keeper.records} == {len(form.columns)}


def test_no_two_columns_share_a_name(tmp_path: Path) -> None:
    names = [column.name for column in kept(tmp_path)[0].columns]
    assert len(set(names)) == len(names)


def test_every_number_belongs_to_one_party(tmp_path: Path) -> None:
    form, _ = kept(tmp_path)
    assert sorted(np.concatenate(list(form.parties.values())).tolist()) == list(range(len(form.columns)))
    assert set(form.parties) == {"East", "West", WORLD}


def test_the_format_is_the_same_for_every_record(tmp_path: Path) -> None:
    keeper = Keeper()
    env = toy_env(tmp_path, keeper)
    play(env, steps=2)
    assert RowFormat.of(env.grid, keeper.records[0]).columns == RowFormat.of(env.grid, keeper.records[2]).columns


def test_only_the_actions_of_a_reset_are_no_numbers(tmp_path: Path) -> None:
    form, keeper = kept(tmp_path)
    first, second = (form.row(record) for record in keeper.records[:2])
    assert [form.columns[i].name.split(".")[0] for i in np.flatnonzero(np.isnan(first))] == ["action"] * 3
    assert np.isfinite(second).all()


def test_one_bit_changes_the_digest_of_its_party_alone(tmp_path: Path) -> None:
    form, keeper = kept(tmp_path)
    row = form.row(keeper.records[1])
    other = row.copy()
    at = int(form.parties["West"][0])
    other[at] = np.nextafter(other[at], np.inf)
    before, after = digests(form, row), digests(form, other)
    assert [party for party in before if before[party] != after[party]] == ["West"]


def test_a_chain_depends_on_the_order_of_its_steps() -> None:
    a, b = {"x": "01"}, {"x": "02"}
    assert chained(chained("", a), b) != chained(chained("", b), a)
