"""Saved answers of the Query API: in every wrapping, with their columns in any order."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.providers.azure.made_bills import ACCOUNT, answer, queried

from tokenaudit import registry
from tokenaudit.model.ports import Sample

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "azure"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

COLUMNS = ("Cost", "UsageQuantity", "UsageDate", "ResourceId", "Meter", "Currency")
METER = "5.4 inp Gl 1M Tokens"
ROW = [5.0, 2, 20261001, ACCOUNT, METER, "USD"]
ONE = answer(COLUMNS, ROW)


def recognised_by(content: bytes, limit: int = 64 * 1024) -> list[str]:
    sample = Sample(content[:limit], len(content) <= limit, "answer.json")
    return [source.name for source in registry.sources() if source.recognise(sample)]


def told(content: bytes) -> list[tuple[str, str, int | None]]:
    return [(str(row["billing_period"]), str(row["billed_cost"]), row["tokens"]) for row in queried(content).rows]


def as_objects(*contents: bytes) -> list[Any]:
    return [json.loads(content) for content in contents]


WRAPPED = {
    "one page": ONE,
    "indented": json.dumps(json.loads(ONE), indent=2).encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + ONE,
    "a list of pages": json.dumps(as_objects(ONE)).encode(),
    "a value": json.dumps({"value": as_objects(ONE)}).encode(),
    "a page a line": ONE + b"\n",
    "without properties": json.dumps(json.loads(ONE)["properties"]).encode(),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_page_is_read_whatever_it_is_wrapped_in(name: str) -> None:
    assert recognised_by(WRAPPED[name]) == ["azure.cost_query"]
    assert told(WRAPPED[name]) == [("2026-10-01", "5.000000000000", 2_000_000)]


@pytest.mark.parametrize("name", ["one page", "indented", "a list of pages", "a value", "without properties"])
def test_a_page_that_is_longer_than_the_sample_is_recognised(name: str) -> None:
    assert recognised_by(WRAPPED[name], WRAPPED[name].index(b"20261001")) == ["azure.cost_query"]


@given(st.permutations(range(len(COLUMNS))))
def test_columns_may_stand_in_any_order(order: list[int]) -> None:
    shuffled = answer([COLUMNS[at] for at in order], [ROW[at] for at in order])
    assert told(shuffled) == told(ONE)


@pytest.mark.parametrize("written", [20261001, 20261001.0, "20261001", "2026-10-01", "2026-10-01T00:00:00Z"])
def test_the_day_is_a_number_or_a_text(written: object) -> None:
    assert told(answer(COLUMNS, [*ROW[:2], written, *ROW[3:]])) == told(ONE)


def test_a_month_is_a_month() -> None:
    (row,) = queried(answer(["PreTaxCost", "BillingMonth", "Meter"], [5.0, "2026-02-01T00:00:00", METER])).rows
    days = (row["charge_period_start"].date().isoformat(), row["charge_period_end"].date().isoformat())
    assert days == ("2026-02-01", "2026-03-01")


@pytest.mark.parametrize("content", [answer(COLUMNS), b"", b"[]", b'{"value": []}'])
def test_an_empty_answer_gives_no_rows_and_no_rejects(content: bytes) -> None:
    reading = queried(content)
    assert (reading.rows, reading.rejects, reading.records) == ([], [], 0)


def test_an_answer_without_rows_is_an_answer() -> None:
    assert recognised_by(answer(COLUMNS)) == ["azure.cost_query"]


@pytest.mark.parametrize(
    "content",
    [
        b'{"tables": [{"name": "t", "columns": [{"name": "Cost"}], "rows": [[1]]}]}',
        b'{"columns": [{"name": "Latency"}], "rows": [[1]]}',
        b'{"properties": {"columns": "Cost", "rows": []}}',
        b'{"value": [{"name": {"value": "Cost"}, "timeseries": []}]}',
        b'{"error": {"code": "429", "message": "Cost"}}',
        b'{"prompt": "{\\"columns\\": [{\\"name\\": \\"Cost\\"}]}"}',
        b'{"columns": ' * 20_000,
        b'{"a":' * 40_000 + b'"columns": [',
    ],
)
def test_other_answers_are_none(content: bytes) -> None:
    assert "azure.cost_query" not in recognised_by(content)
    assert "azure.cost_query" not in recognised_by(content, len(content) - 1)


def test_costs_are_billed_unless_the_question_was_saved_and_says_otherwise() -> None:
    asked = {"request": {"type": "AmortizedCost"}}
    for content, billed in ((ONE, True), (answer(COLUMNS, ROW, **asked), False)):
        (row,) = queried(content).rows
        assert (row["billed_cost"] is not None, row["effective_cost"] is not None) == (billed, not billed)


def test_dollars_are_taken_only_where_no_other_currency_is_told() -> None:
    both = ["Cost", "CostUSD", "UsageDate", "Meter"]
    cells = [4.0, 5.0, 20261001, METER]
    (row,) = queried(answer(both, cells)).rows
    assert (row["billed_cost"], row["billing_currency"]) == (Decimal(5), "USD")
    (row,) = queried(answer([*both, "Currency"], [*cells, "EUR"])).rows
    assert (row["billed_cost"], row["billing_currency"]) == (Decimal(4), "EUR")


def test_meters_are_known_without_a_category_and_speech_is_not_among_them() -> None:
    rows = [[*ROW[:4], meter, "USD"] for meter in (METER, "S1 Speech To Text", "gpt-4o 0806 ft hosting glbl Unit")]
    reading = queried(answer(COLUMNS, *rows))
    assert [row["sku_meter"] for row in reading.rows] == [METER, "gpt-4o 0806 ft hosting glbl Unit"]
    assert reading.foreign == 1


def test_partner_models_are_known_by_their_resource() -> None:
    saas = ACCOUNT.partition("/providers/")[0] + "/providers/Microsoft.SaaS/resources/"
    named = saas + "claude-sonnet-4-5-00000000-0000-4000-8000-000000000001"
    columns = [*COLUMNS, "ServiceName"]
    rows = [
        [5.0, 500, 20261001, saas + "claude", "Claude Consumption Unit", "USD", "SaaS"],
        [5.0, 1, 20261001, named, "", "USD", "SaaS"],
        [5.0, 1, 20261001, saas + "firewall", "Hours", "USD", "SaaS"],
    ]
    reading = queried(answer(columns, *rows))
    assert [row["model"] for row in reading.rows] == [None, "anthropic/claude-sonnet-4-5"]
    assert reading.foreign == 1


def test_a_page_that_is_cut_off_loses_itself_and_no_other() -> None:
    assert queried(ONE[:-5]).rejects == [(1, "not valid JSON, or cut off")]
    reading = queried(ONE + b"\n" + ONE[:-5] + b"\n" + ONE)
    assert len(reading.rows) == 2
    assert reading.rejects == [(2, "not valid JSON, or cut off")]


def test_what_is_no_page_among_pages_is_refused() -> None:
    content = json.dumps([*as_objects(ONE), {"error": {"code": "429"}}, 7]).encode()
    reading = queried(content)
    assert len(reading.rows) == 1
    assert reading.rejects == [(1, "not an answer of the Query API")] * 2


def test_rows_of_all_pages_have_ids_of_their_own() -> None:
    rows = queried(json.dumps(as_objects(ONE, ONE)).encode()).rows
    assert len({row["charge_id"] for row in rows}) == 2


@needs_samples
def test_the_third_party_sample_reads() -> None:
    content = (SAMPLES / "cost_management_query_mock.json").read_bytes()
    assert recognised_by(content) == ["azure.cost_query"]
    reading = queried(content)
    assert (len(reading.rows), reading.foreign, reading.rejects) == (4, 2, [])
    assert [row["tokens"] for row in reading.rows] == [72_334, 864_000, 2_066_667, 950_000]


@needs_samples
@pytest.mark.parametrize("name", ["BillingAccountQuery.json", "EnrollmentAccountQueryGrouping.json"])
def test_the_answers_of_the_specification_read(name: str) -> None:
    document = json.loads((SAMPLES / "rest_specs" / name).read_text(encoding="utf-8"))
    reading = queried(json.dumps(document["responses"]["200"]["body"]).encode())
    assert (reading.rows, reading.rejects) == ([], [])
    assert reading.foreign > 0
