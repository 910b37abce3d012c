"""Exports as a whole: what is recognised, which costs they hold, and what identifies a line."""

from __future__ import annotations

import csv
import io
import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.providers.azure.made_bills import COVERED, FOREIGN, LINE, bill, exported

from tokenaudit import registry
from tokenaudit.model.ports import Sample
from tokenaudit.providers.azure.bills.cost_export import CostExport

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "azure"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

BILLED, SPREAD = "/providers/x/exports/daily#actualcost", "/providers/x/exports/daily#amortizedcost"
UNUSED = {**COVERED, "ChargeType": "UnusedReservation"}
BOUGHT = {**COVERED, "ChargeType": "Purchase"}


def recognised_by(*columns: str) -> list[str]:
    head = ",".join(columns).encode() + b"\n"
    sample = Sample(head, whole=True, name="part_0_0001.csv", columns=columns)
    return [source.name for source in registry.sources() if source.recognise(sample)]


# --- recognition ----------------------------------------------------------------------------------------------------


def test_a_bill_is_known_by_its_columns_whatever_their_case() -> None:
    assert recognised_by(*LINE) == ["azure.cost_export"]
    assert recognised_by(*(name.upper() for name in LINE)) == ["azure.cost_export"]


@pytest.mark.parametrize("missing", ["Date", "CostInBillingCurrency", "MeterCategory", "MeterName"])
def test_without_what_every_line_needs_it_is_none(missing: str) -> None:
    assert recognised_by(*(name for name in LINE if name != missing)) == []


def test_a_file_in_the_columns_of_focus_is_not_ours() -> None:
    assert not CostExport().recognise(Sample(b"", whole=True, name="x", columns=(*LINE, "BilledCost")))
    assert not CostExport().recognise(Sample(b"", whole=True, name="x", columns=(*LINE, "ChargePeriodStart")))


def test_tables_of_logs_are_not_ours() -> None:
    for folder in ("gateway_logs", "request_logs"):
        for path in (ROOT / "fixtures" / "azure" / folder).glob("*.csv"):
            columns = tuple(next(csv.reader([path.read_text(encoding="utf-8-sig").partition("\n")[0]])))
            assert not CostExport().recognise(Sample(b"", whole=True, name="x", columns=columns)), path.name


def _columns(name: str) -> list[str]:
    document = json.loads((SAMPLES / "finops_toolkit" / name).read_text(encoding="utf-8"))
    return [each["source"]["name"] for each in document["translator"]["mappings"]]


@needs_samples
@pytest.mark.parametrize("name", ["actualcost_c360-2025-04.json", "amortizedcost_c360-2025-04.json"])
def test_the_columns_of_the_toolkit_are_a_bill(name: str) -> None:
    columns = _columns(name)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerow({**LINE, "Cost": "5", "BillingCurrency": "JPY", "Date": "2026-10-01T00:00:00Z"})
    assert recognised_by(*columns) == ["azure.cost_export"]
    reading = exported(text.getvalue().encode())
    assert [(row["billed_cost"], row["billing_currency"], row["tokens"]) for row in reading.rows] == [
        (Decimal(5), "JPY", 2_000_000)
    ]


@needs_samples
def test_the_toolkit_s_focus_columns_and_price_sheets_are_none() -> None:
    others = [path.name for path in (SAMPLES / "finops_toolkit").glob("*.json") if "cost_c360" not in path.name]
    known = [name for name in others if "translator" in (SAMPLES / "finops_toolkit" / name).read_text()]
    assert len(known) > 5
    for name in known:
        assert not CostExport().recognise(Sample(b"", whole=True, name=name, columns=tuple(_columns(name)))), name


@needs_samples
def test_lines_without_a_date_are_refused_as_a_whole() -> None:
    reading = exported((SAMPLES / "foundry_bill_lines_third_party.csv").read_bytes())
    assert reading.rows == []
    assert reading.rejects == [(1, "the table cannot be read, or has not the columns of a bill")]


# --- which costs ----------------------------------------------------------------------------------------------------


def costs(reading_of: bytes, export: str | None = None) -> set[tuple[bool, bool]]:
    return {
        (row["billed_cost"] is not None, row["effective_cost"] is not None)
        for row in exported(reading_of, export=export).rows
    }


@pytest.mark.parametrize("proof", [UNUSED, COVERED, {**FOREIGN, **UNUSED}, {**FOREIGN, "ReservationId": "vm"}])
def test_a_reservation_that_costs_by_the_hour_shows_that_costs_are_spread(proof: dict[str, str]) -> None:
    assert costs(bill({}, proof)) == {(False, True)}


