"""Append blobs in pieces, over a storage that is a dict of bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.ports import Sample
from tokenaudit.model.pulling import Known
from tokenaudit.providers.azure.live.blob_logs import hour_of, prefixes
from tokenaudit.providers.azure.live.segments import pieces
from tokenaudit.providers.azure.recognise import kind_of_head
from tokenaudit.providers.azure.settings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACE = Place("https://contoso.blob.core.windows.net", "logs")
MADE = datetime(2026, 10, 12, 8, tzinfo=UTC)


@dataclass
class Stored:
    name: str
    size_bytes: int
    created_at: datetime


@dataclass
class Memory:
    """One blob, and the ledger of whoever reads it."""

    content: bytes = b""
    made: datetime = MADE
    known: dict[str, Known] = field(default_factory=dict)
    held: dict[str, bytes] = field(default_factory=dict)
    looked: int = 0

    def part(self, *where: Any) -> bytes:
        _, _, _, offset, length = where
        self.looked += 1
        return self.content[offset : offset + length]

    def save_part(self, *where: Any) -> None:
        _, _, _, offset, length, to = where
        to.write_bytes(self.content[offset : offset + length])

    def of(self, uri: str) -> Known | None:
        return self.known.get(uri)

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:
        yield from [(uri, each) for uri, each in self.known.items() if uri.startswith(prefix)]

    def pull(self, folder: Path) -> int:
        """Reads what is new; how many objects were fetched."""
        fetched = 0
        blob: Any = Stored("a/PT1H.json", len(self.content), self.made)
        storage: Any = self
        paths = set()
        for each in pieces(storage, PLACE, blob, self):
            assert each.path not in paths
            paths.add(each.path)
            if self.known.get(each.uri, Known("", final=False)).identity == each.identity:
                continue
            fetched += 1
            each.fetch(folder / "piece")
            self.known[each.uri] = Known(each.identity, each.final)
            self.held[each.uri] = (folder / "piece").read_bytes()
            assert len(self.held[each.uri]) == each.size_bytes
        return fetched

    @property
    def text(self) -> bytes:
        """All pieces that hold records, in order."""
        by_start = {int(uri.split("=")[1].rstrip("-")): content for uri, content in self.held.items()}
        return b"".join(by_start[start] for start in sorted(by_start) if b'"rows": []' not in by_start[start])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces")


LINES = st.lists(st.integers(0, 200).map(lambda size: json.dumps({"x": "y" * size}).encode() + b"\n"), max_size=8)


@given(lines=LINES, cuts=st.lists(st.integers(0, 2000), max_size=6))
def test_however_a_blob_grows_its_whole_lines_are_held_once(folder: Path, lines: list[bytes], cuts: list[int]) -> None:
    content = b"".join(lines)
    blob = Memory()
    for cut in sorted({min(cut, len(content)) for cut in cuts} | {len(content)}):
        blob.content = content[:cut]
        blob.pull(folder)
        assert content.startswith(blob.text)
        assert len(blob.text) >= blob.content.rfind(b"\n") + 1
        assert blob.pull(folder) == 0
    assert blob.text == content


@given(before=LINES, after=LINES, cuts=st.lists(st.integers(0, 2000), max_size=4), grows=st.booleans())
def test_a_blob_that_was_made_anew_is_held_as_it_is_now(
    folder: Path, before: list[bytes], after: list[bytes], cuts: list[int], *, grows: bool
) -> None:
    old, new = b"".join(before), b"".join(after)
    blob = Memory()
    for cut in (*sorted(cuts), len(old)):
        blob.content = old[:cut]
        blob.pull(folder)
    blob.content, blob.made = new, MADE + timedelta(seconds=1)
    blob.pull(folder)
    assert blob.text == new
    if grows:
        blob.content += b'{"x": 1}\n'
        blob.pull(folder)
        assert blob.text == new + b'{"x": 1}\n'
    assert blob.pull(folder) == 0


def test_a_blob_that_became_shorter_is_read_again(folder: Path) -> None:
    blob = Memory(b'{"x": 1}\n{"x": 2}\n')
    blob.pull(folder)
    blob.content += b'{"x": 3}\n'
    blob.pull(folder)
    blob.content = b'{"x": 9}\n'
    assert blob.pull(folder) == 2
    assert blob.text == blob.content


def test_pieces_that_another_version_read_make_place_for_the_whole(folder: Path) -> None:
    blob = Memory(b'{"x": 1}\n')
    blob.pull(folder)
    blob.content += b'{"x": 2}\n'
    blob.pull(folder)
    blob.known = dict.fromkeys(blob.known, Known("", final=False))
    assert blob.pull(folder) == 2
    assert blob.text == blob.content
    assert min(map(len, blob.held.values())) == len(blob.content)
    assert blob.pull(folder) == 0


def test_a_blob_that_did_not_grow_is_not_looked_at(folder: Path) -> None:
    blob = Memory(b'{"x": 1}\n')
    blob.pull(folder)
    looked = blob.looked
    blob.pull(folder)
    assert (looked, blob.looked) == (1, 1)


def test_what_empties_a_piece_is_recognised_and_holds_nothing(folder: Path) -> None:
    blob = Memory(b'{"x": 1}\n')
    blob.known = {f"{PLACE.url}/a/PT1H.json#bytes=5-": Known(f"{MADE.isoformat()} 5-9", final=False)}
    blob.pull(folder)
    (emptied,) = [content for uri, content in blob.held.items() if uri.endswith("=5-")]
    assert kind_of_head(Sample(emptied, True, "x")) == "request"  # noqa: FBT003
    assert json.loads(emptied)["tables"][0]["rows"] == []


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (("TimeGenerated", "CorrelationId", "PromptTokens", "SequenceNumber"), "llm"),
        (("TimeGenerated", "CorrelationId", "TotalTime", "ResponseCode"), "gateway"),
        (("TimeGenerated", "Category", "properties_s"), "request"),
        (("Count",), None),
    ],
)
def test_an_answer_without_rows_is_known_by_its_columns(columns: tuple[str, ...], kind: str | None) -> None:
    answer = {"tables": [{"name": "PrimaryResult", "columns": [{"name": each} for each in columns], "rows": []}]}
    content = json.dumps(answer).encode() + b"\n"
    assert kind_of_head(Sample(content * 2, True, "x")) == kind  # noqa: FBT003


def test_months_are_listed_at_once_and_few_days_one_by_one() -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert list(prefixes(at("2026-10-30T05:00"), at("2026-11-04T01:00"))) == [
        "y=2026/m=10/d=30/",
        "y=2026/m=10/d=31/",
        "y=2026/m=11/",
    ]
    assert list(prefixes(at("2026-12-31T23:59"), at("2027-01-01T00:01"))) == ["y=2026/m=12/d=31/", "y=2027/m=01/d=01/"]


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("resourceId=/SUBSCRIPTIONS/X/y=2026/m=10/d=02/h=08/m=00/PT1H.json", "2026-10-02T08:00:00+00:00"),
        ("y=2026/m=10/d=02/h=08/m=00/PT1H.json", "2026-10-02T08:00:00+00:00"),
        ("y=2026/m=13/d=02/h=08/m=00/PT1H.json", None),
        ("y=2026/m=10/d=02/h=08/PT1H.json", None),
        ("readme.txt", None),
    ],
)
def test_the_hour_is_in_the_name(name: str, hour: str | None) -> None:
    found = hour_of(name)
    assert (found.isoformat() if found else None) == hour
