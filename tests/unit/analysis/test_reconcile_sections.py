"""The tables of a reconciliation, and what is said beside them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.analysis.measures import ACCOUNT, OTHER_ACCOUNT, both, measured

from tokenaudit.analysis.reconcile import Reconciliation, reconcile
from tokenaudit.analysis.reconcile_caveats import caveats, scale_unknown
from tokenaudit.analysis.reconcile_sections import sections
from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from tokenaudit.model.measured import Measured
    from tokenaudit.model.report import Section, Value

MILLION = 1_000_000
MONEY = ("totals", "classes", "worst", "reconcile")
AZ: dict[str, Any] = {"provider": AZURE, "account": "z"}


def tables(found: Reconciliation, worst: int = 20) -> dict[str, Section]:
    return {section.id: section for section in sections(found, worst)}


def column(section: Section, name: str) -> list[Value]:
    return [row[name] for row in section.rows]


def billed(logged: int, tokens: int, cost: str, day: int = 1, **changes: object) -> list[Measured]:
    return [measured("logs", logged, day, **changes), measured("bill", tokens, day, billed_cost=cost, **changes)]


def codes(rows: list[Measured], settle_until: date | None = None) -> dict[str, str]:
    return {caveat.code: caveat.text for caveat in caveats(reconcile(rows, settle_until=settle_until))}


def test_totals_come_first_and_every_row_has_every_column() -> None:
    found = reconcile([*billed(5, MILLION, "3"), *billed(5, 5, "1", kind="output"), *both(7, 7, **AZ)])
    told = sections(found)
    assert [section.id for section in told] == ["totals", "coverage", "classes", "worst", "reconcile", "discounts"]
    for section in told:
        names = [field.name for field in section.columns]
        assert "requests" not in names
        assert len(names) == len(set(names))
        assert all(set(row) == set(names) for row in section.rows)


def test_no_measurement_makes_no_row() -> None:
    found = reconcile([])
    assert all(section.rows == () for section in sections(found))
    assert (found.has_judged, found.is_outside, found.coverage().of_bill) == (False, False, None)
    assert list(caveats(found)) == []


def test_totals_by_provider_and_kind_with_gaps_of_judged_cells_only() -> None:
    rows = [
        *billed(MILLION, 2 * MILLION, "4", list_cost="5"),
        measured("metrics", 3 * MILLION),
        *billed(MILLION, 0, "0", 2),
        *both(7, 9, kind="output"),
        *both(7, 7, **AZ),
    ]
    totals = tables(reconcile(rows, settle_until=date(2026, 11, 2)))["totals"]
    azure, first, second = sorted(totals.rows, key=lambda row: (row["provider"] != AZURE, str(row["kind"])))
    assert (azure["provider"], azure["metrics_tokens"], azure["gap_tokens"], azure["billed_cost"]) == (
        AZURE,
        None,
        0,
        None,
    )
    assert first == {
        "provider": BEDROCK,
        "kind": "input",
        "logs_tokens": 2 * MILLION,
        "metrics_tokens": 3 * MILLION,
        "bill_tokens": 2 * MILLION,
        "gap_tokens": MILLION,
        "gap_ratio": 0.5,
        "list_cost": Decimal(5),
        "billed_cost": Decimal(4),
        "currency": "USD",
    }
    assert (second["kind"], second["gap_tokens"]) == ("output", 2)


def test_two_currencies_are_two_rows_and_no_unit() -> None:
    rows = [*billed(5, 5, "3"), *billed(5, 5, "4", account=OTHER_ACCOUNT, currency="EUR")]
    told = tables(reconcile(rows))
    for name in ("totals", "classes"):
        assert sorted(zip(column(told[name], "currency"), column(told[name], "billed_cost"), strict=True)) == [
            ("EUR", 4),
            ("USD", 3),
        ]
        (cost,) = (field for field in told[name].columns if field.name == "billed_cost")
        assert cost.unit == ""
    one = tables(reconcile(rows[:2]))["totals"]
    assert {field.unit for field in one.columns if field.name.endswith("_cost")} == {"USD"}


def test_totals_are_in_the_currency_of_the_bill_though_a_gap_is_worth_dollars() -> None:
    """What only the logs tell has a list price in dollars, and is in no sum of costs."""
    rows = [*billed(5, 5, "4", currency="EUR"), measured("logs", MILLION, 2, list_cost="3")]
    told = tables(reconcile([*rows, *billed(5, 5, "7", 2, kind="output", currency="EUR")]))
    assert list(zip(column(told["totals"], "currency"), column(told["totals"], "billed_cost"), strict=True)) == [
        ("EUR", 4),
        ("EUR", 7),
    ]
    units = {name: next(field.unit for field in told[name].columns if field.name == "billed_cost") for name in MONEY}
    assert units == {"totals": "EUR", "classes": "", "worst": "USD", "reconcile": ""}


def test_cells_lie_by_the_cost_of_their_gap_then_by_its_tokens_and_good_ones_behind() -> None:
    rows = [
        *both(MILLION, MILLION, kind="a"),
        *both(MILLION, 2 * MILLION, kind="b"),
        *both(MILLION, 9 * MILLION, kind="c"),
        *billed(MILLION, 2 * MILLION, "1", kind="d"),
        *billed(MILLION, 2 * MILLION, "100", kind="e"),
        measured("logs", 500 * MILLION, 2, kind="f"),
    ]
    told = tables(reconcile(rows), worst=3)
    assert column(told["reconcile"], "kind") == ["e", "d", "c", "b", "a", "f"]
    assert column(told["worst"], "kind") == ["e", "d", "c"]
    assert told["worst"].columns == told["reconcile"].columns
    worst = told["worst"].rows[0]
    assert (worst["gap_cost"], worst["gap_tokens"], worst["gap_ratio"]) == (50, MILLION, 0.5)


def test_a_shift_over_midnight_is_among_the_worst_though_it_is_good() -> None:
    told = tables(reconcile([*both(MILLION, 900_000), *both(MILLION, 1_100_000, 2), *both(5, 5, 3)]))
    assert column(told["worst"], "status") == ["boundary_shift", "boundary_shift"]
    assert column(told["classes"], "status") == ["ok", "boundary_shift"]
    assert column(told["classes"], "cells") == [1, 2]
    assert column(told["classes"], "gap_tokens") == [0, 200_000]
    assert column(told["classes"], "tokens") == [5, 2_100_000]


def test_late_cells_are_marked_provisional() -> None:
    told = tables(reconcile([*both(5, 5), *both(5, 5, 2)], settle_until=date(2026, 11, 2)))["reconcile"]
    assert list(zip(column(told, "status"), column(told, "provisional"), strict=True)) == [
        ("ok", False),
        ("late", True),
    ]


def test_coverage_by_provider_and_unknown_without_metrics() -> None:
    rows = [*both(90, 100), measured("metrics", 120), *both(5, 4, **AZ), *both(1, 400, 2, **AZ)]
    found = reconcile(rows, settle_until=date(2026, 11, 2))
    assert tables(found)["coverage"].rows == (
        {"provider": BEDROCK, "of_metrics_ratio": 0.75, "of_bill_ratio": 0.9},
        {"provider": AZURE, "of_metrics_ratio": None, "of_bill_ratio": 1.25},
    )
    assert found.coverage().of_bill == pytest.approx(95 / 104)


def test_one_discount_is_one_row_and_several_are_a_row_each() -> None:
    rows = [
        *(row for kind in ("input", "output") for row in both(9, 9, kind=kind, list_cost="10", billed_cost="8", **AZ)),
        *(
            row
            for n, model in enumerate("abc")
            for row in both(9, 9, model=model, list_cost="10", billed_cost=f"{n // 2 + 8}")
        ),
    ]
    told = tables(reconcile(rows))["discounts"]
    assert [
        (row["provider"], row["model"], row["billed_ratio"], row["uniform"], row["outlier"]) for row in told.rows
    ] == [
        (BEDROCK, "a", Decimal("0.8"), False, False),
        (BEDROCK, "b", Decimal("0.8"), False, False),
        (BEDROCK, "c", Decimal("0.9"), False, True),
        (AZURE, None, Decimal("0.8"), True, False),
    ]


def test_a_plain_month_needs_no_word() -> None:
    assert codes([*both(5, 5), measured("metrics", 5)]) == {}


def test_days_that_are_not_judged_are_named() -> None:
    rows = [
        *both(5, 5, 2),
        *both(5, 5, 4),
        measured("logs", 5, 1),
        measured("metrics", 5, 2),
        measured("bill", 5, 3, **AZ),
    ]
    assert codes(rows, date(2026, 11, 4)) == {
        "provisional_days": "1 day (2026-11-04): not settled yet, so these cells are shown and not judged",
        "no_bill": f"{BEDROCK}, {ACCOUNT}: usage without a bill of the day that counts tokens, "
        "on 1 day (2026-11-01); not judged",
        "no_usage": f"{AZURE}, z: a bill without any logs or metrics of the day, on 1 day (2026-11-03); not judged",
        "no_metrics": f"{AZURE}: no metrics, so what share of the metered tokens the logs saw is unknown",
    }
    (late,) = (
        caveat
        for caveat in caveats(reconcile(rows, settle_until=date(2026, 11, 1)))
        if caveat.code == "provisional_days"
    )
    assert late.count == 4
    assert late.text.startswith("4 days (2026-11-01 to 2026-11-04)")


def test_many_accounts_without_a_bill_are_named_up_to_ten_and_then_counted() -> None:
    found = list(caveats(reconcile([measured("logs", 5, account=str(number)) for number in range(12)])))
    told = [caveat for caveat in found if caveat.code == "no_bill"]
    assert len(told) == 11
    assert told[-1].text.startswith("2 more accounts: usage without a bill of the day")


def test_what_was_left_open_or_taken_instead_is_said() -> None:
    told = codes([measured("metrics", 5, tier=None, kind="prompt"), measured("bill", 5, provisional=True)])
    assert set(told) == {"left_open", "metrics_instead_of_logs", "provisional_lines"}
    assert "cannot tell cached from uncached" in told["left_open"]
    texts = [caveat.text for caveat in caveats(reconcile(both(5, 5, tier=None)))]
    assert texts[1] == "tier is left open in 1 of 1 cells: one of logs, metrics and bill does not tell it"


def test_money_that_is_in_no_cell_is_said() -> None:
    rows = [
        *both(5, 5),
        measured("metrics", 5),
        measured("bill", None, billed_cost="1234.5"),
        measured("bill", 5, 2, billed_cost="1"),
        measured("bill", 5, 2, billed_cost="1", currency="EUR"),
        measured("logs", 10, 2),
    ]
    assert codes(rows) == {
        "flat_cost": f"{BEDROCK}: 1,234.50 USD billed for what is not counted in tokens; in no cell",
        "mixed_currency": "1 cell billed in several currencies: their cost is not shown",
    }


def test_an_odd_discount_comes_with_what_it_may_be() -> None:
    rows = [
        row
        for n, model in enumerate("abc")
        for row in both(9, 9, model=model, list_cost="10", billed_cost=f"{n // 2 + 8}")
    ]
    assert codes(rows)["odd_discount"].startswith(f"{BEDROCK}: 1 of 3 SKUs have another discount than usual: ")


def test_lines_of_an_unknown_scale_are_counted_by_source() -> None:
    (caveat,) = scale_unknown({"azure.cost_export": 3, "focus": 0})
    assert (caveat.code, caveat.count) == ("scale_unknown", 3)
    assert caveat.text.startswith("azure.cost_export: 3 lines whose quantity may be tokens or blocks")