@pytest.mark.parametrize("other", [BOUGHT, {**COVERED, "CostInBillingCurrency": "0.00"}, {}])
def test_what_is_bought_at_once_covered_for_nothing_or_not_reserved_is_what_is_billed(other: dict[str, str]) -> None:
    assert costs(bill({}, other)) == {(True, False)}


def test_a_manifest_knows_better_than_content() -> None:
    assert costs(bill({}), SPREAD) == {(False, True)}
    assert costs(bill({}, UNUSED), BILLED) == {(True, False)}
    assert costs(bill({}, UNUSED), "an export of no known type") == {(False, True)}


# --- identity -------------------------------------------------------------------------------------------------------


def ids(reading_of: bytes, export: str | None = None) -> list[str]:
    return [row["charge_id"] for row in exported(reading_of, export=export).rows]


def test_equal_lines_are_two_lines() -> None:
    assert len(set(ids(bill({}, {}, {})))) == 3


def test_a_line_keeps_its_id_when_its_amounts_change_or_others_come_before_it() -> None:
    early = ids(bill({}, {"Date": "10/02/2026"}), BILLED)
    late = ids(bill({"Date": "10/03/2026"}, {"Quantity": "9", "CostInBillingCurrency": "22.5"}, FOREIGN), BILLED)
    assert late[1] == early[0]
    assert late[0] not in early


def test_exports_do_not_share_ids() -> None:
    assert not {*ids(bill({}), BILLED)} & {*ids(bill({}), SPREAD), *ids(bill({}))}


# --- reading --------------------------------------------------------------------------------------------------------


def test_foreign_lines_are_counted_and_dropped() -> None:
    pieces = bill(*[FOREIGN] * 20_000, {}, *[FOREIGN] * 20_000).splitlines(keepends=True)
    slices = [b"".join(pieces[at : at + 999]) for at in range(0, len(pieces), 999)]
    reading = exported(*slices)
    assert (len(reading.rows), reading.foreign, reading.records) == (1, 40_000, 1)


def test_the_line_of_a_reject_is_its_own_behind_rows_that_could_not_be_read() -> None:
    lines = bill({}, {}, {"Date": "never"}, {}, {"Date": "never"}).splitlines(keepends=True)
    content = b"".join([lines[0], b"torn\r\n", lines[1], b"torn\r\n", *lines[2:4], b"torn\r\n", *lines[4:]])
    assert sorted(exported(content).rejects) == [
        (2, "a line of 1 cells in a table of 24 columns"),
        (4, "a line of 1 cells in a table of 24 columns"),
        (6, "the date is no date"),
        (7, "a line of 1 cells in a table of 24 columns"),
        (9, "the date is no date"),
    ]


def test_a_quote_that_is_never_closed_loses_nothing_before_it() -> None:
    content = bill({}, {"Date": "10/02/2026"}) + b'10/03/2026,"open\r\n' + bill({}).splitlines(keepends=True)[1]
    reading = exported(content)
    assert [row["charge_period_start"].day for row in reading.rows] == [1, 2]
    assert len(reading.rejects) == 1


@pytest.mark.parametrize("cut", [4, 100, 5000])
def test_a_parquet_file_that_is_cut_off_is_refused_as_a_whole(cut: int) -> None:
    content = (ROOT / "fixtures" / "azure" / "cost_export" / "typed_columns.raw.parquet").read_bytes()[:cut]
    assert exported(content).rejects == [(1, "the table cannot be read, or has not the columns of a bill")]


ODD = st.one_of(
    st.text(max_size=6),
    st.decimals(allow_nan=True).map(str),
    st.dates().map(str),
    st.sampled_from(
        ["", "-0", "1e999", "1_000", "0x10", '"', "\x00", "{", "\r\n", "Purchase", "Marketplace", "1M", "\u0661"]
    ),
)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(list(LINE)), ODD), min_size=1, max_size=3))
def test_whatever_is_in_its_cells_a_line_is_a_row_a_reject_or_foreign(changes: list[dict[str, str]]) -> None:
    reading = exported(bill({}, *changes, {}))
    assert len(reading.rows) + len(reading.rejects) + reading.foreign == len(changes) + 2
    assert reading.records == len(reading.rows) + len(reading.rejects)
    assert sum(row["tokens"] == 2_000_000 for row in reading.rows) >= 2


def test_a_month_is_provisional_until_its_bill_has_reached_the_last_day() -> None:
    assert [row["provisional"] for row in exported(bill({})).rows] == [True]
    assert [row["provisional"] for row in exported(bill({}, {**FOREIGN, "Date": "10/31/2026"})).rows] == [False]
