"""Snapshots of price lists: the same rates are the same bytes, and what was written stays as it is."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.catalogue.snapshots import find, load, newest, save, snapshots
from tokenaudit.errors import DataError, UsageError
from tokenaudit.model.rates import PROMPT_BANDS, Rate

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 25)
RATE = Rate(
    provider="aws.bedrock",
    model="amazon/nova-pro",
    scope="regional",
    tier="standard",
    kind="input",
    usd_per_mtok=Decimal("0.8"),
    valid_from=date(2026, 10, 1),
    source="aws-price-list",
    source_date=date(2026, 11, 1),
    region="us-east-1",
    sku="SKU1",
)
RATES = (
    RATE,
    replace(RATE, kind="output", usd_per_mtok=Decimal("3.20"), valid_until=date(2026, 11, 1), sku=""),
    replace(RATE, model_version="2024-05-13", region=None, prompt_band=272_000, note='a note, "quoted"'),
    replace(RATE, kind="cache_write", usd_per_mtok=Decimal(0), note="free: the list says 0"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prices"


def test_what_is_saved_is_loaded_again(folder: Path) -> None:
    snapshot = save(folder, RATES, DAY)
    assert sorted(map(repr, load(snapshot))) == sorted(map(repr, RATES))
    assert snapshot.path.name == f"prices-2026-11-25-{snapshot.sha256}.csv.xz"
    assert list(folder.iterdir()) == [snapshot.path]


@given(
    st.lists(
        st.builds(
            replace,
            st.just(RATE),
            usd_per_mtok=st.decimals(0, 1000, allow_nan=False, places=6),
            kind=st.sampled_from(("input", "output", "cache_read")),
            region=st.sampled_from((None, "eu-west-1")),
            prompt_band=st.sampled_from(PROMPT_BANDS),
            valid_until=st.none() | st.dates(),
            note=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5),
            sku=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=5),
        ),
        max_size=5,
    )
)
def test_any_rates_come_back_whatever_their_order(tmp_path_factory: pytest.TempPathFactory, rates: list[Rate]) -> None:
    folder = tmp_path_factory.mktemp("prices")
    snapshot = save(folder, rates, DAY)
    content = snapshot.path.read_bytes()
    assert sorted(map(repr, load(snapshot))) == sorted(map(repr, rates))
    assert save(folder, rates[::-1], DAY) == snapshot
    assert snapshot.path.read_bytes() == content


def test_one_that_is_there_is_not_touched(folder: Path) -> None:
    snapshot = save(folder, RATES, DAY)
    os.utime(snapshot.path, (0, 0))
    assert save(folder, reversed(RATES), DAY) == snapshot
    assert snapshot.path.stat().st_mtime == 0


def test_the_newest_is_of_the_last_day_and_of_that_the_last_written(folder: Path) -> None:
    assert (newest(folder), snapshots(folder)) == (None, ())
    later = save(folder, RATES[:2], date(2026, 11, 26))
    earlier = save(folder, RATES[:1], DAY)
    last = save(folder, RATES[:3], date(2026, 11, 26))
    os.utime(last.path, ns=(0, later.path.stat().st_mtime_ns + 1))
    (folder / "notes.txt").touch()
    (folder / f".{last.path.name}.17.part").touch()
    assert snapshots(folder) == (earlier, later, last)
    assert newest(folder) == last


def test_one_is_found_by_its_day_or_its_hash(folder: Path) -> None:
    first, second = save(folder, RATES[:1], DAY), save(folder, RATES, date(2026, 11, 26))
    assert find(folder, "2026-11-25") == first
    assert find(folder, second.sha256[:8].upper()) == second
    assert find(folder, first.sha256 + "0" * 48) == first
    for wanted in ("2026-11-24", "ffff0000ffff", "", "12", "*"):
        with pytest.raises(UsageError, match="no price snapshot is of") as unknown:
            find(folder, wanted)
        assert f"2026-11-25 {first.sha256}" in unknown.value.hint


def test_a_hash_that_begins_several_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    for digits in ("abcd000000000001", "abcd000000000002"):
        (folder / f"prices-2026-11-25-{digits}.csv.xz").touch()
    with pytest.raises(UsageError, match="several price snapshots begin with 'abcd'"):
        find(folder, "abcd")


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-20], lambda _: b"", lambda whole: whole[:40] + b"\0" + whole[41:]]
)
def test_a_damaged_one_is_no_snapshot(folder: Path, damage: object) -> None:
    snapshot = save(folder, RATES, DAY)
    whole = snapshot.path.read_bytes()
    assert callable(damage)
    snapshot.path.write_bytes(damage(whole))
    with pytest.raises(DataError, match=r"cannot be read|is not what its name says"):
        load(snapshot)
    save(folder, RATES, DAY)
    assert snapshot.path.read_bytes() == whole


def test_another_text_under_its_name_is_no_snapshot(folder: Path) -> None:
    snapshot, other = save(folder, RATES, DAY), save(folder, RATES[:1], DAY)
    snapshot.path.write_bytes(other.path.read_bytes())
    with pytest.raises(DataError, match="is not what its name says"):
        load(snapshot)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for use in (lambda folder: save(folder, RATES, DAY), snapshots):
        with pytest.raises(UsageError, match=r"price snapshots in .*file") as refused:
            use(tmp_path / "file")
        assert "TOKENAUDIT_PRICES" in refused.value.hint
