"""Each way in which bill and usage differ, by its name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.made import ORACLES
from tests.unit.analysis.measures import both, measured, statuses

from tokenaudit.analysis.reconcile import reconcile
from tokenaudit.analysis.tolerance import Tolerance

if TYPE_CHECKING:
    from tokenaudit.model.measured import Measured

MILLION = 1_000_000


def test_the_worked_example() -> None:
    oracle = ORACLES["reconciliation"]
    rows: list[Measured] = []
    for cell in oracle["input"]["cells"]:
        day = int(cell["day"][-2:])
        rows += both(cell["logged"], cell["billed"], day, model=cell["model"], kind=cell["type"])
    told = oracle["input"]["tolerance"]
    found = reconcile(rows, tolerance=Tolerance(told["abs_tokens"], Decimal(str(told["rel"]))))
    by_cell = {
        (judged.cell.key.day.isoformat(), judged.cell.key.model, judged.cell.key.kind): judged for judged in found.cells
    }
    in_order = [by_cell[cell["day"], cell["model"], cell["type"]] for cell in oracle["input"]["cells"]]
    assert [judged.cell.gap for judged in in_order] == oracle["expect"]["gaps"]
    assert [judged.status for judged in in_order] == oracle["expect"]["status"]
    assert found.coverage().of_bill == pytest.approx(oracle["expect"]["coverage"], rel=1e-12)
    assert (found.is_outside, found.has_judged) == (True, True)


@pytest.mark.parametrize(
    ("logged", "billed", "status"),
    [
        (0, 1000, "ok"),
        (0, 1001, "unlogged"),
        (1, 1002, "unlogged_excess"),
        (1001, 0, "overlogged"),
        (MILLION, MILLION + 5025, "ok"),
        (MILLION, MILLION + 5026, "unlogged_excess"),
        (MILLION, MILLION - 5000, "overlogged"),
        (MILLION, MILLION - 4975, "ok"),
    ],
)
def test_the_tolerance_is_the_larger_of_tokens_and_share_of_the_bill(logged: int, billed: int, status: str) -> None:
    found = reconcile(both(logged, billed))
    assert statuses(found) == [status]
    assert found.is_outside is (status != "ok")


def test_a_tolerance_of_nothing_allows_nothing() -> None:
    assert statuses(reconcile(both(9, 10), tolerance=Tolerance(0, Decimal(0)))) == ["unlogged_excess"]
    assert statuses(reconcile(both(10, 10), tolerance=Tolerance(0, Decimal(0)))) == ["ok"]


def test_days_from_the_end_of_the_settle_window_on_are_not_judged() -> None:
    rows = [*both(MILLION, 0, 1), *both(MILLION, MILLION, 2), *both(MILLION, 0, 3), measured("logs", MILLION, 4)]
    found = reconcile(rows, settle_until=date(2026, 11, 2))
    assert statuses(found) == ["overlogged", "late", "late", "late"]
    settled = reconcile(rows[2:], settle_until=date(2026, 11, 2))
    assert (settled.is_outside, settled.has_judged) == (False, False)


def test_a_day_without_any_bill_or_usage_is_listed_and_not_judged() -> None:
    rows = [measured("logs", MILLION, 1), *both(MILLION, MILLION, 2), measured("bill", MILLION, 3)]
    found = reconcile(rows)
    assert statuses(found) == ["no_bill", "ok", "no_usage"]
    assert not found.is_outside


def test_a_bill_that_does_not_tell_its_tokens_is_not_judged() -> None:
    untold = measured("bill", 0, billed_cost="3", unmeasured=True)
    for rows in ([measured("logs", MILLION), untold], [*both(MILLION, 1000), untold]):
        found = reconcile(rows)
        assert statuses(found) == ["no_bill"]
        assert [(each.cell.bill, each.cell.gap) for each in found.cells] == [(None, None)]
        assert (found.is_outside, found.has_judged) == (False, False)


def test_logs_that_a_bill_of_the_day_does_not_know_are_overlogged() -> None:
    assert statuses(reconcile([*both(5, 5), measured("logs", MILLION, kind="output")])) == ["ok", "overlogged"]


def test_a_bill_that_logs_of_the_day_do_not_know_is_unlogged() -> None:
    assert statuses(reconcile([*both(5, 5), measured("bill", MILLION, kind="output")])) == ["ok", "unlogged"]


def test_opposite_gaps_on_the_next_day_are_a_shift_over_midnight_which_is_good() -> None:
    rows = [*both(MILLION, 950_000, 1), *both(MILLION, 1_050_500, 2), *both(MILLION, MILLION, 3)]
    found = reconcile(rows)
    assert statuses(found) == ["boundary_shift", "boundary_shift", "ok"]
    assert [judged.counterpart for judged in found.cells] == ["2026-11-02", "2026-11-01", None]
    assert not found.is_outside


def test_opposite_gaps_two_days_apart_or_of_another_cell_are_no_shift() -> None:
    apart = [*both(MILLION, 950_000, 1), *both(MILLION, MILLION, 2), *both(MILLION, 1_050_000, 3)]
    assert statuses(reconcile(apart)) == ["overlogged", "ok", "unlogged_excess"]
    other = [*both(MILLION, 950_000, 1), *both(MILLION, 1_050_000, 2, region="eu-west-1")]
    assert statuses(reconcile(other)) == ["overlogged", "unlogged_excess"]


def test_a_shift_into_a_day_that_is_large_enough_not_to_show_it() -> None:
    rows = [*both(MILLION, 950_000, 1), *both(100 * MILLION, 100 * MILLION + 50_000, 2)]
    assert statuses(reconcile(rows)) == ["boundary_shift", "ok"]


def test_the_tolerance_of_a_large_day_does_not_explain_a_small_gap() -> None:
    rows = [*both(MILLION, 950_000, 1), *both(100 * MILLION, 100 * MILLION + 400_000, 2)]
    assert statuses(reconcile(rows)) == ["overlogged", "ok"]


def test_a_missing_hour_is_missing_in_every_kind() -> None:
    rows = [*both(23 * MILLION, 24 * MILLION), *both(2_300_000, 2_400_000, kind="output")]
    assert statuses(reconcile(rows)) == ["unlogged_excess", "unlogged_excess"]


def test_cached_tokens_counted_as_uncached_ones() -> None:
    rows = [*both(3 * MILLION, MILLION), measured("bill", 2 * MILLION, kind="cache_read")]
    found = reconcile(rows)
    assert statuses(found) == ["kind_shift", "kind_shift"]
    assert {(judged.cell.key.kind, judged.counterpart) for judged in found.cells} == {
        ("input", "cache_read"),
        ("cache_read", "input"),
    }
    assert found.is_outside


def test_several_kinds_that_were_counted_as_one() -> None:
    rows = [
        *both(4 * MILLION, MILLION),
        *both(0, 2 * MILLION, kind="cache_read"),
        *both(0, MILLION, kind="cache_write"),
        *both(MILLION, MILLION, kind="output"),
    ]
    found = reconcile(rows)
    by_kind = {judged.cell.key.kind: (judged.status, judged.counterpart) for judged in found.cells}
    assert by_kind == {
        "input": ("kind_shift", "cache_read, cache_write"),
        "cache_read": ("kind_shift", "input"),
        "cache_write": ("kind_shift", "input"),
        "output": ("ok", None),
    }


def test_cache_writes_of_another_life() -> None:
    rows = [*both(0, MILLION, kind="cache_write_1h"), *both(MILLION, 0, kind="cache_write"), *both(0, 5000)]
    assert statuses(reconcile(rows)) == ["kind_shift", "kind_shift", "unlogged"]


def test_a_small_kind_that_was_counted_with_the_others_is_not_left_alone() -> None:
    rows = [*both(3_010_000, MILLION), *both(0, 2 * MILLION, kind="cache_read"), *both(0, 10_000, kind="cache_write")]
    assert statuses(reconcile(rows)) == ["kind_shift", "kind_shift", "kind_shift"]


def test_kinds_that_metrics_hide_are_still_told_apart_by_logs_and_bill() -> None:
    rows = [
        *both(3 * MILLION, MILLION),
        *both(0, 2 * MILLION, kind="cache_read"),
        measured("metrics", 3 * MILLION, kind="prompt"),
    ]
    found = reconcile(rows)
    assert [(judged.cell.key.kind, judged.status, judged.counterpart) for judged in found.cells] == [
        ("prompt", "kind_shift", "input, cache_read")
    ]


def test_usage_that_is_billed_in_other_regions() -> None:
    rows = [
        measured("logs", 3 * MILLION, region="us-east-1"),
        measured("bill", MILLION, region="us-east-2"),
        measured("bill", 2 * MILLION - 10, region="us-west-2"),
        *both(MILLION, MILLION, region="eu-west-1"),
    ]
    found = reconcile(rows)
    assert {(judged.cell.key.region, judged.status, judged.counterpart) for judged in found.cells} == {
        ("us-east-1", "region_shift", "us-east-2, us-west-2"),
        ("us-east-2", "region_shift", "us-east-1"),
        ("us-west-2", "region_shift", "us-east-1"),
        ("eu-west-1", "ok", None),
    }
    assert found.is_outside, "which region's price holds nobody can tell"


def test_what_is_billed_elsewhere_and_does_not_agree_is_no_shift() -> None:
    rows = [measured("logs", 3 * MILLION, region="us-east-1"), measured("bill", MILLION, region="us-east-2")]
    assert statuses(reconcile(rows)) == ["overlogged", "unlogged"]


def test_one_model_with_two_names() -> None:
    rows = [
        measured("logs", MILLION, model=None, name="chat-prod", region=None),
        measured("logs", 90_000, model=None, name="chat-prod", region=None, kind="output"),
        measured("bill", MILLION - 10, model="acme/two"),
        measured("bill", 90_001, model="acme/two", kind="output"),
        *both(MILLION, MILLION),
    ]
    found = reconcile(rows)
    by_model = {(judged.cell.key.model, judged.status, judged.counterpart) for judged in found.cells}
    assert by_model == {
        ("chat-prod", "model_alias", "acme/two"),
        ("acme/two", "model_alias", "chat-prod"),
        ("acme/one", "ok", None),
    }
    assert found.is_outside


def test_a_model_of_which_one_kind_does_not_agree_is_another_model() -> None:
    rows = [
        measured("logs", MILLION, model="a"),
        measured("logs", 90_000, model="a", kind="output"),
        measured("bill", MILLION, model="b"),
        measured("bill", 190_000, model="b", kind="output"),
    ]
    assert set(statuses(reconcile(rows))) == {"overlogged", "unlogged"}


def test_a_model_that_both_sides_know_is_no_alias() -> None:
    rows = [*both(2 * MILLION, MILLION, model="a"), measured("bill", MILLION, model="b")]
    assert statuses(reconcile(rows)) == ["overlogged", "unlogged"]


def test_names_are_paired_as_they_fit_best_and_what_is_left_together() -> None:
    rows = [
        measured("logs", MILLION, model="a"),
        measured("logs", MILLION + 3000, model="b"),
        measured("bill", MILLION, model="x"),
        measured("bill", MILLION + 3000, model="y"),
        measured("logs", 7 * MILLION, model="c1"),
        measured("logs", 9 * MILLION, model="c2"),
        measured("bill", 16 * MILLION, model="z"),
    ]
    found = reconcile(rows)
    assert set(statuses(found)) == {"model_alias"}
    assert {judged.cell.key.model: judged.counterpart for judged in found.cells} == {
        "a": "x",
        "x": "a",
        "b": "y",
        "y": "b",
        "c1": "z",
        "c2": "z",
        "z": "c1, c2",
    }


def test_an_alias_of_a_model_whose_prompt_kinds_one_side_cannot_tell() -> None:
    rows = [
        measured("logs", 3 * MILLION, model="a", kind="prompt"),
        measured("bill", MILLION, model="b"),
        measured("bill", 2 * MILLION, model="b", kind="cache_read"),
    ]
    assert set(statuses(reconcile(rows))) == {"model_alias"}


def test_duplicates_in_the_logs_are_overlogged() -> None:
    rows = [*both(2 * MILLION, MILLION), *both(200_000, 100_000, kind="output"), *both(MILLION, MILLION, 2)]
    assert statuses(reconcile(rows)) == ["overlogged", "overlogged", "ok"]
