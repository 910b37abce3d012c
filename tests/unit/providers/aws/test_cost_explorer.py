"""Saved answers of Cost Explorer: whose a group is, what its keys say, and which document is one."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.aws.cost_explorer import CostExplorer
from tokenaudit.providers.aws.pull.bill_days import by_day

if TYPE_CHECKING:
    from tokenaudit.model.reject import Reject

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "aws"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")


def group(*keys: str, cost: Any = "1", **metrics: Any) -> dict[str, Any]:
    return {"Keys": list(keys), "Metrics": {"UnblendedCost": {"Amount": cost, "Unit": "USD"}, **metrics}}


def answer(*groups: dict[str, Any], by: tuple[str, ...] = ("SERVICE", "USAGE_TYPE")) -> dict[str, Any]:
    return {
        "GroupDefinitions": [{"Type": "DIMENSION", "Key": each} for each in by],
        "ResultsByTime": [
            {"TimePeriod": {"Start": "2026-10-05", "End": "2026-10-06"}, "Total": {}, "Groups": [*groups]}
        ],
    }


def read(content: bytes) -> tuple[list[dict[str, Any]], list[Reject], int]:
    (part,) = CostExplorer().normalise([Blob("x", (content,))])
    return part.batch.to_pylist(), list(part.rejects), part.foreign["x"]


def dumped(document: Any) -> bytes:
    return json.dumps(document).encode()


NOVA = group("Amazon Bedrock", "USE1-NovaPro-input-tokens", UsageQuantity={"Amount": "2", "Unit": "1K tokens"})


def _named(name: str, *values: str) -> dict[str, Any]:
    return {"Dimensions": {"Key": name, "Values": list(values)}}


_OTHERS = _named("RECORD_TYPE", "Credit", "Refund", "Tax")


@pytest.mark.parametrize(
    ("asked", "priced"),
    [
        ({"Not": _OTHERS}, "Standard"),
        ({"And": [_named("LINKED_ACCOUNT", "111122223333"), {"Not": _OTHERS}]}, "Standard"),
        (_named("RECORD_TYPE", "Usage", "DiscountedUsage"), "Standard"),
        ({"Or": [_named("RECORD_TYPE", "Usage"), _named("RECORD_TYPE", "Credit")]}, None),
        ({"Not": _named("RECORD_TYPE", "Credit")}, None),
        ({"Not": _named("SERVICE", "Tax")}, None),
        (_OTHERS, None),
        ("Usage", None),
        (None, None),
    ],
)
def test_all_of_a_group_is_usage_where_the_question_let_nothing_else_through(asked: Any, priced: str | None) -> None:
    document = dumped({"Filter": asked} | answer(NOVA))
    assert CostExplorer().recognise(Sample(document, whole=True, name="x"))
    ((row,), _, _) = read(document)
    assert row["pricing_category"] == priced


def test_pulled_days_are_usage_alone() -> None:
    documents = by_day([answer(NOVA)], [date(2026, 10, 5)], "111122223333")
    ((row,), _, _) = read(dumped(documents[date(2026, 10, 5)]))
    assert (row["pricing_category"], row["sub_account_id"]) == ("Standard", "111122223333")


@needs_samples
@pytest.mark.parametrize(
    ("name", "rows"), [("cost_explorer_mock_service.json", 1), ("synthetic/ce_get_cost_and_usage_pages.json", 7)]
)
def test_samples_are_read(name: str, rows: int) -> None:
    content = (SAMPLES / name).read_bytes()
    assert CostExplorer().recognise(Sample(content, whole=True, name="x"))
    found, rejects, foreign = read(content)
    assert (len(found), rejects, foreign) == (rows, [], 0)


@pytest.mark.parametrize(
    "document",
    [
        answer(NOVA),
        [answer(NOVA)],
        {"results": [answer(NOVA)]},
        {"ResponseMetadata": {"RequestId": "x", "HTTPHeaders": {"date": "today"}}, **answer(NOVA)},
    ],
)
def test_every_way_of_saving_is_known_and_read_alike(document: Any) -> None:
    for content in (dumped(document), json.dumps(document, indent=2).encode(), b"\xef\xbb\xbf" + dumped(document)):
        assert CostExplorer().recognise(Sample(content, whole=True, name="x"))
        ((row,), rejects, foreign) = read(content)
        assert (row["tokens"], row["model"], rejects, foreign) == (2000, "amazon/nova-pro", [], 0)


def test_pages_may_be_lines_and_a_torn_one_costs_only_itself() -> None:
    rows, rejects, _ = read(dumped(answer(NOVA)) + b"\n" + dumped(answer(NOVA))[:-9] + b"\n" + dumped(answer(NOVA)))
    assert len({row["charge_id"] for row in rows}) == 2
    assert [(each.line, each.reason) for each in rejects] == [(2, "no JSON")]


@pytest.mark.parametrize(
    "document",
    [
        {"schemaType": "ModelInvocationLog", "input": {"inputBodyJson": answer(NOVA)}},
        {"resourceSpans": [], "ResultsByTime": []},
        {"text": '"ResultsByTime"'},
        '"ResultsByTime"',
        {"GroupDefinitions": []},
    ],
)
def test_a_document_that_quotes_an_answer_is_none(document: Any) -> None:
    assert not CostExplorer().recognise(Sample(dumped(document), whole=True, name="x"))


def test_tax_belongs_to_what_the_answer_is_about() -> None:
    tax = group("Tax", "NoUsageType")
    rows, _, foreign = read(dumped(answer(NOVA, tax)))
    assert [row["charge_category"] for row in rows] == ["Usage", "Tax"]
    rows, _, foreign = read(dumped(answer(NOVA, tax, group("AWS Lambda", "USE1-Lambda-GB-Second"))))
    assert [row["charge_category"] for row in rows] == ["Usage"]
    assert foreign == 2


def test_without_usage_types_there_is_cost_and_no_tokens() -> None:
    quantity = {"Amount": "5", "Unit": "1K tokens"}
    ((row,), _, _) = read(dumped(answer(group("Amazon Bedrock", UsageQuantity=quantity), by=("SERVICE",))))
    assert (row["billed_cost"], row["tokens"], row["token_kind"]) == (1, None, None)
    assert row["quantity_scale"] == "unknown"


def test_what_is_not_grouped_does_not_say_whose_it_is() -> None:
    total = {"UnblendedCost": {"Amount": "12.5", "Unit": "USD"}}
    period = {"TimePeriod": {"Start": "2026-10-05", "End": "2026-10-06"}, "Total": total, "Groups": []}
    assert read(dumped({"ResultsByTime": [period]})) == ([], [], 1)


def test_a_mixed_unit_counts_no_tokens() -> None:
    quantity = {"Amount": "5", "Unit": "N/A"}
    usage_type = "USE1-NovaPro-input-tokens"
    ((row,), _, _) = read(dumped(answer(group("Amazon Bedrock", usage_type, UsageQuantity=quantity))))
    assert (row["tokens"], row["quantity_scale"]) == (None, "unknown")


@pytest.mark.parametrize("cost", ["x", "NaN", {}, [], True])
def test_an_amount_that_is_none_is_a_reject(cost: Any) -> None:
    rows, rejects, _ = read(dumped(answer(NOVA, group("Amazon Bedrock", "USE1-NovaPro-input-tokens", cost=cost))))
    assert len(rows) == 1
    assert [each.reason for each in rejects] == ["an amount is no number"]


_GROUPS = b'{"ResultsByTime": [{"TimePeriod": {"Start": "2026-10-05", "End": "2026-10-06"}, "Groups": 7}]}'


@pytest.mark.parametrize(
    "content", [b"[" * 5000, b"{}", b"[7]", b'{"ResultsByTime": 7}', b'{"ResultsByTime": [7]}', _GROUPS]
)
def test_what_is_no_answer_is_a_reject(content: bytes) -> None:
    rows, rejects, _ = read(content)
    assert rows == []
    assert rejects


def test_half_a_surrogate_pair_is_a_question_mark() -> None:
    """JSON can spell it and UTF-8 cannot."""
    odd = group("Amazon Bedrock", "USE1-NovaPro-input-tokens", "team$a\ud800b")
    document = answer(odd, by=("SERVICE", "USAGE_TYPE", "TAG"))
    document["GroupDefinitions"][2] = {"Type": "TAG", "Key": "team"}
    ((row,), rejects, _) = read(dumped(document))
    assert (dict(row["tags"]), rejects) == ({"team": "a?b"}, [])
