"""Records of a CSV are those that the csv module finds, however it is sliced, and a torn one costs only itself."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.aws import csv_records
from tokenaudit.providers.aws.csv_records import records, with_word

CELLS = st.text(st.sampled_from('ab,"\n é'), max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8)


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def cut(*slices: bytes) -> list[tuple[int, bytes, bool]]:
    return [(line, record, found.torn) for found in records(slices) for line, record in found]


def read(record: bytes) -> list[str]:
    (row,) = csv.reader(io.StringIO(record.decode(), newline=""))
    return row


@given(ROWS, st.lists(st.integers(0, 200)))
def test_records_are_rows_however_they_are_sliced(rows: list[list[str]], cuts: list[int]) -> None:
    content = written(rows)
    edges = [0, *sorted(each for each in cuts if each < len(content)), len(content)]
    slices = [content[start:end] for start, end in pairwise(edges)]
    found = cut(*slices)
    assert b"".join(record for _, record, _ in found) == content
    assert [read(record) for _, record, _ in found] == rows
    lines = [1 + content[: content.find(record)].count(b"\n") for _, record, _ in found if content.count(record) == 1]
    assert set(lines) <= {line for line, _, _ in found}


def test_lines_are_counted_where_records_span_them() -> None:
    assert [line for line, _, _ in cut(b'a,"1\n2\n3"\nb,4\n', b'\nc,"5\n6"\nd,7')] == [1, 4, 5, 6, 8]


def test_a_last_record_may_lack_its_newline() -> None:
    assert cut(b'a,1\nb,"2\n3"') == [(1, b"a,1\n", False), (2, b'b,"2\n3"', False)]


def test_a_quote_that_is_never_closed_costs_one_line() -> None:
    assert cut(b'a,1\nb,"2\nc,3\nd,4') == [
        (1, b"a,1\n", False),
        (2, b'b,"2\n', True),
        (3, b"c,3\n", False),
        (4, b"d,4", False),
    ]


def test_a_quote_that_is_open_too_long_is_given_up_before_the_end() -> None:
    lines = [b"line %d\n" % number for number in range(100)]
    with patch.object(csv_records, "LONGEST", 50):
        found = cut(b'a,"1\n', *lines)
    assert [record for _, record, _ in found] == [b'a,"1\n', *lines]
    assert [line for line, _, _ in found] == list(range(1, 102))
    assert [torn for _, _, torn in found] == [True] + [False] * 100


def test_records_that_hold_a_word_are_found_where_they_are_rare_and_where_they_are_many() -> None:
    rare = b"".join(b"x%d,%s\n" % (number, b"Bedrock,Bedrock" if number == 90 else b"other") for number in range(200))
    (found,) = records([rare])
    assert list(with_word(found, b"Bedrock")) == [(91, b"x90,Bedrock,Bedrock\n")]
    (dense,) = records([b"Bedrock\n" * 3 + b"other\n"])
    assert with_word(dense, b"Bedrock") is dense
    (none,) = records([b"other\n" * 3])
    assert list(with_word(none, b"Bedrock")) == []


@given(st.lists(st.lists(st.sampled_from(["Bedrock", "rock", "Bed", "droc", "x", "é"]), max_size=4), max_size=30))
def test_no_record_with_the_word_is_missed_wherever_it_lies(rows: list[list[str]]) -> None:
    lines = [b"other line\n"] * 300 + ["".join(words).encode() + b"\n" for words in rows]
    (found,) = records([b"".join(lines)])
    assert [record for _, record in with_word(found, b"Bedrock")] == [line for line in lines if b"Bedrock" in line]
