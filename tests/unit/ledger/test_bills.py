"""Whose lines of a bill count, whatever the order in which runs and copies were read."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from tests.unit.ledger.charged import charge

from tokenaudit import schema
from tokenaudit.ledger.bills import in_force, prefix_of
from tokenaudit.ledger.ledger import Ledger, open_for_writing
from tokenaudit.ledger.objects import Delivery, ReadObject
from tokenaudit.ledger.spool import Spool
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from pathlib import Path

OCTOBER = date(2026, 10, 1)


def read(uri: str, delivery: Delivery | None, identity: str = "1") -> ReadObject:
    return ReadObject(uri, identity, "aws.cur", 1, 1, 0, delivery=delivery)


def run(uri: str, number: str, part: str = "p1", export: str = "cur") -> ReadObject:
    return read(uri, Delivery(export, OCTOBER, number, part))


@pytest.mark.parametrize(
    ("objects", "counting"),
    [
        ([], set()),
        ([read("pages.json", None), read("more.json", None)], {"pages.json", "more.json"}),
        ([run("a", "1"), run("b", "2")], {"b"}),
        ([run("a", "2", "p1"), run("b", "2", "p2"), run("c", "1", "p3")], {"a", "b"}),
        ([run("a", "1"), run("b", "1")], {"a"}),
        ([run("a", "1", export="actual"), run("b", "2", export="amortised")], {"a", "b"}),
        ([read("x", Delivery("x", None, "", "h1")), read("y", Delivery("y", None, "", "h1"))], {"x"}),
        ([read("x", Delivery("x", None, "", "h1")), read("y", Delivery("y", None, "", "h2"))], {"x", "y"}),
    ],
    ids=["nothing", "pages", "newer run", "parts of a run", "a part twice", "two exports", "a copy", "two files"],
)
def test_of_each_export_and_month_the_newest_run_counts(objects: list[ReadObject], counting: set[str]) -> None:
    for order in permutations(objects):
        assert in_force(order) == counting


def take(ledger: Ledger, *objects: tuple[ReadObject, int]) -> dict[str, int]:
    """Commits these objects with so many lines each, and says what the table holds by object."""
    staged = []
    for each, lines in objects:
        spool = Spool(ledger.staging, "aws.cur", "charges")
        buffer = RowBuffer(schema.charges())
        for number in range(lines):
            buffer.add(charge(number, object_uri=each.uri))
        spool.add(buffer.take())
        spool.flush()
        staged += spool.files
    ledger.commit(staged, [each for each, _ in objects])
    return held(ledger)


def held(ledger: Ledger) -> dict[str, int]:
    rows = {file.name[:17]: file for file in ledger.charges_files()}
    return {uri: 1 for uri in ("a", "b", "c") if prefix_of(uri) in rows}


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_reading_runs_in_any_order_leaves_the_newest(tmp_path: Path, order: tuple[str, ...]) -> None:
    runs = {"a": run("a", "2026-10-02"), "b": run("b", "2026-10-09"), "c": run("c", "2026-10-05")}
    with open_for_writing(tmp_path / "ledger") as ledger:
        for uri in order:
            take(ledger, (runs[uri], 3))
        assert held(ledger) == {"b": 1}


def test_a_month_may_go_down_to_nothing(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "ledger") as ledger:
        assert take(ledger, (run("a", "1"), 5)) == {"a": 1}
        assert take(ledger, (run("b", "2"), 0)) == {}


def test_a_changed_file_replaces_its_lines(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "ledger") as ledger:
        take(ledger, (read("a", Delivery("a", None, "", "h1")), 3))
        take(ledger, (read("a", Delivery("a", None, "", "h2"), "2"), 2))
        (file,) = ledger.charges_files()
        assert file.name.startswith(prefix_of("a"))


def test_a_copy_that_has_to_count_again_is_read_again(tmp_path: Path) -> None:
    """Its lines were not kept while another file with the same content counted."""
    with open_for_writing(tmp_path / "ledger") as ledger:
        take(ledger, (read("a", Delivery("a", None, "", "h1")), 3), (read("b", Delivery("b", None, "", "h1")), 3))
        assert held(ledger) == {"a": 1}
        take(ledger, (read("a", Delivery("a", None, "", "h2"), "2"), 3))
        assert held(ledger) == {"a": 1}
        assert ledger.objects()["b"].identity == "", "so that the next ingest reads it"
        assert take(ledger, (read("b", Delivery("b", None, "", "h1")), 3)) == {"a": 1, "b": 1}


def test_a_bill_that_counts_is_not_wanted_again_because_of_what_else_is_read(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "ledger") as ledger:
        take(ledger, (run("a", "1"), 2))
        take(ledger, (ReadObject("metrics.json", "1", "aws.metrics", 1, 0, 0), 0))
        assert ledger.objects()["a"].identity == "1"
