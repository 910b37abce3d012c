"""Keys of ids: equal for equal ids, whatever the chunks; and what is repeated among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.ledger import keys as module
from tokenaudit.ledger.keys import KeyStore, among, distinct, keys_of, repeated

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

IDS = st.lists(st.text(max_size=40) | st.sampled_from(["", "a", "1234567", "12345678", "123456789"]), max_size=40)
NUMBERS = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=40).map(
    lambda some: np.array(some, np.uint64)
)


@given(IDS, st.integers(0, 5))
def test_ids_are_equal_exactly_where_their_keys_are(ids: list[str], skipped: int) -> None:
    chunks = [pa.array(ids, pa.string()), pa.array(ids, pa.string()).slice(skipped)]
    texts = [*ids, *ids[skipped:]]
    keys = keys_of(pa.chunked_array(chunks, pa.string())).tolist()
    assert len(keys) == len(texts)
    assert len(set(keys)) == len(set(texts)) == len(set(zip(keys, texts, strict=True)))


def test_every_byte_of_an_id_counts() -> None:
    ids = {"x" * length for length in range(30)}
    ids |= {"x" * at + "y" + "x" * (29 - at) for at in range(30)}
    assert len(np.unique(keys_of(pa.chunked_array([sorted(ids)], pa.string())))) == len(ids)


def test_dictionaries_have_the_keys_of_their_texts() -> None:
    texts = pa.chunked_array([["one", "two", "one"]])
    assert keys_of(texts.dictionary_encode()).tolist() == keys_of(texts).tolist()


@given(NUMBERS, NUMBERS)
def test_what_is_repeated_distinct_or_wanted(keys: module.Keys, wanted: module.Keys) -> None:
    counted = keys.tolist()
    assert repeated(keys).tolist() == sorted({key for key in counted if counted.count(key) > 1})
    assert distinct(keys).tolist() == sorted(set(counted))
    assert among(keys, np.sort(wanted)).tolist() == [key in set(wanted.tolist()) for key in counted]


def test_a_store_remembers_what_it_was_told_and_reads_what_it_forgot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    store, paths = KeyStore(), [tmp_path / name for name in ("first", "second")]
    for path in paths:
        pq.write_table(pa.table({"usage_id": [path.name, "same"]}), path)
        store.remember(path, np.array([1, 2], np.uint64))
    first, second = (store.of(path).tolist() for path in paths)
    assert second == [1, 2]
    assert first == keys_of(pa.chunked_array([["first", "same"]])).tolist()
