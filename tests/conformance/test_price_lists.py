"""What every reader of a price list has to be able to do, on its documents in fixtures/prices/ and on broken ones."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import FIXTURES

from tokenaudit import registry
from tokenaudit.catalogue.snapshots import load, save
from tokenaudit.model.columns import PROVIDER_ALIASES
from tokenaudit.model.price_lists import Document, PriceList, PriceListReader
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 1)
READERS = {each.name: each.price_list for each in registry.providers() if each.price_list is not None}
SAVED = sorted((FIXTURES / "prices").glob("*/*.json"))
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(([], {}, "1e999999", "\ud800"))
)


@pytest.fixture(params=sorted(READERS))
def reader(request: pytest.FixtureRequest) -> PriceListReader:
    return READERS[request.param]


def named(path: Path) -> PriceListReader:
    return READERS[path.parent.name]


def read(path: Path, content: bytes | None = None) -> PriceList:
    return named(path).read([Document(path.name, path.read_bytes() if content is None else content, DAY)])


def test_every_list_has_documents() -> None:
    assert {path.parent.name for path in SAVED} == set(READERS)


def test_a_reader_names_a_provider_of_the_ledger_and_an_https_address(reader: PriceListReader) -> None:
    assert isinstance(reader, PriceListReader)
    assert reader.provider in PROVIDER_ALIASES.values()
    assert reader.home.startswith("https://")
    assert not reader.home.endswith("/")
    assert all(url.startswith(f"{reader.home}/") for url in reader.requests(reader.home))


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_document_is_known_by_its_own_reader_alone(path: Path) -> None:
    assert [name for name, each in READERS.items() if each.recognise(path.read_bytes())] == [path.parent.name]


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rates_are_those_of_the_provider_and_a_book_takes_them(path: Path) -> None:
    found = read(path)
    assert found.rates
    assert not found.unreadable
    assert {rate.provider for rate in found.rates} == {named(path).provider}
    assert all(row.uri == path.name and row.number > 0 and row.name for row in found.rates.values())
    assert len(PriceBook(found.rates).rates) == len(found.rates)


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_document_that_comes_twice_counts_once(path: Path) -> None:
    twice = [Document(name, path.read_bytes(), DAY) for name in ("one", "two")]
    assert set(named(path).read(twice).rates) == set(read(path).rates)


@given(st.binary(max_size=200))
def test_bytes_that_are_nothing_raise_nothing(content: bytes) -> None:
    for reader in READERS.values():
        assert not reader.recognise(content)
        found = reader.read([Document("odd", content, DAY)])
        assert (found.rates, len(found.unreadable)) == ({}, 1)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container of a document and a key in it."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in pairs for place in ((node, key), *places(value))]


@pytest.mark.parametrize("path", SAVED, ids=lambda path: f"{path.parent.name}/{path.name}")
@given(data=st.data())
def test_one_odd_value_anywhere_raises_nothing_and_what_is_read_can_be_kept(
    path: Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    node, key = data.draw(st.sampled_from(places(document)))
    node[key] = data.draw(ODD)
    found = read(path, json.dumps(document).encode())
    assert all(refused.uri == path.name and refused.reason.encode("utf-8") for refused in found.unreadable)
    kept = load(save(tmp_path_factory.mktemp("prices"), found.rates, DAY))
    assert set(kept) == set(found.rates)
