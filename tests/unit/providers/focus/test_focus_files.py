"""Whole files: what is recognised, what is counted, and that what was read can be written and read again."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.focus.charges import ROWS_PER_BATCH, FocusFiles
from tokenaudit.providers.focus.names import FOCUS_NAMES
from tokenaudit.providers.tabular import column_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tokenaudit.model.reject import Reject

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = sorted((ROOT / "fixtures" / "focus" / "charges").glob("*.raw.*"))
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

AWS = {
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "ChargePeriodStart": "2026-09-14T10:00:00Z",
    "ChargePeriodEnd": "2026-09-14T11:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "1",
    "ProviderName": "AWS",
    "ServiceName": "Amazon Bedrock",
    "x_UsageType": "USE1-NovaPro-input-tokens",
}
AZURE = {
    **AWS,
    "ProviderName": "Microsoft",
    "ServiceName": "",
    "x_UsageType": "",
    "x_SkuMeterCategory": "Foundry Models",
    "SkuMeter": "gpt 4.1 Inp glbl Tokens",
    "PricingQuantity": "1250",
    "ContractedUnitPrice": "0.002",
    "ContractedCost": "2.5",
}


@dataclass
class Read:
    rows: list[dict[str, Any]]
    rejects: list[Reject]
    records: int
    foreign: int


def read(content: bytes, uri: str = "x", export: str | None = None) -> Read:
    found = Read([], [], 0, 0)
    for part in FocusFiles().normalise([Blob(uri, (content,), export=export)]):
        assert part.table == "charges"
        found.rows += part.batch.to_pylist()
        found.rejects += part.rejects
        found.records += part.records.get(uri, 0)
        found.foreign += part.foreign.get(uri, 0)
    assert found.records == len(found.rows) + len(found.rejects)
    return found


def table(lines: Iterable[Mapping[str, str]]) -> bytes:
    held = list(lines)
    names = list(dict.fromkeys(name for line in held for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(held)
    return text.getvalue().encode()


def recognised(path: Path) -> bool:
    head = path.read_bytes()[: 64 * 1024]
    return FocusFiles().recognise(Sample(head, whole=False, name=path.name, columns=column_names(head, path)))


@pytest.mark.parametrize(
    "columns",
    [
        ("lineItem/UsageType", "lineItem/UnblendedCost"),
        ("BilledCost", "ChargePeriodStart"),
        ("ServiceName", "ChargeCategory", "EffectiveCost", "ChargePeriodStart"),
        ("line_item_usage_type", "bill_billing_period_start_date"),
    ],
)
def test_other_bills_are_not_recognised(columns: tuple[str, ...]) -> None:
    assert not FocusFiles().recognise(Sample(b"x", whole=True, name="focus.csv", columns=columns))


def test_a_record_that_is_longer_than_the_sample_is_not_recognised() -> None:
    head = json.dumps(AWS).encode()
    assert FocusFiles().recognise(Sample(head, whole=True, name="x"))
    assert FocusFiles().recognise(Sample(b"\xef\xbb\xbf[\n " + head + b",", whole=False, name="x"))
    assert not FocusFiles().recognise(Sample(head[:-5], whole=False, name="x"))


def test_lines_that_are_equal_have_ids_of_their_own_and_the_same_ones_again() -> None:
    lines = [AWS, AWS, {**AWS, "ResourceId": "r"}]
    first, again = read(table(lines)), read(table(lines))
    ids = [row["charge_id"] for row in first.rows]
    assert len(set(ids)) == 3
    assert ids == [row["charge_id"] for row in again.rows]
    dearer = read(table([{**line, "BilledCost": "2"} for line in lines]))
    assert ids == [row["charge_id"] for row in dearer.rows]


def test_the_id_is_of_the_export_and_not_of_the_place_where_its_file_lies() -> None:
    content = table([AWS])
    one, other = read(content, "a/part-1.csv", "export"), read(content, "b/part-1.csv", "export")
    assert one.rows[0]["charge_id"] == other.rows[0]["charge_id"]
    for changed in (read(content, "a/part-2.csv", "export"), read(content, "a/part-1.csv")):
        assert changed.rows[0]["charge_id"] != one.rows[0]["charge_id"]


def test_a_line_that_costs_nothing_is_read_as_the_others_of_its_meter_in_the_file() -> None:
    free = {**AZURE, "ContractedCost": "0", "PricingQuantity": "2"}
    assert [row["tokens"] for row in read(table([free, AZURE])).rows] == [1_250_000, 2000]
    assert [row["quantity_scale"] for row in read(table([free])).rows] == ["unknown"]


def test_lines_of_one_meter_that_disagree_decide_nothing_for_others() -> None:
    free = {**AZURE, "ContractedCost": "0"}
    units = {**AZURE, "PricingQuantity": "1250000"}
    rows = read(table([free, AZURE, units])).rows
    assert [(row["tokens"], row["quantity_scale"]) for row in rows] == [
        (1_250_000, "blocks"),
        (1_250_000, "units"),
        (None, "unknown"),
    ]


def test_batches_are_bounded_and_nothing_is_lost_between_them() -> None:
    lines = [
        AWS if number % 2 else {**AWS, "ServiceName": "", "x_UsageType": ""} for number in range(2 * ROWS_PER_BATCH + 2)
    ]
    content = table(lines)
    parts = list(FocusFiles().normalise([Blob("x", (content,))]))
    assert sum(part.batch.num_rows for part in parts) == len(lines) // 2
    assert sum(part.foreign.get("x", 0) for part in parts) == len(lines) // 2
    assert max(part.batch.num_rows for part in parts) <= ROWS_PER_BATCH < len(lines) // 2


def test_a_line_with_a_cell_too_many_is_a_reject() -> None:
    content = table([AWS, AWS]) + b"a,b\n"
    found = read(content)
    assert len(found.rows) == 2
    assert [(reject.line, "cells" in reject.reason) for reject in found.rejects] == [(4, True)]


def test_a_json_list_that_is_cut_off_is_one_reject() -> None:
    found = read(json.dumps([AWS, AWS]).encode()[:-10])
    assert [(reject.line, reject.reason) for reject in found.rejects] == [(0, "not valid JSON")]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: str(path.name))
def test_what_was_read_can_be_written_as_focus_and_read_again(path: Path) -> None:
    """`focus_extra` lies over the columns: so the second reading differs in nothing."""
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        import gzip  # noqa: PLC0415 - for one fixture

        content = gzip.decompress(content)
    first = read(content)
    assert first.rows
    again = read(table([_as_focus(row) for row in first.rows]))
    assert again.foreign == 0
    assert not again.rejects
    by_id = {row["charge_id"]: row for row in again.rows}
    for row in first.rows:
        written = by_id[row["charge_id"]]
        assert {name: written[name] for name in row} == row


def _as_focus(row: dict[str, Any]) -> dict[str, str]:
    line = {}
    for column, name in FOCUS_NAMES.items():
        value = row[column]
        if column == "tags":
            value = json.dumps(dict(value)) if value else None
        line[name] = "" if value is None else str(value)
    if row["invoice_id"] is None and not row["provisional"]:
        del line["InvoiceId"]  # the file does not tell of invoices
    return line | dict(row["focus_extra"])


@needs_samples
def test_a_real_file_without_language_models_is_all_foreign() -> None:
    path = SAMPLES / "focus" / "focus_sample_200.csv"
    assert recognised(path)
    found = read(path.read_bytes())
    assert (found.rows, found.rejects, found.foreign) == ([], [], 200)


@needs_samples
def test_the_examples_of_the_specification_are_all_foreign() -> None:
    paths = sorted((SAMPLES / "focus" / "spec_csv").glob("*.csv"))
    assert paths
    for path in paths:
        assert recognised(path), path.name
        found = read(path.read_bytes())
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = sum(1 for _ in csv.DictReader(stream))
        assert (found.rows, found.rejects, found.foreign) == ([], [], lines), path.name


@needs_samples
def test_usage_that_neither_cloud_sold_is_foreign() -> None:
    """Tokens of Claude Code and Codex, sold by Anthropic and OpenAI themselves, in FOCUS 1.3's columns."""
    path = SAMPLES / "focus" / "tokencur_export_1.2.csv"
    assert recognised(path)
    found = read(path.read_bytes())
    assert (found.rows, found.rejects, found.foreign) == ([], [], 10)


@needs_samples
def test_a_third_partys_line_with_few_columns_is_read() -> None:
    path = SAMPLES / "aws" / "focus_aws_bedrock_third_party.json"
    assert recognised(path)
    (row,) = read(path.read_bytes()).rows
    assert (row["model"], row["charge_category"], row["tokens"], row["quantity_scale"]) == (
        "amazon/nova-pro",
        "Usage",
        None,
        "unknown",
    )
    assert (row["invoice_id"], row["tags"]) == ("invoice-1", [("UserId", "user-focus")])
