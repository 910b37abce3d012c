"""What three sources tell of the same usage comes into cells that all of them can tell apart, and nothing is lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.measures import ACCOUNT, OTHER_ACCOUNT, both, in_all, measured

from tokenaudit.analysis.cell_keys import CellKey
from tokenaudit.analysis.lineup import Cell, line_up
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.measured import Measured


def told(cell: Cell) -> tuple[int | None, int | None, int | None]:
    return cell.logs, cell.metrics, cell.bill


def only(rows: list[Measured]) -> Cell:
    (cell,) = line_up(rows).cells
    return cell


def test_what_agrees_in_every_dimension_is_one_cell() -> None:
    cell = only([measured("logs", 3), measured("logs", 4), measured("metrics", 8), measured("bill", 9)])
    assert told(cell) == (7, 8, 9)
    assert cell.key == CellKey(date(2026, 11, 1), BEDROCK, ACCOUNT, "us-east-1", "acme/one", "input", "standard")
    assert (cell.usage, cell.gap) == (7, 2)


@pytest.mark.parametrize("dimension", ["tier", "region"])
def test_what_one_source_does_not_tell_is_left_open_for_all_of_the_group_on_all_days(dimension: str) -> None:
    x, y, untold = ({dimension: value} for value in ("x", "y", None))
    rows = [
        *both(3, 3, 1, **x),
        *both(4, 4, 1, **y),
        *both(5, 5, 2, **x),
        measured("metrics", 7, 1, **untold),
        *both(1, 1, 1, model="acme/other", **x),
    ]
    cells = line_up(rows).cells
    assert [(getattr(cell.key, dimension), told(cell)) for cell in cells] == [
        (None, (7, 7, 7)),
        ("x", (1, 0, 1)),
        (None, (5, None, 5)),
    ]


def test_prompt_tokens_that_one_source_cannot_tell_apart_are_put_together() -> None:
    rows = [
        *both(3, 2),
        *both(0, 1, kind="cache_read"),
        *both(5, 5, kind="cache_write"),
        *both(6, 6, kind="cache_write_1h"),
        *both(7, 7, kind="output"),
        *both(8, 8, kind="audio_input"),
        measured("metrics", 14, kind="prompt"),
    ]
    cells = {cell.key.kind: cell for cell in line_up(rows).cells}
    assert {kind: told(cell) for kind, cell in cells.items()} == {
        "audio_input": (8, None, 8),
        "output": (7, None, 7),
        "prompt": (14, 14, 14),
    }
    assert cells["prompt"].parts == (
        ("input", 3, 2),
        ("cache_read", 0, 1),
        ("cache_write", 5, 5),
        ("cache_write_1h", 6, 6),
    )
    assert cells["output"].parts == ()
    assert only([measured("logs", 1, kind="prompt"), measured("bill", 1)]).parts == ()


def test_an_unknown_account_is_the_only_known_one_of_provider_and_day() -> None:
    rows = [measured("logs", 3, account=None), measured("bill", 3), measured("bill", 9, provider=AZURE, account="z")]
    assert told(line_up(rows).cells[0]) == (3, None, 3)


def test_a_bill_without_accounts_is_held_against_all_of_them() -> None:
    used = [measured("logs", 3), measured("logs", 4, account=OTHER_ACCOUNT), measured("logs", 5, 2)]
    cells = line_up([*used, measured("bill", 7, account=None)]).cells
    assert [(cell.key.day.day, cell.key.account, told(cell)) for cell in cells] == [
        (1, None, (7, None, 7)),
        (2, ACCOUNT, (5, None, None)),
    ]


def test_an_unknown_account_among_several_stands_alone() -> None:
    rows = [measured("logs", 3, account=None), measured("bill", 3), measured("bill", 4, account=OTHER_ACCOUNT)]
    cells = line_up(rows).cells
    assert [(cell.key.account, told(cell)) for cell in cells] == [
        (None, (3, None, None)),
        (ACCOUNT, (0, None, 3)),
        (OTHER_ACCOUNT, (0, None, 4)),
    ]


def test_a_source_that_never_tells_models_leaves_them_open() -> None:
    rows = [*both(3, 3, model="a"), *both(4, 4, model="b"), measured("metrics", 7, model=None)]
    cell = only(rows)
    assert (cell.key.model, told(cell)) == (None, (7, 7, 7))


def test_a_row_without_a_model_among_others_is_a_cell_of_its_own() -> None:
    cells = line_up([*both(3, 3), measured("bill", 4, model=None)]).cells
    assert [(cell.key.model, told(cell)) for cell in cells] == [(None, (0, None, 4)), ("acme/one", (3, None, 3))]


def test_an_unresolved_model_goes_by_its_name() -> None:
    assert only([measured("logs", 3, model=None, name="chat-prod")]).key.model == "chat-prod"


def test_a_column_is_null_outside_its_days_and_zero_within() -> None:
    rows = [
        measured("metrics", 1, 2),
        measured("metrics", 1, 4),
        measured("logs", 1, 1),
        measured("logs", 1, 4),
        *(measured("bill", 1, day) for day in (1, 3, 5)),
        measured("bill", 1, 2, provider=AZURE, account="z"),
    ]
    cells = [cell for cell in line_up(rows).cells if cell.key.provider == BEDROCK]
    assert [told(cell) for cell in cells] == [(1, None, 1), (0, 1, None), (0, 0, 1), (1, 1, None), (None, None, 1)]


def test_where_there_are_no_logs_at_all_metrics_are_the_usage() -> None:
    cell = only([measured("metrics", 8), measured("bill", 9)])
    assert (cell.logs, cell.usage, cell.gap) == (None, 8, 1)


def test_a_line_without_tokens_is_no_cell_and_opens_no_dimension() -> None:
    rows = [
        *both(3, 3),
        measured("bill", None, kind="", model=None, region=None, tier=None, billed_cost="5.50"),
        measured("bill", None, 2, kind="", billed_cost="1", currency="EUR"),
        measured("bill", None, 2, kind="", billed_cost="2", currency="EUR"),
        measured("bill", None, kind=""),
        measured("logs", 7, 2),
    ]
    lined = line_up(rows)
    assert [(cell.key.tier, told(cell)) for cell in lined.cells] == [
        ("standard", (3, None, 3)),
        ("standard", (7, None, 0)),
    ]
    assert lined.flat_costs == {(BEDROCK, "USD"): Decimal("5.50"), (BEDROCK, "EUR"): Decimal(3)}


def test_money_is_the_bills_and_unknown_where_a_line_does_not_tell() -> None:
    rows = [
        measured("logs", 3, list_cost="7"),
        measured("bill", 3, list_cost="2", billed_cost="1", provisional=True),
        measured("bill", 3, list_cost="0.5", billed_cost="0.25"),
        measured("bill", 3, 2, billed_cost="1"),
        measured("bill", 3, 2),
    ]
    first, second = line_up(rows).cells
    assert (first.list_cost, first.billed_cost, first.currency) == (Decimal("2.5"), Decimal("1.25"), "USD")
    assert (first.logged_list_cost, first.provisional) == (Decimal(7), True)
    assert (second.list_cost, second.billed_cost, second.provisional) == (None, None, False)


def test_money_of_two_currencies_is_never_one_sum() -> None:
    rows = [measured("bill", 3, billed_cost="1"), measured("bill", 4, billed_cost="1", currency="EUR")]
    cell = only(rows)
    assert (cell.bill, cell.billed_cost, cell.currency, cell.mixed_currency) == (7, None, None, True)
    assert not only(rows[:1]).mixed_currency


@pytest.mark.parametrize(
    ("rows", "cost"),
    [
        ([measured("logs", 6), measured("bill", 4, billed_cost="2")], Decimal(1)),
        ([*both(9, 9, kind="output"), measured("logs", 6, list_cost="3")], Decimal(3)),
        ([*both(9, 9, kind="output"), measured("logs", 6)], None),
        ([measured("logs", 6, list_cost="3")], None),
    ],
)
def test_a_gap_costs_what_its_tokens_are_billed_at_or_else_their_list_price(
    rows: list[Measured], cost: Decimal | None
) -> None:
    assert line_up(rows).cells[0].gap_cost == cost


def _maybe(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *values])


anything: st.SearchStrategy[Measured] = st.builds(
    Measured,
    column=st.sampled_from(["logs", "metrics", "bill"]),
    day=st.dates(date(2026, 11, 1), date(2026, 11, 4)),
    provider=st.sampled_from([AZURE, BEDROCK]),
    account=_maybe("1", "2"),
    region=_maybe("r", "s"),
    model=_maybe("a", "b"),
    name=_maybe("n"),
    kind=st.sampled_from(["input", "cache_read", "output", "prompt"]),
    tier=_maybe("standard", "batch"),
    tokens=st.one_of(st.none(), st.integers(0, 10**9)),
    billed_cost=st.one_of(st.none(), st.decimals(0, 100, places=4)),
    currency=st.sampled_from(["USD", "EUR"]),
)


@given(st.lists(anything, max_size=30))
def test_no_token_is_lost_or_counted_twice(rows: list[Measured]) -> None:
    cells = line_up(rows).cells
    for column in ("logs", "metrics", "bill"):
        assert sum(getattr(cell, column) or 0 for cell in cells) == in_all(rows, column)
    assert len({cell.key for cell in cells}) == len(cells)


@given(st.lists(anything, max_size=12), st.data())
def test_the_order_of_the_measurements_does_not_matter(rows: list[Measured], data: Any) -> None:
    assert line_up(data.draw(st.permutations(rows))) == line_up(rows)
